import type { Program } from '#linux/syscalls.ts'
import { say } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'

const CLEAR = '\x1b[H\x1b[2J\x1b[3J'

const clear = defineProgram({
  name: 'ncurses-bin/clear',
  short: 'T:Vx',
  *run(ctx) {
    if (ctx.proc.getenv('TERM') === undefined) {
      yield* say(ctx.proc, 2, 'TERM environment variable not set.\n')
      return 1
    }
    yield* say(ctx.proc, 1, ctx.has('x') ? '\x1b[H\x1b[2J' : CLEAR)
    return 0
  },
})

const clearConsole: Program = {
  name: 'bash/clear_console',
  *main(proc) {
    yield* say(proc, 1, CLEAR)
    return 0
  },
}

/** tset(1), reset(1): sane terminal settings, a clean screen. */
const tset: Program = {
  name: 'ncurses-bin/tset',
  *main(proc) {
    const fd = [2, 1, 0].find((n) => proc.isatty(n))
    if (fd === undefined) {
      yield* say(proc, 2, `${proc.argv[0]}: terminal attributes: Inappropriate ioctl for device\n`)
      return 1
    }
    proc.tcsetattr(fd, {
      ...proc.tcgetattr(fd),
      icrnl: true,
      opost: true,
      icanon: true,
      echo: true,
      echoctl: true,
      isig: true,
      iexten: true,
    })
    yield* say(proc, fd, '\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>')
    return 0
  },
}

const SEQUENCES: Readonly<Record<string, string>> = {
  clear: '\x1b[H\x1b[2J\x1b[3J',
  bold: '\x1b[1m',
  dim: '\x1b[2m',
  smul: '\x1b[4m',
  rmul: '\x1b[24m',
  rev: '\x1b[7m',
  smso: '\x1b[7m',
  rmso: '\x1b[27m',
  blink: '\x1b[5m',
  sgr0: '\x1b(B\x1b[m',
  civis: '\x1b[?25l',
  cnorm: '\x1b[?12l\x1b[?25h',
  smcup: '\x1b[?1049h\x1b[22;0;0t',
  rmcup: '\x1b[?1049l\x1b[23;0;0t',
  el: '\x1b[K',
  ed: '\x1b[J',
  home: '\x1b[H',
  bel: '\x07',
  cuu1: '\x1b[A',
  sc: '\x1b7',
  rc: '\x1b8',
  op: '\x1b[39;49m',
}

/** tput(1) of an xterm-256color. */
const tput = defineProgram({
  name: 'ncurses-bin/tput',
  short: 'T:S',
  posix: true,
  *run(ctx) {
    const { proc } = ctx
    const [name, ...args] = ctx.operands
    const term = ctx.value('T') ?? proc.getenv('TERM')
    if (term === undefined) {
      yield* say(proc, 2, 'tput: No value for $TERM and no -T specified\n')
      return 2
    }
    if (name === undefined) {
      yield* say(proc, 2, 'usage: tput [-V] [-S] [-T term] capname\n')
      return 2
    }
    const n = args.map(Number)
    const fd = [1, 2, 0].find((d) => proc.isatty(d))
    const size = fd === undefined ? { rows: 24, cols: 80 } : proc.getWinSize(fd)
    const color = (base: number, bright: number, of: number): string =>
      of < 8 ? `\x1b[${base + of}m` : of < 16 ? `\x1b[${bright + of - 8}m` : `\x1b[${base + 8};5;${of}m`
    const text =
      name === 'cols'
        ? `${size.cols || 80}\n`
        : name === 'lines'
          ? `${size.rows || 24}\n`
          : name === 'colors'
            ? `${term.includes('256') ? 256 : 8}\n`
            : name === 'setaf'
              ? color(30, 90, n[0] ?? 0)
              : name === 'setab'
                ? color(40, 100, n[0] ?? 0)
                : name === 'cup'
                  ? `\x1b[${(n[0] ?? 0) + 1};${(n[1] ?? 0) + 1}H`
                  : name === 'longname'
                    ? `xterm with 256 colors`
                    : SEQUENCES[name]
    if (text === undefined) {
      yield* say(proc, 2, `tput: unknown terminfo capability '${name}'\n`)
      return 4
    }
    yield* say(proc, 1, text)
    return 0
  },
})

export const programs: readonly Program[] = [clear, clearConsole, tset, tput]
