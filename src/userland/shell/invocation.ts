import { isSetOption } from './builtins/set.ts'
import { SET_OPTIONS, type SetOption, SHOPTS } from './interp/options.ts'

/** What the command line of a shell asks for. */
export interface Invocation {
  interactive: boolean
  login: boolean
  command: boolean
  stdin: boolean
  noProfile: boolean
  noRc: boolean
  rcFile: string | undefined
  readonly set: [SetOption, boolean][]
  readonly shopt: [string, boolean][]
  readonly rest: string[]
  /** Already answered (`--version`), or wrong: exit with this. */
  exit?: { readonly status: number; readonly out?: string; readonly err?: string }
}

const VERSION_TEXT = `GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)
Copyright (C) 2022 Free Software Foundation, Inc.
License GPLv3+: GNU GPL version 3 or later <http://gnu.org/licenses/gpl.html>

This is free software; you are free to change and redistribute it.
There is NO WARRANTY, to the extent permitted by law.
`

const USAGE_TEXT = `Usage:\tbash [GNU long option] [option] ...
\tbash [GNU long option] [option] script-file ...
GNU long options:
${['debug', 'debugger', 'dump-po-strings', 'dump-strings', 'help', 'init-file', 'login', 'noediting', 'noprofile', 'norc', 'posix', 'pretty-print', 'rcfile', 'restricted', 'verbose', 'version'].map((o) => `\t--${o}\n`).join('')}Shell options:
\t-ilrsD or -c command or -O shopt_option\t\t(invocation only)
\t-abefhkmnptuvxBCEHPT or -o option
`

/** `--help`: the usage between the version and where to read on. */
const HELP_TEXT = `GNU bash, version 5.2.15(1)-release-(x86_64-pc-linux-gnu)
${USAGE_TEXT}Type \`bash -c "help set"' for more information about shell options.
Type \`bash -c help' for more information about shell builtin commands.
Use the \`bashbug' command to report bugs.

bash home page: <http://www.gnu.org/software/bash>
General help using GNU software: <http://www.gnu.org/gethelp/>
`

/** Reads the options a shell is started with. Source: bash, Invoking Bash; dash(1). */
export function parseInvocation(args: readonly string[], arg0: string, dash: boolean): Invocation {
  const inv: Invocation = {
    interactive: false,
    login: false,
    command: false,
    stdin: false,
    noProfile: false,
    noRc: false,
    rcFile: undefined,
    set: [],
    shopt: [],
    rest: [],
  }
  const letters = new Map<string, SetOption>(
    Object.entries(SET_OPTIONS)
      .filter(([, l]) => l !== '')
      .map(([n, l]) => [l, n as SetOption]),
  )
  let i = 0
  for (; i < args.length; i++) {
    const a = args[i] as string
    if (a === '--' || a === '-') {
      i++
      break
    }
    if (a.startsWith('--')) {
      if (dash) {
        inv.exit = { status: 2, err: `${arg0}: 0: Illegal option --\n` }
        return inv
      }
      if (a === '--login') inv.login = true
      else if (a === '--norc') inv.noRc = true
      else if (a === '--noprofile') inv.noProfile = true
      else if (a === '--posix') inv.set.push(['posix', true])
      else if (a === '--verbose') inv.set.push(['verbose', true])
      else if (a === '--rcfile' || a === '--init-file') inv.rcFile = args[++i]
      else if (a === '--noediting' || a === '--restricted') continue
      else if (a === '--version') {
        inv.exit = { status: 0, out: VERSION_TEXT }
        return inv
      } else if (a === '--help') {
        inv.exit = { status: 0, out: HELP_TEXT }
        return inv
      } else {
        inv.exit = { status: 2, err: `${arg0}: ${a}: invalid option\n${USAGE_TEXT}` }
        return inv
      }
      continue
    }
    if (!/^[-+]./.test(a)) break
    const on = a[0] === '-'
    for (const c of a.slice(1)) {
      if (c === 'c') inv.command = true
      else if (c === 'i') inv.interactive = on
      else if (c === 'l') inv.login = true
      else if (c === 's') inv.stdin = true
      else if (c === 'o') {
        const name = args[++i]
        if (name !== undefined && isSetOption(name)) inv.set.push([name, on])
        else {
          const err = dash ? `${arg0}: 0: Illegal option ${a[0]}o ${name ?? ''}\n` : undefined
          inv.exit = { status: 2, err: err ?? `${arg0}: line 0: ${arg0}: ${name ?? ''}: invalid option name\n` }
          return inv
        }
      } else if (c === 'O' && !dash) {
        const name = args[++i] ?? ''
        if (Object.hasOwn(SHOPTS, name)) inv.shopt.push([name, on])
        else {
          inv.exit = { status: 2, err: `${arg0}: line 0: ${name}: invalid shell option name\n` }
          return inv
        }
      } else if (!dash && (c === 'D' || c === 'r')) continue
      else {
        const name = letters.get(c)
        if (name === undefined && dash) {
          inv.exit = { status: 2, err: `${arg0}: 0: Illegal option ${a[0]}${c}\n` }
          return inv
        }
        if (name === undefined) {
          inv.exit = { status: 2, err: `${arg0}: ${on ? '-' : '+'}${c}: invalid option\n${USAGE_TEXT}` }
          return inv
        }
        inv.set.push([name, on])
      }
    }
  }
  inv.rest.push(...args.slice(i))
  return inv
}
