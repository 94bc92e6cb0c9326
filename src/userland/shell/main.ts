import { Errno, strerror } from '#linux/errno.ts'
import { signalName } from '#linux/signal.ts'
import { type Proc, S } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { sourceText } from './builtins/control.ts'
import { logicalPath } from './builtins/directories.ts'
import { switchOption } from './builtins/set.ts'
import { commandsOf } from './interp/eval.ts'
import { DiscardFlow, drive, type Run } from './interp/flow.ts'
import { attach, finishShell, flowStatus } from './interp/fork.ts'
import { interactiveLoop, prepareInteractive } from './interp/interactive.ts'
import { runStdin, runText } from './interp/main-loop.ts'
import { searchPath } from './interp/program.ts'
import { Shell } from './interp/shell.ts'
import { Variable } from './interp/variables.ts'
import { type Invocation, parseInvocation } from './invocation.ts'
import { quotedWord } from './prompt.ts'
import { Parser } from './syntax/parser.ts'

export type Flavour = 'bash' | 'dash' | 'busybox'

/** The shell as a program: bash, dash or busybox's ash. */
export function* shellMain(proc: Proc, flavour: Flavour, argv: readonly string[] = proc.argv): Sim<number> {
  return yield* drive(start(proc, flavour, argv))
}

function* start(proc: Proc, flavour: Flavour, argv: readonly string[]): Run<number> {
  const arg0 = argv[0] ?? flavour
  const inv = parseInvocation(argv.slice(1), arg0, flavour !== 'bash')
  // `sh` and `-sh` mean posix mode, whichever program it is.
  const sh = new Shell({ proc, flavour, arg0 })
  attach(sh)
  if (inv.exit !== undefined) {
    sh.out(inv.exit.out ?? '')
    sh.err(inv.exit.err ?? '')
    yield* sh.flush()
    return inv.exit.status
  }
  const posixName = flavour === 'bash' && /^-?(?:.*\/)?sh$/.test(arg0)
  if (flavour !== 'bash' || posixName) {
    sh.options.posix = true
    if (flavour !== 'bash') sh.options.braceexpand = false
    sh.shopts.expand_aliases = true
    sh.shopts.patsub_replacement = flavour === 'bash'
  }
  const login = inv.login || arg0.startsWith('-')
  sh.loginShell = login
  sh.commandString = inv.command
  const script = !inv.command && !inv.stdin ? inv.rest[0] : undefined
  sh.readingStdin = !inv.command && script === undefined
  sh.interactive = inv.interactive || (sh.readingStdin && terminal(proc, 0) && terminal(proc, 2))
  environment(sh)
  for (const [name, on] of inv.set) switchOption(sh, name, on)
  for (const [name, on] of inv.shopt) sh.shopts[name] = on
  ignoredSignals(sh)
  if (inv.command) {
    const [text, name, ...rest] = inv.rest
    if (text === undefined) {
      sh.err(sh.isDash ? `${arg0}: 0: -c requires an argument\n` : `${arg0}: -c: option requires an argument\n`)
      yield* sh.flush()
      return 2
    }
    if (name !== undefined) sh.arg0 = name
    sh.commandNumber = 0
    if (!sh.isDash) sh.set('BASH_EXECUTION_STRING', text)
    sh.positional = rest
  } else if (script !== undefined) {
    sh.positional = inv.rest.slice(1)
  } else sh.positional = inv.rest
  let status: number
  if (sh.interactive) prepareInteractive(sh)
  try {
    yield* startFiles(sh, inv, login)
    if (inv.command)
      status = sh.interactive ? yield* commandsOf(sh, inv.rest[0] as string, { line: 1 }) : yield* runText(sh, inv.rest[0] as string, true)
    else if (script !== undefined) status = yield* runScript(sh, script)
    else if (sh.interactive) status = yield* interactiveLoop(sh)
    else status = yield* runStdin(sh)
  } catch (error) {
    status = flowStatus(sh, error)
  }
  if (login && sh.interactive && !sh.isDash) yield* optional(sh, `${sh.get('HOME') ?? ''}/.bash_logout`)
  return yield* finishShell(sh, status)
}

function terminal(proc: Proc, fd: number): boolean {
  try {
    return proc.isatty(fd)
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

function ignoredSignals(sh: Shell): void {
  for (let n = 1; n <= 31; n++) {
    if (n === 9 || n === 19) continue
    const old = sh.proc.sigaction(n, 'default')
    if (old === 'ignore') {
      sh.proc.sigaction(n, 'ignore')
      sh.hardIgnored.add(n)
      sh.traps.set(signalName(n) ?? '', { action: '' })
    }
  }
}

/** Variables a shell starts with: the environment and its own. Source: bash, Bash Variables. */
function environment(sh: Shell): void {
  const { proc, scope } = sh
  const own = (name: string, value: string, exported = false): void => {
    if (scope.raw(name)?.value !== undefined) return
    const v = new Variable(name, value)
    v.exported = exported
    scope.table.set(name, v)
  }
  for (const entry of proc.environ) {
    const at = entry.indexOf('=')
    if (at <= 0) continue
    const name = entry.slice(0, at)
    const value = entry.slice(at + 1)
    const fn = /^BASH_FUNC_(.+)%%$/.exec(name)
    if (fn !== null) {
      if (!sh.isDash && value.startsWith('() {')) importFunction(sh, fn[1] as string, value)
      continue
    }
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      sh.foreignEnvironment.push(entry)
      continue
    }
    if (name === '_' && !sh.isDash) {
      sh.lastArgument = value
      continue
    }
    const dynamic = scope.raw(name)?.dynamic
    if (dynamic !== undefined && name !== '_') continue
    const v = new Variable(name, value)
    v.exported = true
    scope.table.set(name, v)
  }
  for (const name of ['LC_ALL', 'LC_CTYPE', 'LANG', 'POSIXLY_CORRECT']) if (scope.raw(name) !== undefined) sh.changed(name)
  const pwd = sh.get('PWD')
  let cwd: string | undefined
  try {
    cwd = proc.getcwd()
    const same = pwd?.startsWith('/') && logicalPath('/', pwd) === pwd && sameDirectory(proc, pwd)
    const v = new Variable('PWD', same ? pwd : cwd)
    v.exported = scope.raw('PWD')?.exported ?? !sh.isDash
    scope.table.set('PWD', v)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    sh.error(`shell-init: error retrieving current directory: getcwd: cannot access parent directories: ${strerror(error)}`)
  }
  const ifs = new Variable('IFS', ' \t\n')
  scope.table.set('IFS', ifs)
  own('PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
  own('PS4', '+ ')
  const optind = new Variable('OPTIND', '1')
  optind.integer = !sh.isDash
  scope.table.set('OPTIND', optind)
  const ppid = new Variable('PPID', String(proc.getppid()))
  ppid.readonly = !sh.isDash
  ppid.integer = !sh.isDash
  scope.table.set('PPID', ppid)
  if (sh.isDash) {
    const plain = proc.credentials().euid === 0 ? '# ' : '$ '
    own('PS1', sh.flavour === 'busybox' ? '\\w \\$ ' : plain)
    own('PS2', '> ')
    return
  }
  const level = Number.parseInt(sh.get('SHLVL') ?? '0', 10)
  const shlvl = new Variable('SHLVL', String(Number.isNaN(level) || level < 0 ? 1 : level + 1))
  shlvl.exported = true
  scope.table.set('SHLVL', shlvl)
  own('BASH', shellPath(sh))
  own('BASH_VERSION', '5.2.15(1)-release')
  own('BASH_LOADABLES_PATH', '/usr/local/lib/bash:/usr/lib/bash:/opt/local/lib/bash:/usr/pkg/lib/bash:/opt/pkg/lib/bash:.')
  const versinfo = sh.setArray('BASH_VERSINFO', ['5', '2', '15', '1', 'release', 'x86_64-pc-linux-gnu'])
  versinfo.readonly = true
  const u = proc.uname()
  own('HOSTNAME', u.nodename)
  own('HOSTTYPE', 'x86_64')
  own('MACHTYPE', 'x86_64-pc-linux-gnu')
  own('OSTYPE', 'linux-gnu')
  own('TERM', 'dumb')
  own('OPTERR', '1')
  own('SHELL', '/bin/bash')
  const cred = proc.credentials()
  for (const [name, value] of [
    ['UID', cred.uid],
    ['EUID', cred.euid],
  ] as const) {
    const v = new Variable(name, String(value))
    v.readonly = true
    v.integer = true
    scope.table.set(name, v)
  }
  const oldpwd = scope.raw('OLDPWD')
  if (oldpwd === undefined || oldpwd.value === undefined || !isDirectory(proc, oldpwd.value)) {
    const v = new Variable('OLDPWD')
    v.exported = true
    scope.table.set('OLDPWD', v)
  }
  if (sh.interactive) {
    own('PS1', '\\s-\\v\\$ ')
    own('PS2', '> ')
    own('COLUMNS', '80')
    own('LINES', '24')
    own('MAILCHECK', '60')
  }
}

function shellPath(sh: Shell): string {
  const name = sh.arg0.replace(/^-/, '')
  if (name.startsWith('/')) return name
  return (name.includes('/') ? undefined : searchPath(sh, name, sh.get('PATH'))) ?? '/usr/bin/bash'
}

function isDirectory(proc: Proc, path: string): boolean {
  try {
    return (proc.stat(path).mode & S.IFMT) === S.IFDIR
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

function sameDirectory(proc: Proc, path: string): boolean {
  try {
    const a = proc.stat(path)
    const b = proc.stat('.')
    return a.ino === b.ino && a.dev === b.dev
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

function importFunction(sh: Shell, name: string, value: string): void {
  try {
    const list = new Parser(`${name} ${value}`, { extglob: true, posix: false }).complete()
    const c = list?.items[0]?.command
    if (c?.type === 'function')
      sh.functions.set(name, { definition: c, source: 'environment', exported: true, readonly: false, trace: false })
  } catch {
    sh.error(`error importing function definition for \`${name}'`)
  }
}

/** The files read at the start. Source: bash, Bash Startup Files. */
function* startFiles(sh: Shell, inv: Invocation, login: boolean): Run<void> {
  const home = (): string => sh.get('HOME') ?? '/'
  if (sh.interactive) sh.userName = (yield* userName(sh)) ?? 'I have no name!'
  if (login && !inv.noProfile) {
    yield* optional(sh, '/etc/profile')
    if (sh.isDash || sh.posix) yield* optional(sh, `${home()}/.profile`)
    else for (const name of ['.bash_profile', '.bash_login', '.profile']) if (yield* optional(sh, `${home()}/${name}`)) break
  } else if (sh.interactive && !sh.isDash && !sh.posix && !inv.noRc) {
    if (inv.rcFile === undefined) yield* optional(sh, '/etc/bash.bashrc')
    yield* optional(sh, inv.rcFile ?? `${home()}/.bashrc`)
  } else if (!sh.interactive && !sh.isDash && !sh.posix) {
    const file = sh.get('BASH_ENV')
    if (file) yield* optional(sh, sh.expander.quotedText(quotedWord(sh, file)))
  }
  if (sh.interactive && (sh.isDash || sh.posix)) {
    const file = sh.get('ENV')
    if (file) yield* optional(sh, file)
  }
}

function* userName(sh: Shell): Run<string | undefined> {
  const uid = String(sh.proc.credentials().uid)
  for (const line of ((yield* sh.readFile('/etc/passwd')) ?? '').split('\n')) {
    const f = line.split(':')
    if (f[2] === uid) return f[0]
  }
  return undefined
}

/** Sources a file if it is there. */
function* optional(sh: Shell, path: string): Run<boolean> {
  const text = isDirectory(sh.proc, path) ? undefined : yield* sh.readFile(path)
  if (text === undefined) return false
  try {
    yield* sourceText(sh, path, text, [])
  } catch (error) {
    if (!(error instanceof DiscardFlow)) throw error
  }
  yield* sh.flush()
  return true
}

function* runScript(sh: Shell, name: string): Run<number> {
  const { arg0 } = sh
  const fail = function* (message: string, status: number): Run<number> {
    sh.err(sh.isDash ? `${arg0}: 0: ${message}\n` : `${arg0}: ${message}\n`)
    yield* sh.flush()
    return status
  }
  let path = name
  if (isDirectory(sh.proc, path)) {
    if (sh.isDash) return yield* fail(`cannot open ${name}: Is a directory`, 2)
    sh.err(`${name}: ${name}: Is a directory\n`)
    yield* sh.flush()
    return 126
  }
  if (!sh.proc.access(path, '') && !name.includes('/')) path = searchPath(sh, name, sh.get('PATH')) ?? name
  let text: string
  try {
    const fd = yield* sh.proc.open(path, 0)
    try {
      text = yield* sh.readAll(fd)
    } finally {
      sh.proc.close(fd)
    }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    if (sh.isDash) return yield* fail(`cannot open ${name}: ${error.code === 'ENOENT' ? 'No such file' : strerror(error)}`, 2)
    return yield* fail(`${name}: ${strerror(error)}`, error.code === 'ENOENT' ? 127 : 126)
  }
  sh.arg0 = name
  sh.sourceName = name
  if (text.slice(0, 80).split('\n', 1)[0]?.includes('\0')) {
    sh.err(`${name}: ${name}: cannot execute binary file\n`)
    yield* sh.flush()
    return 126
  }
  if (sh.interactive) return yield* commandsOf(sh, text, { line: 1 })
  return yield* runText(sh, text)
}
