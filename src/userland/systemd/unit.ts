import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { slurp } from '#userland/lib/io.ts'
import { statOf } from '#userland/lib/paths.ts'

/** Where unit files are looked for, first match wins. Source: systemd.unit(5). */
export const UNIT_PATH = ['/etc/systemd/system', '/run/systemd/system', '/lib/systemd/system'] as const

/** A parsed unit file: section → key → values, a repeated key gathers them. */
export interface UnitFile {
  /** As asked for: `getty@tty1.service`. */
  readonly name: string
  /** Where it was read. */
  readonly path: string
  readonly text: string
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
  readonly dropIns: readonly { readonly path: string; readonly text: string }[]
}

/** Adds `.service` to a name without a type. */
export function unitName(name: string): string {
  return /\.(service|socket|target|timer|mount|slice|scope|path|device|swap|automount)$/.test(name) ? name : `${name}.service`
}

/** `tty1` of `getty@tty1.service`. */
export function instance(name: string): string {
  return /@(.*)\.[a-z]+$/.exec(name)?.[1] ?? ''
}

/** Parses a unit file: sections, `Key=Value`, continued lines, comments. An empty value resets a list. */
export function parseUnit(text: string): Map<string, Map<string, string[]>> {
  const sections = new Map<string, Map<string, string[]>>()
  let section = new Map<string, string[]>()
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue
    const head = /^\[(.+)\]$/.exec(trimmed)
    if (head !== null) {
      const name = head[1] ?? ''
      section = sections.get(name) ?? new Map<string, string[]>()
      sections.set(name, section)
      continue
    }
    const eq = trimmed.indexOf('=')
    if (eq < 0) continue
    const key = trimmed.slice(0, eq).trim()
    const value = trimmed.slice(eq + 1).trim()
    section.set(key, value === '' ? [] : [...(section.get(key) ?? []), value])
  }
  return sections
}

/** Finds and reads a unit, or the template of an instance; undefined when there is none, `masked` when it links to /dev/null. */
export function* loadUnit(proc: Proc, name: string): Sim<UnitFile | 'masked' | undefined> {
  const template = name.replace(/@.+\./, '@.')
  for (const dir of UNIT_PATH) {
    for (const file of new Set([name, template])) {
      const path = `${dir}/${file}`
      if (isMasked(proc, path)) return 'masked'
      const text = yield* slurp(proc, path)
      if (text === undefined) continue
      const sections = parseUnit(text)
      const more = yield* dropIns(proc, file)
      for (const dropIn of more) {
        for (const [section, keys] of parseUnit(dropIn.text)) {
          const into = sections.get(section) ?? new Map<string, string[]>()
          for (const [key, values] of keys) into.set(key, values.length === 0 ? [] : [...(into.get(key) ?? []), ...values])
          sections.set(section, into)
        }
      }
      return { name, path, text, sections, dropIns: more }
    }
  }
  return undefined
}

function isMasked(proc: Proc, path: string): boolean {
  try {
    return proc.readlink(path) === '/dev/null'
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

function* dropIns(proc: Proc, file: string): Sim<{ path: string; text: string }[]> {
  const out: { path: string; text: string }[] = []
  for (const dir of [...UNIT_PATH].reverse()) {
    let names: string[]
    try {
      names = proc.readdir(`${dir}/${file}.d`).map((e) => e.name)
    } catch (error) {
      if (error instanceof Errno) continue
      throw error
    }
    for (const name of names.filter((n) => n.endsWith('.conf')).sort()) {
      const path = `${dir}/${file}.d/${name}`
      const text = yield* slurp(proc, path)
      if (text !== undefined) out.push({ path, text })
    }
  }
  return out
}

export function unitValue(unit: UnitFile, section: string, key: string): string | undefined {
  return unit.sections.get(section)?.get(key)?.at(-1)
}

export function unitValues(unit: UnitFile, section: string, key: string): readonly string[] {
  return unit.sections.get(section)?.get(key) ?? []
}

/** Expands `%i`, `%I`, `%n`, `%N`, `%p`, `%H`, `%%`. */
export function specifiers(text: string, unit: string, hostname = ''): string {
  const bare = unit.replace(/\.[a-z]+$/, '')
  const map: Record<string, string> = {
    i: instance(unit),
    I: instance(unit),
    n: unit,
    N: bare,
    p: bare.replace(/@.*/, ''),
    H: hostname,
    '%': '%',
  }
  return text.replace(/%([a-zA-Z%])/g, (whole, c: string) => map[c] ?? whole)
}

/** Splits a command line of `ExecStart=`: quotes, C escapes; `$VAR` alone is split, `${VAR}` is not. */
export function execWords(line: string, env: ReadonlyMap<string, string>): string[] {
  const words: string[] = []
  let word = ''
  let any = false
  let quoted = false
  let quote = ''
  const end = (): void => {
    if (!any) return
    const variable = quoted ? null : /^\$([A-Za-z_]\w*)$/.exec(word)
    if (variable !== null) words.push(...(env.get(variable[1] ?? '') ?? '').split(/\s+/).filter((w) => w !== ''))
    else words.push(word.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => env.get(name) ?? '').replaceAll('$$', '$'))
    word = ''
    any = false
    quoted = false
  }
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i)
    if (c === '\\' && i + 1 < line.length) {
      const next = line.charAt(++i)
      word += ({ n: '\n', t: '\t', s: ' ' } as Record<string, string>)[next] ?? next
      any = true
    } else if (quote !== '') {
      if (c === quote) quote = ''
      else word += c
    } else if ((c === '"' || c === "'") && !any) {
      quote = c
      any = true
      quoted = true
    } else if (/\s/.test(c)) end()
    else {
      word += c
      any = true
    }
  }
  end()
  return words
}

/** Whether a link of `[Install]` leads to the unit: from a `.wants` or `.requires` folder, or an alias. */
export function isEnabled(proc: Proc, unit: UnitFile): boolean {
  return enabledLinks(proc, unit.name).length > 0
}

/** The links of /etc/systemd/system that enable a unit of that name. */
export function enabledLinks(proc: Proc, name: string): string[] {
  const root = '/etc/systemd/system'
  const out: string[] = []
  let entries: string[]
  try {
    entries = proc.readdir(root).map((e) => e.name)
  } catch (error) {
    if (error instanceof Errno) return []
    throw error
  }
  for (const entry of entries.sort()) {
    if (/\.(wants|requires)$/.test(entry)) {
      if (statOf(proc, `${root}/${entry}/${name}`, false) !== undefined) out.push(`${root}/${entry}/${name}`)
      continue
    }
    try {
      const target = proc.readlink(`${root}/${entry}`)
      if (entry !== name && target.endsWith(`/${name}`)) out.push(`${root}/${entry}`)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  return out
}

/** `enabled`, `disabled`, `static`, `masked`, `alias`; undefined: no such unit. */
export function* unitFileState(proc: Proc, name: string): Sim<string | undefined> {
  const unit = yield* loadUnit(proc, name)
  if (unit === undefined) return undefined
  if (unit === 'masked') return 'masked'
  const file = unit.path.slice(unit.path.lastIndexOf('/') + 1)
  if (enabledLinks(proc, name).length > 0) return 'enabled'
  if (!unit.sections.has('Install')) return 'static'
  if (file !== name && enabledLinks(proc, file).length > 0) return 'enabled'
  return 'disabled'
}

/** Names of all unit files, sorted. */
export function unitFileNames(proc: Proc): string[] {
  const out = new Set<string>()
  for (const dir of UNIT_PATH) {
    try {
      for (const entry of proc.readdir(dir)) if (/\.(service|socket|target|timer|mount|slice|path)$/.test(entry.name)) out.add(entry.name)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  return [...out].sort()
}
