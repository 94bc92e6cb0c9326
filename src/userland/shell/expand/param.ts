import { ArithmeticError } from '../arithmetic/parse.ts'
import { declaration } from '../interp/declaration.ts'
import { BadSubstitution, ExpansionError } from '../interp/flow.ts'
import { special, variableNames } from '../interp/parameters.ts'
import type { Shell } from '../interp/shell.ts'
import type { ParamPart, Word } from '../syntax/ast.ts'
import { joinBytes, unescapeAnsi } from '../syntax/escapes.ts'
import { compilePattern, substitute, trim } from './pattern.ts'
import { doubleQuote, quoteKey, quoteReusable } from './quote.ts'
import { capitalise, changeCase, lengthOf, lower, slice, upper } from './text.ts'

/** What an expansion gives: text; several values (`$@`, `${a[*]}`); or a word to be expanded in its place (`${x:-word}`). */
export type Value =
  | string
  | { readonly items: readonly string[]; readonly star: boolean; readonly assigning?: true }
  | { readonly word: Word }

interface Base {
  /** Undefined: unset. */
  readonly value: string | undefined
  /** For `@` and `*`. */
  readonly items?: readonly string[]
  readonly star?: boolean
  /** Keys of the items, for arrays. */
  readonly keys?: readonly string[]
}

const SPECIAL = /^[@*#?$!-]$|^\d+$/

/** Expands `$x` and `${…}`. Source: bash, Shell Parameter Expansion. */
export function expandParam(sh: Shell, p: ParamPart, quoted: boolean): Value {
  // The plain `$name` first: it is nearly all there is.
  if (p.op === undefined && p.index === undefined && p.length === undefined && p.indirect === undefined && p.bad === undefined) {
    const c = p.name.charCodeAt(0)
    if (c > 57 && c !== 64 && c !== 63) {
      const v = sh.get(p.name)
      if (v === undefined) {
        if (sh.options.nounset) throw unbound(sh, p.name)
        return ''
      }
      return v
    }
  }
  if (p.bad && sh.isDash) throw new ExpansionError('Bad substitution', !sh.interactive, 2)
  if (p.bad) throw new BadSubstitution(p.raw, !sh.interactive && sh.posix)
  if (p.op === 'keys') return keysOf(sh, p)
  if (p.op?.startsWith('prefix')) {
    const names = variableNames(sh, p.name)
    return { items: names, star: p.op === 'prefix*' }
  }
  let { name, index } = p
  if (p.indirect) {
    const ref = sh.scope.raw(name)
    if (ref?.nameref && p.op === undefined) return ref.value ?? ''
    const target = base(sh, p, name, index).value
    // No positional parameter stands for nothing: only of variables bash says so.
    if (target === undefined && SPECIAL.test(name) && !sh.options.nounset)
      return /^:?[-=?+]$/.test(p.op ?? '') ? withDefault(sh, p, { value: undefined }, quoted, name, name, index) : ''
    if (target === undefined || target === '') {
      throw new ExpansionError(target === undefined ? `${name}: invalid indirect expansion` : `${target}: invalid variable name`)
    }
    const m = /^([A-Za-z_]\w*|\d+|[@*#?$!-])(?:\[(.*)\])?$/s.exec(target)
    if (m === null) throw new ExpansionError(`${target}: invalid variable name`)
    name = m[1] as string
    index = m[2] === undefined ? undefined : sh.subscriptWord(m[2])
  }
  if (p.length && index !== undefined && index.raw !== '@' && index.raw !== '*') return elementLength(sh, name, index)
  const b = base(sh, p, name, index)
  if (p.length) return lengthValue(sh, p, b)
  const label = index === undefined ? name : `${name}[${index.raw}]`
  if (p.op === undefined) {
    if (b.items !== undefined) return { items: b.items, star: b.star === true }
    if (b.value === undefined && sh.options.nounset) throw unbound(sh, label, p.raw)
    return b.value ?? ''
  }
  if (/^:?[-=?+]$/.test(p.op)) return withDefault(sh, p, b, quoted, label, name, index)
  if (b.value === undefined && b.items === undefined && sh.options.nounset && p.op !== '@a' && p.op !== '@A')
    throw unbound(sh, label, p.raw)
  if (p.op === ':') return substring(sh, p, b, name, index)
  if (p.op === '@?') {
    if (b.value === undefined && b.items === undefined) return ''
    throw new BadSubstitution(p.raw, !sh.interactive)
  }
  if (p.op.startsWith('@')) return transform(sh, p, b, name)
  return edit(sh, p, b)
}

function unbound(sh: Shell, name: string, raw = ''): ExpansionError {
  if (sh.isDash) return new ExpansionError(`${name}: parameter not set`, !sh.interactive, 2)
  return new ExpansionError(
    (/^\d+$/.test(name) || name === '!') && !raw.startsWith('${') ? `$${name}: unbound variable` : `${name}: unbound variable`,
    !sh.interactive,
    sh.isDash ? 2 : 1,
  )
}

function base(sh: Shell, _p: ParamPart, name: string, index: Word | undefined): Base {
  if (index !== undefined) {
    if (index.raw === '@' || index.raw === '*') {
      const v = sh.lookup(name)
      return { value: v?.scalar(), items: v?.elements() ?? [], keys: v?.keys() ?? [], star: index.raw === '*' }
    }
    return { value: sh.element(name, index) }
  }
  if (SPECIAL.test(name)) {
    if (name === '@' || name === '*')
      return { value: sh.positional.length > 0 ? sh.positional.join(' ') : undefined, items: sh.positional, star: name === '*' }
    return { value: special(sh, name) }
  }
  const ref = sh.namerefTarget(name)
  if (ref !== undefined && (ref.index === '@' || ref.index === '*')) {
    const v = sh.lookup(ref.name)
    return { value: v?.scalar(), items: v?.elements() ?? [], star: ref.index === '*' }
  }
  return { value: sh.get(name) }
}

/** `${#a[i]}`: nothing is looked at when there is no such variable. */
function elementLength(sh: Shell, name: string, index: Word): string {
  const v = sh.lookup(name)
  if (v === undefined) {
    if (sh.options.nounset) throw new ExpansionError(`${name}: unbound variable`)
    return '0'
  }
  let bad = v.assoc !== undefined && sh.expander.string(index, 'none') === ''
  if (v.assoc === undefined && v.dynamic === undefined) {
    const i = sh.indexOf(index)
    bad = i < 0 && i + (v.array?.end ?? 0) < 0
  }
  if (bad) throw new ExpansionError(`${index.raw}]: bad array subscript`)
  const value = sh.element(name, index)
  if (value === undefined && sh.options.nounset) throw unbound(sh, `${name}[${index.raw}]`)
  return String(lengthOf(value ?? '', sh.utf8))
}

function lengthValue(sh: Shell, p: ParamPart, b: Base): string {
  if (b.items !== undefined) {
    if (sh.options.nounset && p.index !== undefined && sh.lookup(p.name) === undefined)
      throw new ExpansionError(`${p.name}: unbound variable`)
    return String(b.items.length)
  }
  if (b.value === undefined && sh.options.nounset) throw unbound(sh, p.name, p.raw)
  return String(lengthOf(b.value ?? '', sh.utf8))
}

function keysOf(sh: Shell, p: ParamPart): Value {
  return { items: sh.lookup(p.name)?.keys() ?? [], star: p.index?.raw === '*' }
}

function withDefault(sh: Shell, p: ParamPart, b: Base, _quoted: boolean, label: string, name = p.name, index = p.index): Value {
  const op = p.op as string
  const kind = op.at(-1)
  const colon = op.length === 2
  const text = b.items === undefined ? b.value : b.items.length === 0 ? undefined : b.items.join(b.star ? sh.ifsJoin() : ' ')
  const missing = text === undefined || (colon && text === '')
  if (kind === '+') {
    if (!missing) return { word: p.arg as Word }
    return b.items === undefined ? '' : { items: [], star: b.star === true }
  }
  if (!missing) return b.items === undefined ? (b.value as string) : { items: b.items, star: b.star === true }
  if (kind === '-') return { word: p.arg as Word }
  const arg = sh.expander.string(p.arg as Word)
  if (kind === '=') {
    if (!/^[A-Za-z_]/.test(name)) throw new ExpansionError(`$${name}: cannot assign in this way`)
    sh.expander.effect(() => sh.assignText(name, index, arg))
    return sh.get(name) !== undefined && index === undefined ? (sh.get(name) as string) : arg
  }
  throw new ExpansionError(
    `${label}: ${arg === '' ? (colon ? 'parameter null or not set' : sh.isDash ? 'parameter not set' : 'parameter not set') : arg}`,
    !sh.interactive,
    sh.isDash ? 2 : sh.subshell ? 1 : 127,
  )
}

function substring(sh: Shell, p: ParamPart, b: Base, name: string, index: Word | undefined): Value {
  const number = (w: Word): number => {
    const text = sh.expander.quotedText(w)
    try {
      return Number(sh.expander.effect(() => sh.arithmetic(text)))
    } catch (error) {
      if (error instanceof ArithmeticError) error.label ??= index === undefined ? name : `${name}[${index.raw}]`
      throw error
    }
  }
  // Of what is not there nothing is evaluated.
  if (b.value === undefined && (b.items === undefined || (index !== undefined && b.items.length === 0))) return ''
  let from = number(p.arg as Word)
  const size = p.arg2 === undefined ? undefined : number(p.arg2)
  const tooSmall = (): never => {
    throw new ExpansionError(`${p.arg2?.raw}: substring expression < 0`)
  }
  if (b.items !== undefined) {
    let { items } = b
    if (index === undefined) {
      // Positional parameters: $0 comes first when the offset is 0.
      if (from < 0) from += items.length + 1
      if (from < 0) return { items: [], star: b.star === true }
      if (size !== undefined && size < 0) tooSmall()
      items = from === 0 ? [special(sh, '0') ?? '', ...items] : items
      if (from > 0) from--
      return { items: items.slice(from, size === undefined ? undefined : from + size), star: b.star === true }
    }
    const v = sh.lookup(name)
    if (from < 0) from += v?.array?.end ?? items.length
    if (from < 0) return { items: [], star: b.star === true }
    if (size !== undefined && size < 0) tooSmall()
    const start =
      v?.array === undefined ? (v?.assoc === undefined ? from : Math.max(0, from - 1)) : v.array.keys().findIndex((k) => k >= from)
    const picked: readonly string[] = start < 0 ? [] : items.slice(start, size === undefined ? undefined : start + size)
    return { items: picked, star: b.star === true }
  }
  const text = b.value ?? ''
  const total = lengthOf(text, sh.utf8)
  if (from < 0) from += total
  if (from < 0 || from > total) return ''
  let to = total
  if (size !== undefined) {
    to = size < 0 ? total + size : Math.min(total, from + size)
    if (to < from) tooSmall()
  }
  return slice(text, from, to, sh.utf8)
}

function mapValue(b: Base, fn: (s: string) => string): Value {
  if (b.items !== undefined) return { items: b.items.map(fn), star: b.star === true }
  return fn(b.value ?? '')
}

/** `#`, `%`, `/`, `^`, `,`, `~`. */
function edit(sh: Shell, p: ParamPart, b: Base): Value {
  const op = p.op as string
  const options = sh.expander.patternOptions()
  const pattern = sh.expander.pattern(p.arg as Word)
  const c = op[0]
  if (c === '#' || c === '%') {
    return mapValue(b, (s) => joinBytes(trim(s, pattern, c === '#' ? 'prefix' : 'suffix', op.length === 2, options)))
  }
  if (c === '/') {
    const how = op === '//' ? 'all' : op === '/#' ? 'prefix' : op === '/%' ? 'suffix' : 'first'
    const replacement = p.arg2 === undefined ? () => '' : replacer(sh, p.arg2)
    const withCase = { ...options, nocase: sh.shopts.nocasematch === true }
    return mapValue(b, (s) => joinBytes(substitute(s, pattern, how, withCase, replacement)))
  }
  const compiled = pattern === '' ? undefined : compilePattern(pattern, options)
  return mapValue(b, (s) => changeCase(s, op, (ch) => compiled?.matches(ch) ?? true, sh.utf8))
}

/** The replacement of `${x/p/r}`: an unquoted `&` is what matched (shopt patsub_replacement). */
function replacer(sh: Shell, word: Word): (matched: string) => string {
  if (sh.shopts.patsub_replacement !== true) {
    const text = sh.expander.string(word)
    return () => text
  }
  // In the pattern form, what was quoted is escaped, so an `&` without a backslash is one that was not quoted.
  const pieces: string[] = []
  let piece = ''
  const source = sh.expander.replacement(word)
  for (let i = 0; i < source.length; i++) {
    const c = source[i] as string
    if (c === '\\' && (source[i + 1] === '&' || source[i + 1] === '\\')) piece += source[++i]
    else if (c === '&') {
      pieces.push(piece)
      piece = ''
    } else piece += c
  }
  pieces.push(piece)
  return pieces.length === 1 ? () => pieces[0] as string : (m) => pieces.join(m)
}

/** `${x@Q}` and the like. */
function transform(sh: Shell, p: ParamPart, b: Base, name: string): Value {
  const op = (p.op as string)[1] as string
  const { utf8 } = sh
  switch (op) {
    case 'U':
      return mapValue(b, (s) => upper(s, utf8))
    case 'L':
      return mapValue(b, (s) => lower(s, utf8))
    case 'u':
      return mapValue(b, (s) => upper(slice(s, 0, 1, utf8), utf8) + slice(s, 1, undefined, utf8))
    case 'Q':
      return b.items === undefined && b.value === undefined ? '' : mapValue(b, (s) => quoteReusable(s, utf8))
    case 'E':
      return mapValue(b, (s) => unescapeAnsi(s, utf8))
    case 'P':
      return mapValue(b, (s) => sh.promptText(s))
    case 'a': {
      const v = sh.lookup(name)
      return v === undefined || (!v.isSet && b.items === undefined && !v.isArray)
        ? (v?.flags() ?? '')
        : b.items !== undefined
          ? { items: b.items.map(() => v.flags()), star: b.star === true }
          : v.flags()
    }
    case 'A': {
      if (name === '@' || name === '*')
        return sh.positional.length === 0 ? '' : `set -- ${sh.positional.map((s) => quoteReusable(s, utf8)).join(' ')}`
      const v = sh.lookup(name)
      if (v === undefined || (!v.isSet && v.flags() === '')) return ''
      return b.items !== undefined
        ? declaration(v, utf8)
        : v.flags().replace(/[aA]/, '') === '' && !v.isArray
          ? `${name}=${quoteReusable(b.value ?? '', utf8)}`
          : `declare -${v.flags()} ${name}${b.value === undefined ? '' : `=${quoteReusable(b.value, utf8)}`}`
    }
    default: {
      // K and k: keys and values.
      const v = sh.lookup(name)
      if (b.items === undefined || v === undefined || b.keys === undefined) return b.value === undefined ? '' : quoteReusable(b.value, utf8)
      const keys = b.keys
      if (op === 'k') return { items: b.items.flatMap((s, i) => [keys[i] ?? '', s]), star: b.star === true }
      return (
        b.items.map((s, i) => `${v.assoc === undefined ? keys[i] : quoteKey(keys[i] ?? '', utf8)} ${doubleQuote(s, utf8)}`).join(' ') +
        (v.assoc === undefined || b.items.length === 0 ? '' : ' ')
      )
    }
  }
}

export { capitalise }
