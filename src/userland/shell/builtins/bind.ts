import type { Run } from '../interp/flow.ts'
import type { Shell } from '../interp/shell.ts'
import { Bindings, isFunction, parseKeys, showKeys } from '../readline/bindings.ts'
import { readInputrc } from '../readline/init.ts'
import { FUNCTION_NAMES } from '../readline/key-tables.ts'
import { parseOptions } from './builtin.ts'

type Where = { readonly map: ReturnType<Bindings['map']>; readonly prefix: string }

/** The keys of a keymap that are bound to a function, as they are shown. */
function keysOf(where: Where, name: string): string[] {
  const found: string[] = []
  for (const [keys, b] of where.map) if (b.kind === 'function' && b.name === name && keys.startsWith(where.prefix)) found.push(keys)
  if (name === 'self-insert' && where.prefix === '')
    for (let code = 32; code < 127; code++) if (!where.map.has(String.fromCharCode(code))) found.push(String.fromCharCode(code))
  return found.sort().map((keys) => showKeys(keys.slice(where.prefix.length)))
}

/** `bind`: keys and settings of the line editor. Source: bash, Bash Builtins. */
export function* bind(sh: Shell, args: readonly string[]): Run<number> {
  if (!sh.interactive && !sh.atPrompt) sh.error('bind: warning: line editing not enabled')
  sh.bindings ??= new Bindings(sh.utf8)
  const { bindings } = sh
  const o = parseOptions(sh, args, 'lpsvPSVXm:f:q:u:r:x:')
  let where: Where = bindings.current
  if (o.has('m')) {
    const named = bindings.named(o.value('m') as string)
    if (named === undefined) {
      sh.complain(`\`${o.value('m')}': invalid keymap name`)
      return 1
    }
    where = named
  }
  if (o.has('l')) sh.out(FUNCTION_NAMES.map((n) => `${n}\n`).join(''))
  if (o.has('p') || o.has('P')) {
    sh.out('\n')
    for (const name of FUNCTION_NAMES) sh.out(shownBinding(name, keysOf(where, name), o.has('p')))
  }
  for (const [keys, b] of where.map) {
    if (!keys.startsWith(where.prefix)) continue
    const shown = showKeys(keys.slice(where.prefix.length))
    if (b.kind === 'macro' && o.has('s')) sh.out(`"${shown}": "${showKeys(b.text)}"\n`)
    if (b.kind === 'macro' && o.has('S')) sh.out(`${shown} outputs ${showKeys(b.text)}\n`)
    if (b.kind === 'command' && o.has('X')) sh.out(`"${shown}": "${b.text}"\n`)
  }
  if (o.has('v')) {
    for (const [name, on] of bindings.switches) sh.out(`set ${name} ${on ? 'on' : 'off'}\n`)
    for (const [name, value] of bindings.texts) sh.out(`set ${name} ${value}\n`)
  }
  if (o.has('V')) {
    for (const [name, on] of bindings.switches) sh.out(`${name} is set to \`${on ? 'on' : 'off'}'\n`)
    for (const [name, value] of bindings.texts) sh.out(`${name} is set to \`${value}'\n`)
  }
  if (o.has('f') && !(yield* readInputrc(sh, bindings, o.value('f') as string))) {
    sh.complain(`${o.value('f')}: cannot read: No such file or directory`)
    return 1
  }
  if (o.has('q')) {
    const name = o.value('q') as string
    if (!isFunction(name)) {
      sh.complain(`\`${name}': unknown function name`)
      return 1
    }
    const keys = keysOf(where, name)
    if (keys.length === 0) {
      sh.out(`${name} is not bound to any keys.\n`)
      return 1
    }
    sh.out(`${name} can be invoked via ${keyList(keys)}\n`)
  }
  if (o.has('u')) {
    const name = o.value('u') as string
    if (!isFunction(name)) {
      sh.complain(`\`${name}': unknown function name`)
      return 1
    }
    for (const [keys, b] of [...where.map]) if (b.kind === 'function' && b.name === name) where.map.delete(keys)
  }
  if (o.has('r')) where.map.delete(where.prefix + parseKeys(o.value('r') as string))
  if (o.has('x')) {
    const text = o.value('x') as string
    const m = /^"((?:[^"\\]|\\.)*)"\s*:\s*(.*)$/s.exec(text)
    if (m === null) {
      sh.complain(`${text}: first non-whitespace character is not \`"'`)
      return 1
    }
    const command = /^"(.*)"$/s.exec((m[2] as string).trim())?.[1] ?? (m[2] as string)
    where.map.set(where.prefix + parseKeys(m[1] as string), { kind: 'command', text: command })
  }
  for (const line of o.rest) {
    if (/^\s*set\s/.test(line)) bindings.line(line.trim())
    else bindings.bind(line.trim(), where)
  }
  return 0
}

/** Five keys at most, and a word about the others. */
const SHOWN = 5

function keyList(keys: readonly string[]): string {
  const shown = keys
    .slice(0, SHOWN)
    .map((k) => `"${k}"`)
    .join(', ')
  return keys.length > SHOWN ? `${shown}, ...` : `${shown}.`
}

function shownBinding(name: string, keys: readonly string[], asInput: boolean): string {
  if (keys.length === 0) return asInput ? `# ${name} (not bound)\n` : `${name} is not bound to any keys\n`
  if (asInput) return keys.map((k) => `"${k}": ${name}\n`).join('')
  return `${name} can be found on ${keyList(keys)}\n`
}
