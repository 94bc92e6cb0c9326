import { Errno, strerror } from '#linux/errno.ts'
import { O } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import { commandsOf } from '../interp/eval.ts'
import { call, type Run } from '../interp/flow.ts'
import type { Shell } from '../interp/shell.ts'
import { History } from '../readline/history.ts'
import { expandHistory } from '../readline/history-expand.ts'
import { formatTime } from '../strftime.ts'
import { bind } from './bind.ts'
import { type Builtin, parseOptions, usage } from './builtin.ts'

export function historyOf(sh: Shell): History {
  sh.history ??= new History()
  return sh.history
}

function stamp(sh: Shell, time: number): string {
  const format = sh.get('HISTTIMEFORMAT')
  return format === undefined || format === '' ? '' : formatTime(format, time, sh.get('TZ'))
}

function* history(sh: Shell, args: readonly string[]): Run<number> {
  const h = historyOf(sh)
  const o = parseOptions(sh, args, 'acd:npsrw')
  if (o.has('c')) {
    h.clear()
    if (o.options.length === 1) return 0
  }
  if (o.has('d')) return remove(sh, h, o.value('d') as string)
  if (o.has('s')) {
    if (sh.interactive) h.entries.pop()
    if (o.rest.length > 0) h.push(o.rest.join(' '), sh.proc.now())
    return 0
  }
  if (o.has('p')) {
    let status = 0
    for (const text of o.rest) {
      const r = expandHistory(text, h)
      if (r.error !== undefined) {
        sh.complain(`${text}: history expansion failed`)
        status = 1
      } else sh.out(`${r.text}\n`)
    }
    return status
  }
  if (o.has('a') || o.has('w') || o.has('r') || o.has('n')) {
    const path = o.rest[0] ?? sh.get('HISTFILE')
    if (path === undefined) return 1
    if (o.has('r') || o.has('n')) {
      const text = yield* sh.readFile(path)
      if (text === undefined) {
        sh.complain(`${path}: cannot read: No such file or directory`)
        return 1
      }
      loadHistory(h, text, sh.proc.now())
      return 0
    }
    return yield* writeHistory(sh, path, o.has('a'))
  }
  const [count] = o.rest
  let list = h.entries.map((e, i) => ({ ...e, n: h.base + i }))
  if (count !== undefined) {
    if (!/^-?\d+$/.test(count)) {
      sh.complain(`${count}: numeric argument required`)
      return 1
    }
    list = Number(count) === 0 ? [] : list.slice(-Math.abs(Number(count)))
  }
  for (const e of list) sh.out(`${String(e.n).padStart(5)}${e.undo === undefined ? ' ' : '*'} ${stamp(sh, e.time)}${e.line}\n`)
  return 0
}

function remove(sh: Shell, h: History, spec: string): number {
  const range = /^(-?\d+)-(-?\d+)$/.exec(spec)
  const at = (s: string): number => (Number(s) < 0 ? h.next + Number(s) : Number(s)) - h.base
  const from = range === null ? at(spec) : at(range[1] as string)
  const to = range === null ? from : at(range[2] as string)
  if (Number.isNaN(from) || from < 0 || from >= h.entries.length || to < from || to >= h.entries.length) {
    sh.complain(`${spec}: history position out of range`)
    return 1
  }
  h.entries.splice(from, to - from + 1)
  return 0
}

/** Adds the lines of a history file; `#123` lines are time stamps. */
export function loadHistory(h: History, text: string, now: number): void {
  let time = now
  for (const line of text.split('\n')) {
    if (/^#\d+$/.test(line)) time = Number(line.slice(1)) * 1e6
    else if (line !== '') h.push(line, time)
  }
}

/** Writes the list to a file: all of it, or behind what is there. `quiet`: a file that can't be made is no matter. */
export function* writeHistory(sh: Shell, path: string, append: boolean, quiet = false): Run<number> {
  const h = historyOf(sh)
  const entries = append ? h.entries.slice(h.written) : h.entries
  h.written = h.entries.length
  const stamps = sh.get('HISTTIMEFORMAT') !== undefined
  const text = entries.map((e) => `${stamps ? `#${Math.floor(e.time / 1e6)}\n` : ''}${e.line}\n`).join('')
  try {
    const fd = yield* sh.proc.open(path, O.WRONLY | O.CREAT | (append ? O.APPEND : O.TRUNC), 0o600)
    try {
      yield* sh.proc.write(fd, encode(text))
    } finally {
      sh.proc.close(fd)
    }
    return 0
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (!quiet) sh.complain(`${path}: cannot create: ${strerror(error)}`)
    return 1
  }
}

/** `fc`: lists, edits or repeats commands of the history. */
function* fc(sh: Shell, args: readonly string[]): Run<number> {
  const h = historyOf(sh)
  let list = args
  let listing = false
  let numbers = true
  let reverse = false
  let again = false
  let editor: string | undefined
  while (list[0] !== undefined && /^-[lnrse]/.test(list[0])) {
    const a = list[0]
    list = list.slice(1)
    if (a.startsWith('-e')) {
      editor = a.length > 2 ? a.slice(2) : list[0]
      if (a.length === 2) list = list.slice(1)
      continue
    }
    for (const c of a.slice(1)) {
      if (c === 'l') listing = true
      else if (c === 'n') numbers = false
      else if (c === 'r') reverse = true
      else if (c === 's') again = true
      else {
        sh.complain(`-${c}: invalid option`)
        usage(sh)
        return 2
      }
    }
  }
  // The `fc` itself is the last entry: it does not count.
  const last = h.next - (sh.interactive ? 2 : 1)
  const find = (spec: string | undefined, fallback: number): number | undefined => {
    if (spec === undefined) return fallback
    if (/^-\d+$/.test(spec)) return Math.max(h.base, last + 1 + Number(spec))
    if (/^\d+$/.test(spec)) return Number(spec) === 0 ? last : Number(spec)
    for (let n = last; n >= h.base; n--) if (h.get(n)?.startsWith(spec)) return n
    return undefined
  }
  if (again || editor === '-') {
    let replace: string | undefined
    if (list[0]?.includes('=')) {
      replace = list[0]
      list = list.slice(1)
    }
    const n = find(list[0], last)
    let line = n === undefined ? undefined : h.get(n)
    if (line === undefined) {
      sh.complain('no command found')
      return 1
    }
    if (replace !== undefined) {
      const at = replace.indexOf('=')
      line = line.split(replace.slice(0, at)).join(replace.slice(at + 1))
    }
    sh.err(`${line}\n`)
    if (sh.interactive) h.entries.pop()
    h.push(line, sh.proc.now())
    yield* sh.flush()
    return yield* call(commandsOf(sh, line, { line: sh.line }))
  }
  if (!listing) {
    if (h.entries.length === 0) return 1
    sh.complain('podlab: editing commands with fc is not modelled')
    return 1
  }
  const from = find(list[0], Math.max(h.base, last - 15))
  const to = find(list[1], last)
  if (h.entries.length === 0) return 0
  if (from === undefined || to === undefined) {
    sh.complain('history specification out of range')
    return 1
  }
  let picked: number[] = []
  for (let n = Math.min(from, to); n <= Math.max(from, to); n++) if (h.get(n) !== undefined && n <= last) picked.push(n)
  if (from > to !== reverse) picked = picked.reverse()
  for (const n of picked) sh.out(`${numbers ? n : ''}\t ${h.get(n)}\n`)
  return 0
}

export const historical: Readonly<Record<string, Builtin>> = { history, fc, bind }
