/** Reads a stored input log: untrusted, so every field is checked; whatever doesn't fit this lab means starting afresh. */
import type { InputLog, InputRecord, LabInput, MachineName } from '../../lab/protocol.ts'
import { isObject } from '../../progress/record.ts'

const MAX_INPUTS = 50_000

/** The log, or undefined when it is damaged, of another version, or of another scenario or seed. */
export function parseLog(text: string, scenario: string, seed: number): InputLog | undefined {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(data) || data.version !== 1 || data.scenario !== scenario || data.seed !== seed) return undefined
  if (typeof data.start !== 'number' || !Array.isArray(data.inputs) || data.inputs.length > MAX_INPUTS) return undefined
  const inputs: InputRecord[] = []
  for (const item of data.inputs) {
    const record = parseRecord(item)
    if (record === undefined) return undefined
    inputs.push(record)
  }
  return { version: 1, scenario, seed, start: data.start, inputs }
}

function parseRecord(item: unknown): InputRecord | undefined {
  if (!isObject(item) || typeof item.event !== 'number' || typeof item.time !== 'number') return undefined
  const input = parseInput(item.input)
  if (input === undefined || (item.hash !== undefined && typeof item.hash !== 'string')) return undefined
  const record = { event: item.event, time: item.time, input }
  return typeof item.hash === 'string' ? { ...record, hash: item.hash } : record
}

const isSize = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 1000

function parseInput(input: unknown): LabInput | undefined {
  if (!isObject(input)) return undefined
  const { type, terminal, machine, rows, cols, data, request } = input
  if (type === 'answer') return typeof request === 'number' ? { type, request, value: input.value } : undefined
  if (type === 'http') return parseHttp(input)
  if (type === 'httpCancel') return typeof request === 'number' ? { type, request } : undefined
  if (typeof terminal !== 'string') return undefined
  if (type === 'close') return { type, terminal }
  if (type === 'data') return typeof data === 'string' ? { type, terminal, data } : undefined
  if (!isSize(rows) || !isSize(cols)) return undefined
  if (type === 'resize') return { type, terminal, rows, cols }
  return type === 'open' && typeof machine === 'string' ? { type, terminal, machine, rows, cols } : undefined
}

function parseHttp({ request, method, target, headers, body }: Readonly<Record<string, unknown>>): LabInput | undefined {
  if (typeof request !== 'number' || typeof method !== 'string' || typeof target !== 'string' || !Array.isArray(headers)) return undefined
  const pairs: (readonly [string, string])[] = []
  for (const pair of headers) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string' || typeof pair[1] !== 'string') return undefined
    pairs.push([pair[0], pair[1]])
  }
  if (body !== undefined && typeof body !== 'string') return undefined
  return { type: 'http', request, method, target, headers: pairs, ...(body === undefined ? {} : { body }) }
}

/** Terminals that are open at the end of a log, in the order they were opened. */
export function terminalsOf(log: InputLog): readonly { readonly id: string; readonly machine: MachineName }[] {
  const open = new Map<string, MachineName>()
  for (const { input } of log.inputs) {
    if (input.type === 'open') open.set(input.terminal, input.machine)
    else if (input.type === 'close') open.delete(input.terminal)
  }
  return [...open].map(([id, machine]) => ({ id, machine }))
}
