import { Errno, strerror } from '#linux/errno.ts'
import type { Termios } from '#linux/syscalls.ts'
import { singleQuote } from '../expand/quote.ts'
import { commandsOf } from '../interp/eval.ts'
import { call, type Run, StatusFlow } from '../interp/flow.ts'
import { AssignmentError, type Shell } from '../interp/shell.ts'
import { type Builtin, parseOptions, reference } from './builtin.ts'
import { readLine } from './read-line.ts'

/** Seconds, perhaps with a fraction. */
const TIMEOUT = /^(?:\d+\.?\d*|\.\d+)$/

/** Splits a line for `read`: all but the last of `n` names get a word, the last one the rest. Backslashes quote unless `raw`. */
export function splitForRead(line: string, n: number, ifs: string, raw: boolean): string[] {
  const chars: { c: string; quoted: boolean }[] = []
  for (let i = 0; i < line.length; i++) {
    const c = line[i] as string
    if (c === '\\' && !raw && i + 1 < line.length) chars.push({ c: line[++i] as string, quoted: true })
    else if (c === '\\' && !raw) continue
    else chars.push({ c, quoted: false })
  }
  const isSep = (k: number): boolean => {
    const x = chars[k]
    return x !== undefined && !x.quoted && ifs.includes(x.c)
  }
  const isWhite = (k: number): boolean => isSep(k) && /[ \t\n]/.test(chars[k]?.c ?? '')
  const text = (from: number, to: number): string =>
    chars
      .slice(from, to)
      .map((x) => x.c)
      .join('')
  let i = 0
  while (isWhite(i)) i++
  const out: string[] = []
  while (out.length < n - 1 && i < chars.length) {
    const from = i
    while (i < chars.length && !isSep(i)) i++
    out.push(text(from, i))
    while (isWhite(i)) i++
    if (isSep(i)) {
      i++
      while (isWhite(i)) i++
    }
  }
  if (i < chars.length) {
    let end = chars.length
    while (end > i && isWhite(end - 1)) end--
    // One trailing separator is dropped when it ends the only field that is left.
    const rest = chars.slice(i, end)
    const first = rest.findIndex((_, k) => isSep(i + k))
    if (first >= 0 && first === rest.length - 1) end--
    else if (first >= 0) {
      let k = i + first
      while (isWhite(k)) k++
      if (isSep(k) && !isWhite(k)) {
        k++
        while (isWhite(k)) k++
      }
      if (k >= end) end = i + first
    }
    out.push(text(i, end))
  }
  return out
}

/** All words, for `read -a`. */
function splitAll(line: string, ifs: string, raw: boolean): string[] {
  const out: string[] = []
  let rest = splitForRead(line, 1_000_000, ifs, raw)
  if (rest.length === 1 && rest[0] === '') rest = line === '' || /^[ \t\n]*$/.test(line) ? [] : rest
  out.push(...rest)
  return out
}

/** When `read` without -t gives up, by TMOUT. */
function defaultDeadline(sh: Shell): number | undefined {
  const t = sh.isDash ? undefined : sh.get('TMOUT')
  if (t === undefined || !TIMEOUT.test(t) || Number(t) === 0) return undefined
  return sh.proc.now() + Math.round(Number(t) * 1e6)
}

function* read(sh: Shell, args: readonly string[]): Run<number> {
  const o = parseOptions(sh, args, sh.flavour === 'dash' ? 'rp:' : 'ersa:d:i:n:N:p:t:u:')
  const names = o.rest
  // The first is looked at before anything is read, the others when their turn comes.
  for (const name of o.has('a') ? [o.value('a') as string] : sh.isDash ? names : names.slice(0, 1)) {
    if (reference(name) === undefined) {
      sh.complain(sh.isDash ? `${name}: bad variable name` : `\`${name}': not a valid identifier`)
      return sh.isDash ? 2 : 1
    }
  }
  let fd = 0
  if (o.has('u')) {
    fd = Number(o.value('u'))
    try {
      if (!Number.isInteger(fd)) throw new Errno('EINVAL')
      sh.proc.getFlags(fd)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      sh.complain(
        error.code === 'EINVAL'
          ? `${o.value('u')}: invalid file descriptor specification`
          : `${fd}: invalid file descriptor: ${strerror(error)}`,
      )
      return 1
    }
  }
  let deadline: number | undefined
  if (o.has('t')) {
    const t = o.value('t') as string
    if (!TIMEOUT.test(t)) {
      sh.complain(`${t}: invalid timeout specification`)
      return 1
    }
    if (Number(t) === 0) return (yield* sh.proc.poll([{ fd, read: true }], 0)).length > 0 ? 0 : 1
    deadline = sh.proc.now() + Math.round(Number(t) * 1e6)
  } else deadline = defaultDeadline(sh)
  const count = o.value('N') ?? o.value('n')
  if (count !== undefined && !/^\d+$/.test(count)) {
    sh.complain(`${count}: invalid number`)
    return 1
  }
  const raw = o.has('r')
  const terminal = isTerminal(sh, fd)
  const edited = o.has('e') && terminal && sh.readline !== undefined && count === undefined
  if (o.has('p') && terminal && !edited) {
    sh.err(o.value('p') as string)
    yield* sh.flush()
  }
  if (edited && sh.readline !== undefined) {
    const line = yield* sh.readline.read(o.value('p') ?? '', o.value('i') ?? '')
    if (line === undefined) return yield* assign(sh, o, names, '', 1)
    return yield* assign(sh, o, names, line, 0)
  }
  let saved: Termios | undefined
  if (terminal && (o.has('s') || count !== undefined || o.has('d'))) {
    saved = sh.proc.tcgetattr(fd)
    sh.proc.tcsetattr(fd, {
      ...saved,
      ...(o.has('s') ? { echo: false } : {}),
      ...(count !== undefined || o.has('d') ? { icanon: false, vmin: 1, vtime: 0 } : {}),
    })
  }
  let result: { text: string; eof: boolean; timedOut: boolean }
  try {
    result = yield* readLine(sh, fd, {
      delimiter: o.has('d') ? (o.value('d') as string).slice(0, 1) : '\n',
      backslash: !raw,
      exact: o.has('N'),
      ...(count !== undefined && { count: Number(count) }),
      ...(deadline !== undefined && { deadline }),
    })
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    sh.complain(`read error: ${fd}: ${strerror(error)}`)
    return 1
  } finally {
    if (saved !== undefined) sh.proc.tcsetattr(fd, saved)
  }
  const status = result.timedOut ? 142 : result.eof && !(count !== undefined && result.text.length >= Number(count)) ? 1 : 0
  return yield* assign(sh, o, names, result.text, status)
}

function* assign(sh: Shell, o: ReturnType<typeof parseOptions>, names: readonly string[], line: string, status: number): Run<number> {
  const raw = o.has('r')
  const ifs = sh.ifs.chars
  const plain = (s: string): string => (raw ? s : s.replace(/\\([\s\S])/g, '$1').replace(/\\$/, ''))
  const put = (name: string, value: string): void => {
    const to = reference(name)
    if (to === undefined) {
      sh.complain(`\`${name}': not a valid identifier`)
      throw new StatusFlow(1)
    }
    if (to.index !== undefined) sh.assignText(to.name, sh.subscriptWord(to.index), value)
    else sh.set(name, value)
  }
  try {
    if (o.has('a')) sh.setArray(o.value('a') as string, splitAll(line, ifs, raw))
    else if (o.has('N')) {
      put(names[0] ?? 'REPLY', plain(line))
      for (const name of names.slice(1)) put(name, '')
    } else if (names.length === 0) sh.set('REPLY', plain(line))
    else {
      const words = splitForRead(line, names.length, ifs, raw)
      names.forEach((name, i) => {
        put(name, words[i] ?? '')
      })
    }
  } catch (error) {
    if (!(error instanceof AssignmentError)) throw error
    sh.error(error.message)
    return 1
  }
  return status
}

function isTerminal(sh: Shell, fd: number): boolean {
  try {
    return sh.proc.isatty(fd)
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

function* mapfile(sh: Shell, args: readonly string[]): Run<number> {
  const o = parseOptions(sh, args, 'd:n:O:s:tu:C:c:')
  const name = o.rest[0] ?? 'MAPFILE'
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    sh.complain(`\`${name}': not a valid identifier`)
    return 1
  }
  const number = (letter: string, what: string): number | undefined => {
    const v = o.value(letter)
    if (v === undefined) return undefined
    if (!/^\d+$/.test(v)) {
      sh.complain(`${v}: ${what}`)
      return Number.NaN
    }
    return Number(v)
  }
  const count = number('n', 'invalid line count')
  const origin = number('O', 'invalid array origin')
  const skip = number('s', 'invalid line count')
  const quantum = number('c', 'invalid callback quantum') ?? 5000
  if ([count, origin, skip, quantum].some((n) => Number.isNaN(n))) return 1
  if (quantum === 0) {
    sh.complain(`${o.value('c')}: invalid callback quantum`)
    return 1
  }
  const fd = Number(o.value('u') ?? 0)
  try {
    sh.proc.getFlags(fd)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    sh.complain(`${fd}: invalid file descriptor: ${strerror(error)}`)
    return 1
  }
  const existing = sh.lookup(name)
  if (existing?.assoc !== undefined) {
    sh.complain(`${name}: not an indexed array`)
    return 1
  }
  const v = origin === undefined || existing === undefined ? sh.setArray(name, []) : existing
  const array = v.array ?? sh.makeArray(v)
  const delimiter = o.has('d') ? (o.value('d') as string).slice(0, 1) : '\n'
  for (let k = 0; k < (skip ?? 0); k++) if ((yield* readLine(sh, fd, { delimiter })).eof) return 0
  let i = origin ?? 0
  for (let n = 1; count === undefined || count === 0 || n <= count; n++) {
    const line = yield* readLine(sh, fd, { delimiter })
    if (line.eof && line.text === '') break
    const text = o.has('t') || line.eof ? line.text : line.text + delimiter
    if (o.has('C') && n % quantum === 0) {
      const { builtinName } = sh
      yield* sh.flush()
      yield* call(commandsOf(sh, `${o.value('C')} ${i} ${singleQuote(text)}`, { line: sh.line }))
      sh.builtinName = builtinName
    }
    array.set(i++, text)
    if (line.eof) break
  }
  return 0
}

export const reading: Readonly<Record<string, Builtin>> = { read, mapfile, readarray: mapfile }
