import { Errno, strerror } from '#linux/errno.ts'
import type { Program } from '#linux/syscalls.ts'
import { bytesOf, LineReader, say } from '#userland/lib/io.ts'
import { Options } from '#userland/lib/options.ts'
import { Context, finish } from '#userland/lib/program.ts'
import { AwkSyntaxError, parseAwk, unescapeString } from './parse.ts'
import { Awk } from './run.ts'

const USAGE = `Usage: mawk [Options] [Program] [file ...]

Program:
    The -f option value is the name of a file containing program text.
    If no -f option is given, a "--" ends option processing; the following
    parameters are the program text.

Options:
    -f program-file  Program  text is read from file instead of from the
                     command-line.  Multiple -f options are accepted.
    -F value         sets the field separator, FS, to value.
    -v var=value     assigns value to program variable var.
    --               unambiguous end of options.

    Implementation-specific options are prefixed with "-W".  They can be
    abbreviated:

    -W version       show version information and exit.
    -W dump          show assembler-like listing of program and exit.
    -W help          show this message and exit.
    -W interactive   set unbuffered output, line-buffered input.
    -W exec file     use file as program as well as last option.
    -W random=number set initial random seed.
    -W sprintf=number adjust size of sprintf buffer.
    -W posix_space   do not consider "\\n" a space.
    -W usage         show this message and exit.
`

const VERSION = `mawk 1.3.4 20200120
Copyright 2008-2019,2020, Thomas E. Dickey
Copyright 1991-1996,2014, Michael D. Brennan

random-funcs:       srandom/random
regex-funcs:        internal
compiled limits:
sprintf buffer      8192
maximum-integer     2147483647
`

/** mawk(1): awk as Debian has it. */
export const mawk: Program = {
  name: 'mawk/mawk',
  *main(proc) {
    const prog = proc.argv[0] ?? 'mawk'
    const args = proc.argv.slice(1)
    const files: string[] = []
    const assignments: (readonly [string, string])[] = []
    let fs: string | undefined
    const complain = function* (message: string) {
      yield* say(proc, 2, `${prog}: ${message}\n`)
      return 2
    }
    while (args[0]?.startsWith('-') && args[0] !== '-') {
      const arg = args.shift() ?? ''
      if (arg === '--') break
      const letter = arg.charAt(1)
      if (!'fFvW'.includes(letter)) return yield* complain(`not an option: ${arg}`)
      const value = arg.length > 2 ? arg.slice(2) : args.shift()
      if (value === undefined) return yield* complain(`option ${arg} lacks argument`)
      if (letter === 'f') files.push(value)
      else if (letter === 'F') fs = value === ' ' ? ' ' : unescapeString(bytesOf(value))
      else if (letter === 'v') {
        const m = /^([A-Za-z_]\w*)=(.*)$/s.exec(value)
        if (m === null) return yield* complain(`improper assignment: -v ${value}`)
        assignments.push([m[1] ?? '', m[2] ?? ''])
      } else if ('version'.startsWith(value)) {
        yield* say(proc, 1, VERSION)
        return 0
      } else if ('usage'.startsWith(value) || 'help'.startsWith(value)) {
        yield* say(proc, 1, USAGE)
        return 0
      } else if ('exec'.startsWith(value)) {
        files.push(args.shift() ?? '')
        break
      } else if (value === 'dump') {
        yield* say(proc, 2, 'podlab: mawk -W dump is not modelled\n')
        return 1
      }
    }
    let source = ''
    if (files.length > 0) {
      for (const name of files) {
        try {
          const fd = name === '-' ? 0 : yield* proc.open(name, 0)
          source += `${yield* new LineReader(proc, fd).rest()}\n`
          if (fd !== 0) proc.close(fd)
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          return yield* complain(`cannot open ${name} (${strerror(error)})`)
        }
      }
    } else {
      const text = args.shift()
      if (text === undefined) {
        yield* say(proc, 2, USAGE)
        return 0
      }
      source = bytesOf(text)
    }
    const ctx = new Context(
      proc,
      {
        name: 'mawk/mawk',
        usageStatus: 2,
        *run() {
          return 0
        },
      },
      new Options([], args),
    )
    const body = function* () {
      try {
        return yield* new Awk(ctx, parseAwk(source), args, assignments, fs).run()
      } catch (error) {
        if (!(error instanceof AwkSyntaxError)) throw error
        return yield* complain(error.message)
      }
    }
    return yield* finish(ctx, body())
  },
}
