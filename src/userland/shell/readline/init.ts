import { commandsOf } from '../interp/eval.ts'
import { call, type Run } from '../interp/flow.ts'
import type { Shell } from '../interp/shell.ts'
import type { Bindings } from './bindings.ts'
import type { Readline } from './readline.ts'

/** Files included by others, at most this deep. */
const INCLUDE_DEPTH = 8

/** Reads INPUTRC, or ~/.inputrc, or /etc/inputrc: once, or again with `anew`. Source: readline(3), INITIALIZATION FILE. */
export function* loadInputrc(sh: Shell, bindings: Bindings, anew = false): Run<void> {
  if (bindings.loaded && !anew) return
  bindings.loaded = true
  const named = sh.get('INPUTRC')
  const paths = named ? [named] : [`${sh.get('HOME') ?? ''}/.inputrc`, '/etc/inputrc']
  for (const path of paths) if (yield* readInputrc(sh, bindings, path)) return
}

/** Takes the lines of one file; false: it can't be read. */
export function* readInputrc(sh: Shell, bindings: Bindings, path: string, depth = 0): Run<boolean> {
  const text = yield* sh.readFile(path.replace(/^~(?=\/)/, sh.get('HOME') ?? ''))
  if (text === undefined) return false
  const includes: string[] = []
  const terminal = sh.get('TERM') ?? ''
  bindings.parse(
    text,
    (test) => {
      const m = /^(mode|term)\s*=\s*(\S+)/.exec(test)
      if (m?.[1] === 'mode') return m[2] === bindings.text('editing-mode')
      if (m?.[1] === 'term') return m[2] === terminal || m[2] === terminal.replace(/-.*/, '')
      return test.toLowerCase() === 'bash'
    },
    (file) => includes.push(file),
  )
  if (depth < INCLUDE_DEPTH) for (const file of includes) yield* readInputrc(sh, bindings, file, depth + 1)
  return true
}

/** Runs a shell command that is bound to a key (`bind -x`): it sees and may change the line. */
export function* runBound(rl: Readline, text: string): Run<void> {
  const { sh, buffer: b } = rl
  sh.set('READLINE_LINE', b.text)
  sh.set('READLINE_POINT', String(b.point))
  const { lastStatus } = sh
  yield* rl.write('\r\x1b[K')
  yield* call(commandsOf(sh, text, { line: sh.line }))
  sh.lastStatus = lastStatus
  yield* sh.flush()
  const line = sh.get('READLINE_LINE') ?? b.text
  const point = Number(sh.get('READLINE_POINT') ?? b.point)
  if (line !== b.text) b.set(line)
  b.point = Math.max(0, Math.min(line.length, Number.isNaN(point) ? b.point : point))
  sh.scope.remove('READLINE_LINE')
  sh.scope.remove('READLINE_POINT')
  yield* rl.write(rl.display.redraw(b.text, b.point))
}
