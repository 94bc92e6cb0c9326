import type { Times } from '#linux/syscalls.ts'
import type { Run } from './flow.ts'
import type { Shell } from './shell.ts'

const DEFAULT = '\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS'

/** The report of the `time` keyword, in the format of TIMEFORMAT. Times in microseconds. */
export function* timeReport(sh: Shell, posix: boolean, start: number, before: Times): Run<void> {
  yield* sh.settleCpu()
  const now = sh.proc.times()
  const real = sh.proc.now() - start
  const user = now.user + now.childUser - before.user - before.childUser
  const system = now.system + now.childSystem - before.system - before.childSystem
  const format = posix ? 'real %2R\nuser %2U\nsys %2S' : (sh.get('TIMEFORMAT') ?? DEFAULT)
  if (format === '') return
  let out = ''
  for (let i = 0; i < format.length; i++) {
    const m = format[i] === '%' ? /^%(?:(%)|(P)|([0-9]?)(l?)([RUS]))/.exec(format.slice(i)) : null
    if (m === null) {
      out += format[i]
      continue
    }
    i += m[0].length - 1
    if (m[1]) out += '%'
    else if (m[2]) out += real === 0 ? '0.00' : fraction(Math.round(((user + system) * 1e8) / real), 2)
    else
      out += duration(
        m[5] === 'R' ? real : m[5] === 'U' ? user : system,
        Math.min(m[3] === '' || m[3] === undefined ? 3 : Number(m[3]), 3),
        m[4] === 'l',
      )
  }
  sh.err(`${out}\n`)
  yield* sh.flush()
}

function fraction(micros: number, digits: number): string {
  const whole = Math.floor(micros / 1e6)
  const rest = String(micros % 1e6)
    .padStart(6, '0')
    .slice(0, digits)
  return digits === 0 ? String(whole) : `${whole}.${rest}`
}

export function duration(micros: number, digits: number, long: boolean): string {
  if (!long) return fraction(micros, digits)
  const minutes = Math.floor(micros / 60e6)
  return `${minutes}m${fraction(micros - minutes * 60e6, digits)}s`
}
