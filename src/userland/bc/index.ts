import type { Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { say } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'
import { BcSyntaxError, Calculator, NotModelled } from './bc.ts'
import { BcError } from './decimal.ts'

const BANNER = `bc 1.07.1
Copyright 1991-1994, 1997, 1998, 2000, 2004, 2006, 2008, 2012-2017 Free Software Foundation, Inc.
This is free software with ABSOLUTELY NO WARRANTY.
For details type \`warranty'. 
`

function* compute(ctx: Context, calculator: Calculator, line: string, where: string): Sim<void> {
  try {
    ctx.out.put(calculator.line(line))
  } catch (error) {
    yield* ctx.out.flush()
    if (error instanceof BcSyntaxError) yield* say(ctx.proc, 2, `${where}: ${error.message}\n`)
    else if (error instanceof BcError) yield* say(ctx.proc, 2, `Runtime error (func=(main), adr=3): ${error.message}\n`)
    else if (error instanceof NotModelled) yield* ctx.notModelled(error.message)
    else throw error
  }
}

/** bc(1). Differs: the address in messages is always 3. */
const bc = defineProgram({
  name: 'bc/bc',
  usage: '[options] [file ...]',
  version: '1.07.1',
  short: 'lqiswh',
  missing: 'w h',
  long: 'mathlib:l quiet:q interactive:i standard:s warn:w',
  *run(ctx) {
    const calculator = new Calculator(ctx.has('l'))
    const terminal = ctx.proc.isatty(0) && ctx.proc.isatty(1)
    if (terminal && !ctx.has('q')) yield* say(ctx.proc, 1, BANNER)
    for (const name of [...ctx.operands, '-']) {
      const fd = yield* ctx.openInput(name)
      if (fd === undefined) return 1
      const lines = ctx.lines(fd)
      let number = 0
      for (let line = yield* lines.next(); line !== undefined && !calculator.ended; line = yield* lines.next()) {
        number++
        yield* compute(ctx, calculator, line, name === '-' ? `(standard_in) ${number}` : `${name} ${number}`)
        if (terminal) yield* ctx.out.flush()
        if (calculator.ended) return 0
      }
    }
    return 0
  },
})

export const programs: readonly Program[] = [bc]
