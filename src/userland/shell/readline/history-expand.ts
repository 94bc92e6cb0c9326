import type { History } from './history.ts'

export interface HistoryExpansion {
  readonly text: string
  /** Something was replaced. */
  readonly changed: boolean
  /** `:p`: show it, don't run it. */
  readonly printOnly?: boolean
  /** What is said when it failed, without the shell's name. */
  readonly error?: string
}

let lastSearch = ''
let lastReplacement: { from: string; to: string } | undefined

/** Words of a command line as history expansion counts them. */
export function historyWords(line: string): string[] {
  return line.match(/(?:[^\s"'\\|&;()<>]|\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?)+|&&|\|\||[<>]&|>>|<<|[|&;()<>]/gs) ?? []
}

/**
 * Replaces `!` events in a line. Source: bash, History Expansion. Quotes: nothing happens in single quotes and comments; in
 * double quotes `!"` stands for itself. `open` is the quotation mark that a line before has left open.
 */
export function expandHistory(line: string, history: History, open: '' | "'" | '"' = ''): HistoryExpansion {
  if (line.startsWith('^') && open === '') {
    const m = /^\^([^^]*)\^([^^]*)(?:\^(.*))?$/s.exec(line)
    const last = history.get(history.next - 1)
    if (m !== null) {
      if (last === undefined || !last.includes(m[1] as string))
        return { text: line, changed: false, error: `:s${line}: substitution failed` }
      return { text: last.replace(m[1] as string, () => m[2] as string) + (m[3] ?? ''), changed: true }
    }
  }
  let out = ''
  let changed = false
  let printOnly = false
  let quote: string = open
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i)
    if (c === '\\' && quote !== "'") {
      out += c + line.charAt(++i)
      continue
    }
    if (c === '#' && quote === '' && (i === 0 || /[\s;&|()<>]/.test(line.charAt(i - 1)))) {
      out += line.slice(i)
      break
    }
    if (c === "'" && quote !== '"') quote = quote === "'" ? '' : "'"
    else if (c === '"' && quote !== "'") quote = quote === '"' ? '' : '"'
    if (c !== '!' || quote === "'") {
      out += c
      continue
    }
    const next = line.charAt(i + 1)
    if (
      next === '' ||
      /[\s=(]/.test(next) ||
      (quote === '"' && next === '"') ||
      out.endsWith('$') ||
      out.endsWith('[') ||
      out.endsWith('${')
    ) {
      out += c
      continue
    }
    const r = event(line, i, history, out)
    if (r.error !== undefined) return { text: line, changed: false, error: r.error }
    out += r.text
    printOnly ||= r.printOnly
    changed = true
    i = r.end - 1
  }
  return { text: out, changed, ...(printOnly && { printOnly }) }
}

interface Event {
  readonly text: string
  readonly end: number
  readonly printOnly: boolean
  readonly error?: string
}

function event(line: string, start: number, history: History, before: string): Event {
  let i = start + 1
  let found: string | undefined
  const newest = history.next - 1
  const rest = line.slice(i)
  const number = /^-?\d+/.exec(rest)
  if (rest.startsWith('!')) {
    found = history.get(newest)
    i++
  } else if (number !== null) {
    const n = Number(number[0])
    found = history.get(n < 0 ? history.next + n : n)
    i += number[0].length
  } else if (rest.startsWith('#')) {
    found = before
    i++
  } else if (/^[$^*:]/.test(rest)) found = history.get(newest)
  else if (rest.startsWith('?')) {
    const end = rest.indexOf('?', 1)
    const text = end < 0 ? rest.slice(1) : rest.slice(1, end)
    lastSearch = text
    for (let n = newest; n >= history.base && found === undefined; n--) if (history.get(n)?.includes(text)) found = history.get(n)
    i += end < 0 ? rest.length : end + 1
  } else {
    const text = (/^[^\s:;&|()<>"]+/.exec(rest) ?? [''])[0].replace(/[$^*%-].*$/, (x) =>
      x.length === rest.length ? x : x.startsWith('-') ? x : '',
    )
    for (let n = newest; n >= history.base && found === undefined; n--) if (history.get(n)?.startsWith(text)) found = history.get(n)
    i += text.length
  }
  const fail = (message: string): Event => ({ text: '', end: i, printOnly: false, error: message })
  if (found === undefined) return fail(`${line.slice(start, i)}: event not found`)
  let text = found
  const designator = /^(?::(?=[\d^$*%-]))?(\d+-\d+|\d+-\$?|\d+\*|-\d+|\d+|[\^$*%])/.exec(line.slice(i))
  if (designator !== null && (line.charAt(i) === ':' || /^[\^$*%-]/.test(line.slice(i)))) {
    const words = historyWords(found)
    const picked = pick(words, designator[1] as string)
    if (picked === undefined) return fail(`${line.slice(start, i + designator[0].length)}: bad word specifier`)
    text = picked
    i += designator[0].length
  }
  let printOnly = false
  for (;;) {
    const m = /^:(?:(g?[as]?)s(.)|([hrteqx&p]))/s.exec(line.slice(i)) ?? /^:(g)(&)/.exec(line.slice(i))
    if (m === null) break
    if (m[2] !== undefined && m[3] === undefined && m[2] !== '&') {
      const delimiter = m[2]
      const parts = line.slice(i + m[0].length).split(delimiter)
      const from = parts[0] === '' ? (lastReplacement?.from ?? lastSearch) : (parts[0] as string)
      const to = (parts[1] ?? '').split(/[\s]/.test(delimiter) ? '\n' : '\0')[0] as string
      lastReplacement = { from, to }
      if (!text.includes(from)) return fail(`:${m[0].slice(1)}${parts.slice(0, 2).join(delimiter)}${delimiter}: substitution failed`)
      const all = m[1] !== undefined && /[ga]/.test(m[1])
      text = all ? text.split(from).join(to.replaceAll('&', from)) : text.replace(from, () => to.replaceAll('&', from))
      i += m[0].length + (parts[0] as string).length + 1 + (parts[1] ?? '').length + (parts.length > 2 ? 1 : 0)
      continue
    }
    i += m[0].length
    switch (m[3]) {
      case 'h':
        text = text.replace(/\/[^/]*$/, '')
        break
      case 't':
        text = text.replace(/.*\//s, '')
        break
      case 'r':
        text = text.replace(/\.[^./]*$/, '')
        break
      case 'e':
        text = /\.[^./]*$/.exec(text)?.[0] ?? ''
        break
      case 'p':
        printOnly = true
        break
      case 'q':
        text = `'${text.replaceAll("'", "'\\''")}'`
        break
      case 'x':
        text = text
          .split(/\s+/)
          .map((w) => `'${w}'`)
          .join(' ')
        break
      default:
        if (lastReplacement !== undefined) text = text.replace(lastReplacement.from, () => lastReplacement?.to ?? '')
    }
  }
  return { text, end: i, printOnly }
}

function pick(words: readonly string[], spec: string): string | undefined {
  const last = words.length - 1
  if (spec === '^') return words[1]
  if (spec === '$') return words[last]
  if (spec === '*') return words.slice(1).join(' ')
  if (spec === '%') return words.find((w) => w.includes(lastSearch))
  const m = /^(\d*)(-?)(\d*|\$)(\*?)$/.exec(spec)
  if (m === null) return undefined
  const from = m[1] === '' ? 0 : Number(m[1])
  const to = m[4] === '*' || m[3] === '$' ? last : m[2] === '' ? from : m[3] === '' ? last - 1 : Number(m[3])
  if (from > last || to > last) return undefined
  return words.slice(from, to + 1).join(' ')
}
