import { Errno } from '#linux/errno.ts'
import { quoteReusable } from '../expand/quote.ts'
import type { Run } from '../interp/flow.ts'
import { findProgram, searchAll, searchPath } from '../interp/program.ts'
import type { Shell } from '../interp/shell.ts'
import { runBuiltin, runExternal } from '../interp/simple.ts'
import { KEYWORDS } from '../syntax/keywords.ts'
import { functionText } from '../syntax/print.ts'
import { type Builtin, parseOptions, usage } from './builtin.ts'
import { builtins, SPECIAL_BUILTINS } from './index.ts'
import { DESCRIPTIONS, USAGE } from './usage.ts'

type Found = { readonly kind: 'alias' | 'keyword' | 'function' | 'builtin' | 'file' | 'hashed'; readonly text: string }

/** Everything a command name means, in the order in which it is looked up. */
function lookUp(sh: Shell, name: string, all: boolean, noFunctions = false): Found[] {
  const out: Found[] = []
  const alias = sh.shopts.expand_aliases || sh.isDash ? sh.aliases.get(name) : undefined
  if (alias !== undefined) out.push({ kind: 'alias', text: alias })
  if (KEYWORDS.includes(name)) out.push({ kind: 'keyword', text: name })
  if (!noFunctions && sh.functions.has(name)) out.push({ kind: 'function', text: name })
  if (builtins(sh).has(name) && !sh.disabled.has(name)) out.push({ kind: 'builtin', text: name })
  if (name.includes('/')) {
    try {
      if ((sh.proc.stat(name).mode & 0o170000) !== 0o040000 && sh.proc.access(name, 'x', true)) out.push({ kind: 'file', text: name })
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  } else if (all) for (const text of searchAll(sh, name)) out.push({ kind: 'file', text })
  else {
    const hashed = sh.hash.get(name)
    if (hashed !== undefined) out.push({ kind: 'hashed', text: hashed.path })
    else {
      const text = searchPath(sh, name, sh.get('PATH'))
      if (text !== undefined && sh.proc.access(text, 'x', true)) out.push({ kind: 'file', text })
    }
  }
  return all ? out : out.slice(0, 1)
}

/** The long answer of `type` and `command -V`. */
function describe(sh: Shell, name: string, f: Found): string {
  switch (f.kind) {
    case 'alias':
      return sh.isDash ? `${name} is an alias for ${f.text}\n` : `${name} is aliased to \`${f.text}'\n`
    case 'keyword':
      return `${name} is a shell keyword\n`
    case 'function': {
      if (sh.isDash) return `${name} is a shell function\n`
      return `${name} is a function\n${functionText(name, sh.functions.get(name)?.definition.body ?? { type: 'list', items: [], line: 0, redirects: [] })}\n`
    }
    case 'builtin':
      return sh.posix && SPECIAL_BUILTINS.has(name) ? `${name} is a special shell builtin\n` : `${name} is a shell builtin\n`
    case 'hashed':
      return sh.isDash ? `${name} is a tracked alias for ${f.text}\n` : `${name} is hashed (${f.text})\n`
    case 'file':
      return `${name} is ${f.text}\n`
  }
}

const type: Builtin = (sh, args) => {
  if (sh.isDash) {
    let status = 0
    for (const name of args) {
      const [f] = lookUp(sh, name, false)
      if (f === undefined) {
        sh.out(`${name}: not found\n`)
        status = 127
      } else sh.out(describe(sh, name, f))
    }
    return status
  }
  const o = parseOptions(sh, args, 'afptP')
  let status = 0
  for (const name of o.rest) {
    if (o.has('P')) {
      const paths = o.has('a')
        ? searchAll(sh, name)
        : [sh.hash.get(name)?.path ?? searchPath(sh, name, sh.get('PATH'))].filter((p) => p !== undefined)
      if (paths.length === 0) status = 1
      for (const p of paths) sh.out(`${p}\n`)
      continue
    }
    const found = lookUp(sh, name, o.has('a'), o.has('f'))
    if (found.length === 0) {
      if (!o.has('t') && !o.has('p')) sh.complain(`${name}: not found`)
      status = 1
      continue
    }
    for (const f of found) {
      if (o.has('t')) sh.out(`${f.kind === 'hashed' ? 'file' : f.kind}\n`)
      else if (o.has('p')) {
        if (f.kind === 'file' || f.kind === 'hashed') sh.out(`${f.text}\n`)
      } else sh.out(describe(sh, name, f))
    }
  }
  return status
}

const DEFAULT_PATH = '/bin:/usr/bin:/sbin:/usr/sbin'

function* command(sh: Shell, args: readonly string[]): Run<number> {
  const o = parseOptions(sh, args, 'pVv')
  const [name, ...rest] = o.rest
  if (name === undefined) return 0
  if (o.has('v') || o.has('V')) {
    let status = 0
    for (const n of o.rest) {
      const [f] = lookUp(sh, n, false)
      if (f === undefined) {
        if (o.has('V')) {
          if (sh.isDash) sh.out(`${n}: not found\n`)
          else sh.complain(`${n}: not found`)
        }
        status = sh.isDash ? 127 : 1
      } else if (o.has('V')) sh.out(describe(sh, n, f))
      else sh.out(f.kind === 'alias' ? `alias ${n}=${quoteReusable(f.text, sh.utf8)}\n` : `${f.text}\n`)
    }
    return status
  }
  const b = sh.disabled.has(name) ? undefined : builtins(sh).get(name)
  if (b !== undefined) {
    return yield* runBuiltin(sh, name, b, rest)
  }
  sh.builtinName = undefined
  return yield* runExternal(sh, [name, ...rest], o.has('p') ? searchPath(sh, name, DEFAULT_PATH) : undefined)
}

function* builtin(sh: Shell, args: readonly string[]): Run<number> {
  const [name, ...rest] = args[0] === '--' ? args.slice(1) : args
  if (name === undefined) return 0
  const b = builtins(sh).get(name)
  if (b === undefined) {
    sh.complain(`${name}: not a shell builtin`)
    return 1
  }
  return yield* runBuiltin(sh, name, b, rest)
}

const hash: Builtin = (sh, args) => {
  const o = parseOptions(sh, args, 'lrp:dt')
  if (o.has('r')) sh.hash.clear()
  if (o.has('p')) {
    for (const name of o.rest) sh.hash.set(name, { path: o.value('p') as string, hits: 0 })
    return 0
  }
  let status = 0
  if (o.rest.length === 0) {
    if (o.has('r')) return 0
    if (o.has('d') || o.has('t')) {
      sh.complain(`-${o.has('d') ? 'd' : 't'}: option requires an argument`)
      return 1
    }
    if (sh.hash.size === 0) {
      if (!sh.isDash && !o.has('l')) sh.out('hash: hash table empty\n')
      return 0
    }
    if (o.has('l')) for (const [name, e] of sh.hash) sh.out(`builtin hash -p ${e.path} ${name}\n`)
    else if (sh.isDash) for (const [, e] of sh.hash) sh.out(`${e.path}\n`)
    else {
      sh.out('hits\tcommand\n')
      for (const [, e] of sh.hash) sh.out(`${String(e.hits).padStart(4)}\t${e.path}\n`)
    }
    return 0
  }
  for (const name of o.rest) {
    if (o.has('t')) {
      const e = sh.hash.get(name)
      if (e === undefined) {
        sh.complain(`${name}: not found`)
        status = 1
      } else sh.out(o.has('l') ? `builtin hash -p ${e.path} ${name}\n` : o.rest.length > 1 ? `${name}\t${e.path}\n` : `${e.path}\n`)
    } else if (o.has('d')) {
      if (!sh.hash.delete(name)) {
        sh.complain(`${name}: not found`)
        status = 1
      }
    } else if (!name.includes('/') && !builtins(sh).has(name) && !sh.functions.has(name)) {
      sh.hash.delete(name)
      const found = findProgram(sh, name)
      if (found === undefined) {
        sh.complain(sh.isDash ? `${name}: not found` : `${name}: not found`)
        status = 1
      } else {
        const e = sh.hash.get(name)
        if (e !== undefined) e.hits = 0
      }
    }
  }
  return status
}

function aliasLine(sh: Shell, name: string, value: string, reusable: boolean): string {
  return `${sh.isDash || (sh.posix && !reusable) ? '' : 'alias '}${name}=${sh.isDash ? `'${value.replaceAll("'", "'\"'\"'")}'` : `'${value.replaceAll("'", "'\\''")}'`}\n`
}

const alias: Builtin = (sh, args) => {
  const o = parseOptions(sh, args, 'p')
  if (o.rest.length === 0 || o.has('p'))
    for (const name of [...sh.aliases.keys()].sort()) sh.out(aliasLine(sh, name, sh.aliases.get(name) as string, o.has('p')))
  let status = 0
  for (const arg of o.rest) {
    const at = arg.indexOf('=')
    if (at > 0) {
      const name = arg.slice(0, at)
      if (/[ \t\n/$`"'\\|&;()<>=]/.test(name)) {
        sh.complain(`\`${name}': invalid alias name`)
        status = 1
      } else sh.aliases.set(name, arg.slice(at + 1))
      continue
    }
    const value = sh.aliases.get(arg)
    if (value === undefined) {
      if (sh.isDash) sh.err(`alias: ${arg} not found\n`)
      else sh.complain(`${arg}: not found`)
      status = 1
    } else sh.out(aliasLine(sh, arg, value, o.has('p')))
  }
  return status
}

const unalias: Builtin = (sh, args) => {
  const o = parseOptions(sh, args, 'a')
  if (o.has('a')) {
    sh.aliases.clear()
    return 0
  }
  if (o.rest.length === 0) {
    usage(sh)
    return 2
  }
  let status = 0
  for (const name of o.rest) {
    if (!sh.aliases.delete(name)) {
      if (sh.isDash) sh.err(`unalias: ${name} not found\n`)
      else sh.complain(`${name}: not found`)
      status = 1
    }
  }
  return status
}

const enable: Builtin = (sh, args) => {
  const o = parseOptions(sh, args, 'adnpsf:')
  if (o.has('f') || o.has('d')) {
    sh.complain('podlab: loadable builtins are not modelled')
    return 1
  }
  const all = [...builtins(sh).keys()].sort((a, b) => (a < b ? -1 : 1))
  if (o.rest.length === 0) {
    for (const name of all) {
      const off = sh.disabled.has(name)
      if (o.has('s') && !SPECIAL_BUILTINS.has(name)) continue
      if (!o.has('a') && off !== o.has('n')) continue
      sh.out(`enable ${off ? '-n ' : ''}${name}\n`)
    }
    return 0
  }
  let status = 0
  for (const name of o.rest) {
    if (!builtins(sh).has(name)) {
      sh.complain(`${name}: not a shell builtin`)
      status = 1
    } else if (o.has('n')) sh.disabled.add(name)
    else sh.disabled.delete(name)
  }
  return status
}

const help: Builtin = (sh, args) => {
  const o = parseOptions(sh, args, 'dms')
  const names = Object.keys(USAGE).sort()
  if (o.rest.length === 0) {
    sh.out(
      `GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\nThese shell commands are defined internally.  Type \`help' to see this list.\nType \`help name' to find out more about the function \`name'.\n\n`,
    )
    for (const name of names) sh.out(` ${USAGE[name]}\n`)
    return 0
  }
  let status = 0
  for (const pattern of o.rest) {
    const matches = names.includes(pattern) ? [pattern] : names.filter((n) => n.startsWith(pattern))
    if (matches.length === 0) {
      sh.complain(`no help topics match \`${pattern}'.  Try \`help help' or \`man -k ${pattern}' or \`info ${pattern}'.`)
      status = 1
    }
    for (const name of matches) {
      if (o.has('d')) sh.out(`${name} - ${DESCRIPTIONS[name]}\n`)
      else if (o.has('s')) sh.out(`${name}: ${USAGE[name]}\n`)
      else sh.out(`${name}: ${USAGE[name]}\n    ${DESCRIPTIONS[name]}\n`)
    }
  }
  return status
}

export const names: Readonly<Record<string, Builtin>> = { type, command, builtin, hash, alias, unalias, enable, help }
