/** Options of `set -o`, with their letters. */
export const SET_OPTIONS = {
  allexport: 'a',
  braceexpand: 'B',
  emacs: '',
  errexit: 'e',
  errtrace: 'E',
  functrace: 'T',
  hashall: 'h',
  histexpand: 'H',
  history: '',
  ignoreeof: '',
  'interactive-comments': '',
  keyword: 'k',
  monitor: 'm',
  noclobber: 'C',
  noexec: 'n',
  noglob: 'f',
  nolog: '',
  notify: 'b',
  nounset: 'u',
  onecmd: 't',
  physical: 'P',
  pipefail: '',
  posix: '',
  privileged: 'p',
  verbose: 'v',
  vi: '',
  xtrace: 'x',
} as const

export type SetOption = keyof typeof SET_OPTIONS
export type Options = Record<SetOption, boolean>

export function defaultOptions(): Options {
  const out = Object.fromEntries(Object.keys(SET_OPTIONS).map((k) => [k, false])) as Options
  out.braceexpand = true
  out.hashall = true
  out['interactive-comments'] = true
  return out
}

/** The order in which `$-` lists letters. */
const DASH_ORDER = 'abefhkmnptuvxBCEHPT'

export function dashLetters(options: Options, extra: { interactive: boolean; command: boolean; stdin: boolean }): string {
  const on = new Set<string>()
  for (const [name, letter] of Object.entries(SET_OPTIONS)) if (letter !== '' && options[name as SetOption]) on.add(letter)
  let s = ''
  for (const c of DASH_ORDER) {
    if (on.has(c)) s += c
    // `i` stands between `h` and `k`, `c` and `s` at the end.
    if (c === 'h' && extra.interactive) s += 'i'
  }
  return s + (extra.command ? 'c' : '') + (extra.stdin ? 's' : '')
}

/** Options of `shopt` with their defaults, in the order it lists them. */
export const SHOPTS: Readonly<Record<string, boolean>> = {
  autocd: false,
  assoc_expand_once: false,
  cdable_vars: false,
  cdspell: false,
  checkhash: false,
  checkjobs: false,
  checkwinsize: true,
  cmdhist: true,
  compat31: false,
  compat32: false,
  compat40: false,
  compat41: false,
  compat42: false,
  compat43: false,
  compat44: false,
  complete_fullquote: true,
  direxpand: false,
  dirspell: false,
  dotglob: false,
  execfail: false,
  expand_aliases: false,
  extdebug: false,
  extglob: false,
  extquote: true,
  failglob: false,
  force_fignore: true,
  globasciiranges: true,
  globskipdots: true,
  globstar: false,
  gnu_errfmt: false,
  histappend: false,
  histreedit: false,
  histverify: false,
  hostcomplete: true,
  huponexit: false,
  inherit_errexit: false,
  interactive_comments: true,
  lastpipe: false,
  lithist: false,
  localvar_inherit: false,
  localvar_unset: false,
  login_shell: false,
  mailwarn: false,
  no_empty_cmd_completion: false,
  nocaseglob: false,
  nocasematch: false,
  noexpand_translation: false,
  nullglob: false,
  patsub_replacement: true,
  progcomp: true,
  progcomp_alias: false,
  promptvars: true,
  restricted_shell: false,
  shift_verbose: false,
  sourcepath: true,
  varredir_close: false,
  xpg_echo: false,
}
