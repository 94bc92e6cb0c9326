import type { Readable } from './stream.ts'

type Listener = (value?: unknown) => void

/** The lines of a stream, as events `line` and `close`. Source: node:readline. */
export function createInterface(input: Readable): { on(event: string, listener: Listener): void } {
  const listeners = new Map<string, Listener[]>()
  const tell = (event: string, value?: unknown): void => {
    for (const listener of listeners.get(event) ?? []) listener(value)
  }
  const decoder = new TextDecoder()
  let rest = ''
  input.on('data', (data) => {
    if (!(data instanceof Uint8Array)) return
    const lines = (rest + decoder.decode(data, { stream: true })).split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) tell('line', line)
  })
  input.on('end', () => {
    if (rest !== '') tell('line', rest)
  })
  input.on('close', () => tell('close'))
  return {
    on: (event, listener) => void listeners.set(event, [...(listeners.get(event) ?? []), listener]),
  }
}
