import { S, type Stat } from '#linux/syscalls.ts'

/** Colours of ls(1): LS_COLORS, dircolors(1). */

const DEFAULTS = 'di=01;34:ln=01;36:pi=33:so=01;35:bd=01;33:cd=01;33:ex=01;32:su=37;41:sg=30;43:tw=30;42:ow=34;42:st=37;44'

const TERMINALS =
  /^(?:Eterm.*|ansi.*|.*color.*|con[0-9].*x[0-9].*|cons25|console|cygwin|.*direct.*|dtterm|gnome|hurd|jfbterm|konsole|kterm|linux|linux-c|mlterm|putty|rxvt.*|screen.*|st|terminator|tmux.*|vt100|vt220|xterm.*)$/

export class Colors {
  readonly #types = new Map<string, string>()
  readonly #suffixes: (readonly [string, string])[] = []
  #used = false

  private constructor(spec: string) {
    for (const entry of `${DEFAULTS}:${spec}`.split(':')) {
      const eq = entry.indexOf('=')
      if (eq < 0) continue
      const key = entry.slice(0, eq)
      const value = entry.slice(eq + 1)
      if (key.startsWith('*')) this.#suffixes.unshift([key.slice(1), value])
      else this.#types.set(key, value)
    }
  }

  /** Undefined when nothing is to be coloured: no LS_COLORS and a terminal nothing is known of. */
  static of(lsColors: string | undefined, term: string | undefined, colorterm: string | undefined): Colors | undefined {
    if (lsColors === undefined || lsColors === '') {
      if ((colorterm ?? '') === '' && !TERMINALS.test(term ?? '')) return undefined
      return new Colors('')
    }
    return new Colors(lsColors)
  }

  /** `name` wrapped in its colour. `target` of a link: its own stat, or undefined when dangling. */
  paint(text: string, name: string, stat: Stat | undefined, orphan: boolean): string {
    const code = stat === undefined ? this.#types.get('mi') : this.#code(name, stat, orphan)
    if (code === undefined || code === '' || code === '00' || code === '0') return text
    const first = this.#used ? '' : '\x1b[0m'
    this.#used = true
    return `${first}\x1b[${code}m${text}\x1b[0m`
  }

  #code(name: string, stat: Stat, orphan: boolean): string | undefined {
    const t = this.#types
    const mode = stat.mode
    switch (mode & S.IFMT) {
      case S.IFDIR:
        if ((mode & S.ISVTX) !== 0 && (mode & 0o002) !== 0) return t.get('tw')
        if ((mode & 0o002) !== 0) return t.get('ow')
        return (mode & S.ISVTX) !== 0 ? t.get('st') : t.get('di')
      case S.IFLNK:
        return orphan ? (t.get('or') ?? t.get('ln')) : t.get('ln')
      case S.IFIFO:
        return t.get('pi')
      case S.IFSOCK:
        return t.get('so')
      case S.IFBLK:
        return t.get('bd')
      case S.IFCHR:
        return t.get('cd')
    }
    if ((mode & S.ISUID) !== 0) return t.get('su')
    if ((mode & S.ISGID) !== 0) return t.get('sg')
    if ((mode & 0o111) !== 0) return t.get('ex')
    return this.#suffixes.find(([suffix]) => name.endsWith(suffix))?.[1] ?? t.get('fi')
  }
}
