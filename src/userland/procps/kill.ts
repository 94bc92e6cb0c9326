import { Errno, strerror } from '#linux/errno.ts'
import { SIGNALS, signalName, signalNumber } from '#linux/signal.ts'
import type { Program } from '#linux/syscalls.ts'
import { say } from '../lib/io.ts'

const USAGE = '\nUsage:\n kill [options] <pid> [...]\n\nFor more details see kill(1).\n'

/** procps calls signal 29 POLL. */
const NAMES: readonly string[] = Object.entries(SIGNALS)
  .sort(([, a], [, b]) => a - b)
  .map(([name]) => (name === 'IO' ? 'POLL' : name))

function number(word: string): number | undefined {
  return /^(SIG)?POLL$/i.test(word) ? SIGNALS.IO : signalNumber(word)
}

function shortList(): string {
  let out = ''
  let line = ''
  for (const name of NAMES) {
    if (line !== '' && line.length + 1 + name.length > 78) {
      out += `${line}\n`
      line = ''
    }
    line += line === '' ? name : ` ${name}`
  }
  return `${out}${line}\n`
}

function table(): string {
  let out = ''
  for (const [i, name] of NAMES.entries()) {
    const cell = `${String(i + 1).padStart(2)} ${name}`
    out += (i + 1) % 7 === 0 ? `${cell}\n` : cell.padEnd(11)
  }
  return `${out}\n`
}

/** kill(1) of procps. */
export const kill: Program = {
  name: 'procps/kill',
  *main(proc) {
    const prog = proc.argv[0] ?? 'kill'
    const args = [...proc.argv.slice(1)]
    if (args.length === 0 || args[0] === '--help') {
      yield* say(proc, args.length === 0 ? 2 : 1, USAGE)
      return args.length === 0 ? 1 : 0
    }
    let signal: number = SIGNALS.TERM
    const pids: string[] = []
    for (let i = 0; i < args.length; i++) {
      const arg = args[i] as string
      if (arg === '--') {
        pids.push(...args.slice(i + 1))
        break
      }
      if (arg === '-L' || arg === '--table') {
        yield* say(proc, 1, table())
        return 0
      }
      const l = /^(?:-l|--list=?)(.*)$/.exec(arg)
      if (l !== null) {
        const word = l[1] !== '' ? l[1] : args[i + 1]
        if (word === undefined) {
          yield* say(proc, 1, shortList())
          return 0
        }
        const n = number(word)
        if (n === undefined) {
          yield* say(proc, 2, `${prog}: unknown signal name ${word}\n`)
          return 1
        }
        yield* say(proc, 1, `${/^\d+$/.test(word) ? (n === SIGNALS.IO ? 'POLL' : (signalName(n & 127) ?? n)) : n}\n`)
        return 0
      }
      const s = /^(?:-s|--signal=?)(.*)$/.exec(arg)
      if ((s !== null || /^-[A-Za-z]/.test(arg) || (/^-\d/.test(arg) && pids.length === 0 && i === 0)) && arg !== '-') {
        const word = s !== null ? (s[1] !== '' ? (s[1] as string) : (args[++i] ?? '')) : arg.slice(1)
        const n = number(word)
        if (n === undefined) {
          yield* say(
            proc,
            2,
            s === null && /^[A-Za-z]/.test(word)
              ? `${prog}: invalid option -- '${word.charAt(0)}'\n${USAGE}`
              : `${prog}: unknown signal name ${word}\n`,
          )
          return 1
        }
        signal = n
        continue
      }
      pids.push(arg)
    }
    if (pids.length === 0) {
      yield* say(proc, 2, USAGE)
      return 1
    }
    let status = 0
    for (const word of pids) {
      if (!/^-?\d+$/.test(word)) {
        yield* say(proc, 2, `${prog}: failed to parse argument: '${word}'\n`)
        return 1
      }
      try {
        proc.kill(Number(word), signal)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* say(proc, 2, `${prog}: (${word}): ${strerror(error)}\n`)
        status = 1
      }
    }
    return status
  },
}
