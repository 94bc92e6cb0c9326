import { Errno } from '#linux/errno.ts'
import { O } from '#linux/syscalls.ts'
import { loadAccounts } from '../lib/accounts.ts'
import { strftime } from '../lib/date.ts'
import { say } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'
import { syslog } from '../systemd/journald.ts'

const FACILITIES = ['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp']
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']

/** logger(1): a message, or every line of the input, to the system log. */
export const logger = defineProgram({
  name: 'util-linux/logger',
  short: 't:p:isf:e',
  long: 'tag=:t priority=:p id=?:i stderr:s file=:f skip-empty:e',
  *run(ctx) {
    const { proc, opts } = ctx
    const user = (yield* loadAccounts(proc)).userName(proc.credentials().uid)
    const tag = opts.value('t') ?? user
    const [facility = 'user', level = 'notice'] = (opts.value('p') ?? 'user.notice').split('.')
    const f = facility.startsWith('local') ? 16 + Number(facility.slice(5)) : FACILITIES.indexOf(facility)
    const l = LEVELS.indexOf(level === 'error' ? 'err' : level === 'warn' ? 'warning' : level)
    if (f < 0 || l < 0) return yield* ctx.die(`unknown ${f < 0 ? 'facility' : 'priority'} name: ${f < 0 ? facility : level}`)
    const send = function* (line: string) {
      yield* syslog(proc, tag, line, f * 8 + l, opts.has('i') ? proc.pid : undefined)
      if (opts.has('s')) yield* say(proc, 2, `<${f * 8 + l}>${strftime('%b %e %H:%M:%S', proc.now())} ${tag}: ${line}\n`)
    }
    if (ctx.operands.length > 0) {
      yield* send(ctx.operands.join(' '))
      return 0
    }
    const fd = opts.has('f') ? yield* ctx.openInput(opts.value('f') ?? '-') : 0
    if (fd === undefined) return 1
    const lines = ctx.lines(fd)
    for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next())
      if (line !== '' || !opts.has('e')) yield* send(line)
    return 0
  },
})

const BINARIES = [
  '/usr/bin',
  '/usr/sbin',
  '/bin',
  '/sbin',
  '/usr/lib',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/etc',
  '/usr/games',
  '/usr/libexec',
]

/** whereis(1): programs and configuration of a name; there are no manuals here. */
export const whereis = defineProgram({
  name: 'util-linux/whereis',
  short: 'bmsul',
  *run(ctx) {
    const { proc } = ctx
    for (const name of ctx.operands) {
      const found: string[] = []
      const seen = new Set<string>()
      for (const dir of BINARIES) {
        let entries: string[]
        try {
          const real = proc.realpath(dir)
          if (seen.has(real)) continue
          seen.add(real)
          entries = proc.readdir(dir).map((e) => e.name)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          continue
        }
        for (const entry of entries.sort()) {
          if (entry === name || (entry.startsWith(`${name}.`) && !entry.endsWith('.d'))) found.push(`${dir}/${entry}`)
        }
      }
      ctx.out.put(`${name}:${(ctx.has('m', 's') && !ctx.has('b') ? [] : found).map((f) => ` ${f}`).join('')}\n`)
    }
    return 0
  },
})

/** script(1): a shell on a terminal of its own, written down in a file. */
export const script = defineProgram({
  name: 'util-linux/script',
  short: 'ac:eqfO:',
  long: 'append:a command=:c return:e quiet:q flush:f log-out=:O',
  *run(ctx) {
    const { proc, opts } = ctx
    const name = ctx.operands[0] ?? opts.value('O') ?? 'typescript'
    const log = yield* proc.open(name, O.WRONLY | O.CREAT | (opts.has('a') ? O.APPEND : O.TRUNC), 0o644)
    const stamp = (): string => strftime('%Y-%m-%d %H:%M:%S+00:00', proc.now())
    yield* say(
      proc,
      log,
      `Script started on ${stamp()} [${opts.has('c') ? `COMMAND="${opts.value('c')}"` : ''}${proc.isatty(0) ? '' : ' <not executed on terminal>'}]\n`,
    )
    if (!opts.has('q')) yield* say(proc, 1, `Script started, output log file is '${name}'.\n`)
    const { master, slave } = proc.openpty()
    const size = proc.isatty(0) ? proc.getWinSize(0) : { rows: 24, cols: 80 }
    proc.setWinSize(slave, size)
    const shell = proc.getenv('SHELL') ?? '/bin/sh'
    const command = opts.value('c')
    const pid = proc.fork(function* (child) {
      child.setsid()
      child.setControllingTty(slave)
      for (const fd of [0, 1, 2]) child.dup2(slave, fd)
      for (const fd of [master, slave, log]) if (fd > 2) child.close(fd)
      return yield* child.exec(shell, command === undefined ? [shell, '-i'] : [shell, '-c', command], child.environ)
    })
    proc.close(slave)
    const terminal = proc.isatty(0) ? proc.tcgetattr(0) : undefined
    if (terminal !== undefined) proc.tcsetattr(0, { ...terminal, icanon: false, echo: false, isig: false, icrnl: false, opost: false })
    let input = terminal !== undefined
    try {
      for (;;) {
        const ready = yield* proc.poll([{ fd: master, read: true }, ...(input ? [{ fd: 0, read: true }] : [])])
        for (const { fd } of ready) {
          const data = yield* proc.read(fd, 4096)
          if (fd === 0) {
            if (data.length === 0) input = false
            else yield* proc.write(master, data)
            continue
          }
          if (data.length === 0) throw new Errno('EIO')
          yield* proc.write(1, data)
          yield* proc.write(log, data)
        }
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    } finally {
      if (terminal !== undefined) proc.tcsetattr(0, terminal)
    }
    const status = yield* proc.wait(pid)
    const code = status?.exit ?? 128 + (status?.signal ?? 0)
    yield* say(proc, log, `\nScript done on ${stamp()} [COMMAND_EXIT_CODE="${code}"]\n`)
    if (!opts.has('q')) yield* say(proc, 1, 'Script done.\n')
    return opts.has('e') ? code : 0
  },
})
