import type { Run } from '../interp/flow.ts'
import { KEYS } from './keys.ts'
import type { Readline } from './readline.ts'

/**
 * Incremental search in the history (^R, ^S). Returns the key that ended it and is still to be handled. Source: readline(3),
 * Searching.
 */
export function* search(rl: Readline, backward: boolean): Run<string | undefined> {
  const { buffer: b, display, sh } = rl
  const history = sh.history
  const start = { text: b.text, point: b.point, at: rl.place }
  let text = ''
  let at = start.at
  let back = backward
  let failed = false
  const prompt = (): string => `(${failed ? 'failed ' : ''}${back ? 'reverse-' : ''}i-search)\`${text}': `
  const find = (from: number): boolean => {
    if (history === undefined) return false
    for (let n = from; back ? n >= history.base : n < history.next; n += back ? -1 : 1) {
      const line = history.get(n)
      const i = line?.lastIndexOf(text) ?? -1
      if (line !== undefined && i >= 0) {
        at = n
        b.text = line
        b.point = i
        return true
      }
    }
    return false
  }
  const original = sh.shownPrompt
  yield* rl.write(display.swapPrompt(prompt(), b.text, b.point))
  for (;;) {
    const key = yield* rl.key()
    if (key === undefined) break
    const command = KEYS.get(key)
    if (command === 'search-back' || command === 'search-forward') {
      back = command === 'search-back'
      if (text === '') text = sh.lastSearch
      failed = !find(at + (back ? -1 : 1))
      if (failed) yield* rl.bell()
    } else if (command === 'rubout') {
      text = text.slice(0, -1)
      at = start.at
      failed = text !== '' && !find(back ? at - 1 : at + 1)
    } else if (command === 'abort') {
      b.text = start.text
      b.point = start.point
      yield* rl.bell()
      yield* rl.write(display.swapPrompt(original, b.text, b.point))
      return undefined
    } else if (command === undefined && key >= ' ' && !key.startsWith('\x1b')) {
      text += key
      failed = !find(Math.min(at, (history?.next ?? 1) - 1))
      if (failed) yield* rl.bell()
    } else {
      sh.lastSearch = text
      rl.moveTo(at)
      yield* rl.write(display.swapPrompt(original, b.text, b.point))
      // Escape and C-j end the search and are used up.
      return key === '\x1b' || key === '\n' ? undefined : key
    }
    yield* rl.write(display.swapPrompt(prompt(), b.text, b.point))
  }
  return undefined
}
