import type { Run } from '../interp/flow.ts'
import { Bindings } from './bindings.ts'
import type { Readline } from './readline.ts'

/** Keys that a search takes for itself, by what they are bound to. */
const OWN: ReadonlySet<string> = new Set(['reverse-search-history', 'forward-search-history', 'backward-delete-char', 'abort'])

/** One step of the search: what the text was, and where it stood. */
interface Step {
  readonly text: string
  readonly at: number
  readonly line: string
  readonly point: number
  readonly failed: boolean
}

/**
 * Incremental search in the history (^R, ^S). Returns the key that ended it and is still to be handled. Source: readline(3),
 * Searching.
 */
export function* search(rl: Readline, backward: boolean): Run<string | undefined> {
  const { buffer: b, sh } = rl
  const { history } = sh
  const start = { text: b.text, point: b.point, at: rl.at }
  let back = backward
  let now: Step = { text: '', at: rl.at, line: b.text, point: b.point, failed: false }
  const lineAt = (n: number): string | undefined => (n === start.at ? start.text : history?.get(n))
  const prompt = (): string => `(${now.failed ? 'failed ' : ''}${back ? 'reverse-' : ''}i-search)\`${now.text}': `
  const show = function* (): Run<void> {
    yield* rl.write(rl.display.swapPrompt(prompt(), now.line, now.point))
  }
  /** Looks for `text` from a place in a line on; lines that are like the one shown are passed over when going on. */
  const find = (text: string, at: number, column: number, again: boolean): Step | undefined => {
    for (let n = at; history !== undefined && n >= history.base && n <= history.next; n += back ? -1 : 1) {
      const line = lineAt(n)
      if (line === undefined) {
        if (n === history.next) continue
        break
      }
      if (again && n !== at && line === now.line) continue
      const i =
        n !== at
          ? back
            ? line.lastIndexOf(text)
            : line.indexOf(text)
          : back
            ? column < 0
              ? -1
              : line.lastIndexOf(text, column)
            : line.indexOf(text, column)
      if (i >= 0) return { text, at: n, line, point: i, failed: false }
    }
    return undefined
  }
  yield* show()
  for (;;) {
    const key = yield* rl.character()
    if (key === undefined) break
    const binding = Bindings.alone(rl.keymap, key)
    const name = binding?.kind === 'function' ? binding.name : ''
    if (key === '\x1b' || key === '\n') {
      // Escape ends the search and is used up, unless it begins something.
      const more = key === '\x1b' ? yield* rl.character(100_000) : undefined
      yield* leave(rl, now)
      return more === undefined ? undefined : key + more
    }
    if (OWN.has(name)) {
      if (name === 'abort') {
        b.point = start.point
        yield* rl.endMessage()
        return undefined
      }
      if (name === 'backward-delete-char') {
        if (now.text === '') yield* rl.bell()
        else {
          const text = now.text.slice(0, -1)
          const found = text === '' ? { ...now, text } : find(text, now.at, now.point, false)
          if (found === undefined) yield* rl.bell()
          now = found ?? { ...now, text, failed: true }
        }
        yield* show()
        continue
      }
      const turned = back !== (name === 'reverse-search-history')
      back = name === 'reverse-search-history'
      if (now.text === '') {
        if (sh.lastSearch === '' || turned) {
          if (!turned) yield* rl.bell()
          yield* show()
          continue
        }
        const found = find(sh.lastSearch, now.at, now.line.length, false)
        now = found ?? { ...now, text: sh.lastSearch, failed: true }
        if (found === undefined) yield* rl.bell()
        yield* show()
        continue
      }
      const found = find(now.text, now.at, back ? now.point - 1 : now.point + 1, true)
      now = found ?? { ...now, failed: true }
      if (found === undefined) yield* rl.bell()
      yield* show()
      continue
    }
    const typed = (binding === undefined && key >= ' ') || name === 'self-insert' ? key : key === '\x16' ? yield* rl.character() : undefined
    if (typed === undefined) {
      yield* leave(rl, now)
      return key
    }
    const text = now.text + typed
    const found = find(text, now.at, now.point, false)
    now = found ?? { ...now, text, failed: true }
    if (found === undefined) yield* rl.bell()
    yield* show()
  }
  return undefined
}

/** Takes the line that was found. */
function* leave(rl: Readline, now: Step): Run<void> {
  if (now.text !== '') rl.sh.lastSearch = now.text
  if (now.at !== rl.at) rl.goTo(now.at)
  rl.buffer.point = Math.min(now.point, rl.buffer.text.length)
  yield* rl.endMessage()
}
