import { EMACS, FUNCTION_NAMES, VI_COMMAND, VI_INSERT } from './key-tables.ts'

/** What a key sequence does: a function of the editor, keys that are typed instead, or a shell command (`bind -x`). */
export type Binding =
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'macro'; readonly text: string }
  | { readonly kind: 'command'; readonly text: string }

export type Keymap = Map<string, Binding>

/** Stands behind a prefix that is a key of its own (`\e` of vi): nothing more was typed. */
const ALONE = '\0'

/** Variables of the editor and their defaults, in the order of `bind -v`. Source: readline(3), Variables. */
const SWITCHES: readonly (readonly [string, boolean])[] = [
  ['bind-tty-special-chars', true],
  ['blink-matching-paren', false],
  ['byte-oriented', false],
  ['colored-completion-prefix', false],
  ['colored-stats', false],
  ['completion-ignore-case', false],
  ['completion-map-case', false],
  ['convert-meta', false],
  ['disable-completion', false],
  ['echo-control-characters', true],
  ['enable-active-region', true],
  ['enable-bracketed-paste', true],
  ['enable-keypad', false],
  ['enable-meta-key', true],
  ['expand-tilde', false],
  ['history-preserve-point', false],
  ['horizontal-scroll-mode', false],
  ['input-meta', true],
  ['mark-directories', true],
  ['mark-modified-lines', false],
  ['mark-symlinked-directories', false],
  ['match-hidden-files', true],
  ['menu-complete-display-prefix', false],
  ['meta-flag', true],
  ['output-meta', true],
  ['page-completions', true],
  ['prefer-visible-bell', true],
  ['print-completions-horizontally', false],
  ['revert-all-at-newline', false],
  ['show-all-if-ambiguous', false],
  ['show-all-if-unmodified', false],
  ['show-mode-in-prompt', false],
  ['skip-completed-text', false],
  ['visible-stats', false],
]
const TEXTS: readonly (readonly [string, string])[] = [
  ['bell-style', 'audible'],
  ['comment-begin', '#'],
  ['completion-display-width', '-1'],
  ['completion-prefix-display-length', '0'],
  ['completion-query-items', '100'],
  ['editing-mode', 'emacs'],
  ['emacs-mode-string', '@'],
  ['history-size', '0'],
  ['keymap', 'emacs'],
  ['keyseq-timeout', '500'],
  ['vi-cmd-mode-string', '(cmd)'],
  ['vi-ins-mode-string', '(ins)'],
]

type MapName = 'emacs' | 'vi-insert' | 'vi-command'

/** Other names of keymaps, and the keys that lead into those that are parts of another. */
const MAPS: Readonly<Record<string, readonly [MapName, string]>> = {
  emacs: ['emacs', ''],
  'emacs-standard': ['emacs', ''],
  'emacs-meta': ['emacs', '\x1b'],
  'emacs-ctlx': ['emacs', '\x18'],
  vi: ['vi-command', ''],
  'vi-command': ['vi-command', ''],
  'vi-move': ['vi-command', ''],
  'vi-insert': ['vi-insert', ''],
}

/** Keys and settings of the line editor: the defaults, inputrc, `bind`. Source: readline(3), INITIALIZATION FILE. */
export class Bindings {
  readonly switches = new Map(SWITCHES)
  readonly texts = new Map(TEXTS)
  readonly #maps: Readonly<Record<MapName, Keymap>> = {
    emacs: parseTable(EMACS),
    'vi-insert': parseTable(VI_INSERT),
    'vi-command': parseTable(VI_COMMAND),
  }
  /** inputrc was read. */
  loaded = false
  /** Which bytes above 127 are: characters (UTF-8), or what Meta sends. */
  constructor(utf8: boolean) {
    this.switches.set('convert-meta', !utf8)
  }

  on(name: string): boolean {
    return this.switches.get(name) === true
  }

  text(name: string): string {
    return this.texts.get(name) ?? ''
  }

  number(name: string): number {
    return Number.parseInt(this.text(name), 10) || 0
  }

  get viMode(): boolean {
    return this.text('editing-mode') === 'vi'
  }

  map(name: MapName): Keymap {
    return this.#maps[name]
  }

  /** The keymap of a name with the prefix of its keys; undefined: there is none. */
  named(name: string): { readonly map: Keymap; readonly prefix: string } | undefined {
    const found = MAPS[name]
    return found === undefined ? undefined : { map: this.#maps[found[0]], prefix: found[1] }
  }

  /** The keymap that `bind` and inputrc change. */
  get current(): { readonly map: Keymap; readonly prefix: string } {
    return this.named(this.text('keymap')) ?? { map: this.#maps.emacs, prefix: '' }
  }

  /** `set NAME VALUE`. */
  set(name: string, value: string): void {
    const key = name.toLowerCase()
    if (this.switches.has(key)) this.switches.set(key, value === '' || /^(?:on|1)$/i.test(value))
    else if (key === 'editing-mode') {
      if (value !== 'vi' && value !== 'emacs') return
      this.texts.set(key, value)
      this.texts.set('keymap', value === 'vi' ? 'vi-insert' : 'emacs')
    } else if (key === 'keymap') {
      if (MAPS[value] !== undefined) this.texts.set(key, value)
    } else if (this.texts.has(key)) this.texts.set(key, value.replace(/^"(.*)"$/, '$1'))
  }

  /** `"keys": function`, `"keys": "macro"`, `Control-x: function`. Returns what is wrong with it. */
  bind(line: string, where: { readonly map: Keymap; readonly prefix: string } = this.current): string | undefined {
    const quoted = /^"((?:[^"\\]|\\.)*)"\s*:?\s*(.*)$/s.exec(line)
    const named = /^([^\s:]+)\s*:\s*(.*)$/s.exec(line)
    const keys = quoted !== null ? parseKeys(quoted[1] as string) : named !== null ? namedKey(named[1] as string) : undefined
    const rest = (quoted?.[2] ?? named?.[2] ?? '').trim()
    if (keys === undefined || keys === '') return `no key sequence in ${line}`
    const macro = /^(["'])(.*?)\1/s.exec(rest)
    const at = where.prefix + keys
    if (macro !== null) where.map.set(at, { kind: 'macro', text: parseKeys(macro[2] as string) })
    else {
      const name = (rest.split(/\s/)[0] ?? '').toLowerCase()
      if (name === '') where.map.delete(at)
      else where.map.set(at, { kind: 'function', name })
    }
    return undefined
  }

  /** Whether more keys may make `typed` a binding of a keymap. */
  static isPrefix(map: Keymap, typed: string): boolean {
    for (const keys of map.keys()) if (keys.length > typed.length && keys.startsWith(typed)) return true
    return false
  }

  /** What keys do when nothing more follows. */
  static alone(map: Keymap, typed: string): Binding | undefined {
    return map.get(typed) ?? map.get(typed + ALONE)
  }

  /** The lines of an inputrc; `$include` is left to the caller. */
  parse(text: string, is: (test: string) => boolean, include: (path: string) => void): void {
    const skipping: boolean[] = []
    for (const raw of text.split('\n')) {
      const line = raw.trim()
      if (line === '' || line.startsWith('#')) continue
      const directive = /^\$(\w+)\s*(.*)$/.exec(line)
      if (directive !== null) {
        if (directive[1] === 'if') skipping.push(skipping.at(-1) === true || !is((directive[2] as string).trim()))
        else if (directive[1] === 'else') skipping.push(!(skipping.pop() ?? true) || skipping.at(-1) === true)
        else if (directive[1] === 'endif') skipping.pop()
        else if (directive[1] === 'include' && skipping.at(-1) !== true) include(directive[2] as string)
        continue
      }
      if (skipping.at(-1) !== true) this.line(line)
    }
  }

  /** One line: a setting or a binding. */
  line(line: string): string | undefined {
    const set = /^set\s+(\S+)\s*(.*)$/.exec(line)
    if (set === null) return this.bind(line)
    this.set(set[1] as string, (set[2] as string).trim())
    return undefined
  }
}

function parseTable(table: string): Keymap {
  const map: Keymap = new Map()
  for (const line of table.trim().split('\n')) {
    const [name = '', ...keys] = line.split(' ')
    for (const k of keys) map.set(parseKeys(k), { kind: 'function', name })
  }
  return map
}

export const isFunction = (name: string): boolean => FUNCTION_NAMES.includes(name)

const LETTERS: Readonly<Record<string, string>> = { a: '\x07', b: '\b', d: '\x7f', e: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** A control character: `\C-x`, `C-x`. */
function control(c: string): string {
  return c === '?' ? '\x7f' : String.fromCharCode(c.toUpperCase().charCodeAt(0) & 0x1f)
}

/** The characters of a key sequence as inputrc writes it. */
export function parseKeys(text: string): string {
  let out = ''
  for (let i = 0; i < text.length; ) {
    const rest = text.slice(i)
    const m =
      /^\\M-\\C-(.)/s.exec(rest) ??
      /^\\C-\\M-(.)/s.exec(rest) ??
      /^\\C-(\\?.)/s.exec(rest) ??
      /^\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|M-|.)/s.exec(rest)
    if (m === null) {
      out += text[i++]
      continue
    }
    const what = m[1] as string
    if (rest.startsWith('\\M-\\C-') || rest.startsWith('\\C-\\M-')) out += `\x1b${control(what)}`
    else if (rest.startsWith('\\C-')) out += control(what.at(-1) as string)
    else if (what === 'M-') out += '\x1b'
    else if (/^x./.test(what)) out += String.fromCharCode(Number.parseInt(what.slice(1), 16))
    else if (/^[0-7]/.test(what)) out += String.fromCharCode(Number.parseInt(what, 8))
    else out += LETTERS[what] ?? what
    i += m[0].length
  }
  return out
}

const NAMES: Readonly<Record<string, string>> = {
  del: '\x7f',
  rubout: '\x7f',
  esc: '\x1b',
  escape: '\x1b',
  lfd: '\n',
  newline: '\n',
  ret: '\r',
  return: '\r',
  space: ' ',
  spc: ' ',
  tab: '\t',
}

/** `Control-u`, `Meta-Rubout`, `TAB`. */
function namedKey(name: string): string {
  let rest = name
  let ctrl = false
  let meta = false
  for (;;) {
    const m = /^(control-|ctrl-|c-|meta-|m-)(?=.)/i.exec(rest)
    if (m === null) break
    if (/^c/i.test(m[1] as string)) ctrl = true
    else meta = true
    rest = rest.slice(m[0].length)
  }
  const c = NAMES[rest.toLowerCase()] ?? rest.charAt(0)
  return (meta ? '\x1b' : '') + (ctrl ? control(c) : c)
}

/** A key sequence as `bind -p` shows it. */
export function showKeys(keys: string): string {
  let out = ''
  for (const c of keys) {
    const code = c.charCodeAt(0)
    if (c === '\x1b') out += '\\e'
    else if (c === '\x7f') out += '\\C-?'
    else if (c === ALONE && keys.length > 1) out += '\\000'
    else if (code < 32) {
      const letter = String.fromCharCode(code + 64).toLowerCase()
      out += `\\C-${letter === '\\' ? '\\\\' : letter}`
    } else out += c === '"' || c === '\\' ? `\\${c}` : c
  }
  return out
}
