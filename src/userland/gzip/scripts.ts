import type { Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { execvp } from '../lib/exec.ts'
import { type Context, defineProgram } from '../lib/program.ts'

/** zgrep(1), zless(1), zmore(1). Differs: programs here, shell scripts in Debian. */

const GREP_WITH_ARGUMENT = /^-[A-Za-z]*[ABCDXdefm]$/

/** A child that unpacks `file` into a pipe; returns its reading end. */
function* unpacked(ctx: Context, file: string): Sim<number> {
  const { proc } = ctx
  const { read, write } = proc.pipe()
  proc.fork(function* (child) {
    child.close(read)
    child.dup2(write, 1)
    child.close(write)
    return yield* execvp(child, ['gzip', '-cdf', '--', file])
  })
  proc.close(write)
  return read
}

/** Runs a program with the unpacked file as its standard input; its exit status. */
function* through(ctx: Context, file: string, argv: readonly string[]): Sim<number> {
  const { proc } = ctx
  const input = yield* unpacked(ctx, file)
  const pid = proc.fork(function* (child) {
    child.dup2(input, 0)
    child.close(input)
    return yield* execvp(child, argv)
  })
  proc.close(input)
  const status = yield* proc.wait(pid)
  yield* proc.wait(-1)
  return status?.exit ?? 128 + (status?.signal ?? 0)
}

/** Options of grep with their arguments, the pattern, and the files. */
function splitGrep(words: readonly string[]): { readonly options: readonly string[]; readonly files: readonly string[] } {
  const options: string[] = []
  const rest: string[] = []
  let pattern = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (!word.startsWith('-') || word === '-') rest.push(word)
    else {
      options.push(word)
      pattern ||= /^-[A-Za-z]*[ef]$|^--(regexp|file)/.test(word)
      if (GREP_WITH_ARGUMENT.test(word)) options.push(words[++i] ?? '')
    }
  }
  if (!pattern && rest.length > 0) options.push('-e', rest.shift() ?? '')
  return { options, files: rest }
}

function zgrepping(name: string, extra: readonly string[]): Program {
  return defineProgram({
    name: `gzip/${name}`,
    usage: '[OPTION]... [-e] PATTERN [FILE]...',
    posix: true,
    argv: (words) => (words[0]?.startsWith('--') === true && /^--(help|version)$/.test(words[0]) ? words : ['--', ...words]),
    *run(ctx) {
      const { options, files } = splitGrep(ctx.operands)
      if (options.length === 0) return yield* ctx.die(`usage: ${name} [OPTION]... [-e] PATTERN [FILE]...`, 2)
      let status = 1
      const named = files.length > 1 && !options.some((o) => /^-[A-Za-z]*h/.test(o))
      for (const file of files.length === 0 ? ['-'] : files) {
        const label = named ? ['-H', `--label=${file}`] : [`--label=${file}`]
        const found = yield* through(ctx, file, ['grep', ...extra, ...label, ...options])
        status = found > 1 ? found : Math.min(status, found)
      }
      return status
    },
  })
}

function paging(name: string, pager: string): Program {
  return defineProgram({
    name: `gzip/${name}`,
    usage: '[OPTION]... [FILE]...',
    *run(ctx) {
      for (const file of ctx.operands.length === 0 ? ['-'] : ctx.operands) {
        const status = yield* through(ctx, file, [pager])
        if (status !== 0) return status
      }
      return 0
    },
  })
}

export const scripts: readonly Program[] = [
  zgrepping('zgrep', []),
  zgrepping('zegrep', ['-E']),
  zgrepping('zfgrep', ['-F']),
  paging('zless', 'less'),
  paging('zmore', 'more'),
]
