import type { Program } from '#linux/syscalls.ts'
import { say } from '../lib/io.ts'
import { parseOptions, UsageError } from '../lib/options.ts'

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

const OWN = {
  short: 'o:l:n:qQas:uT',
  long: 'options=:o longoptions=:l name=:n quiet:q quiet-output:Q alternative:a shell=:s unquoted:u test:T',
  posix: true,
}

/** getopt(1) of util-linux: prints parameters in a form a shell can `eval set --`. */
export const getopt: Program = {
  name: 'util-linux/getopt',
  *main(proc) {
    let name = 'getopt'
    let [short, words]: [string, readonly string[]] = ['', []]
    let long = ''
    let plain = false
    try {
      const own = parseOptions(proc.argv.slice(1), OWN)
      if (own.has('T')) return 4
      name = own.value('n') ?? name
      plain = own.has('u')
      long = own.values('l').join(',')
      short = own.value('o') ?? own.operands[0] ?? ''
      words = own.has('o') ? own.operands : own.operands.slice(1)
      if (!own.has('o', 'l')) plain = true
      if (words[0] === '--') words = words.slice(1)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      yield* say(proc, 2, `getopt: ${error.message}\nTry 'getopt --help' for more information.\n`)
      return 2
    }
    const posix = short.startsWith('+')
    const spec = {
      short: short.replace(/^[+-]/, ''),
      long: long
        .split(/[,\s]+/)
        .filter((w) => w !== '')
        .map((w) => w.replace(/::$/, '=?').replace(/:$/, '='))
        .join(' '),
      posix,
    }
    const show = (word: string): string => (plain ? word : quoted(word))
    try {
      const opts = parseOptions(words, spec)
      const out: string[] = []
      for (const { name: key, value } of opts.list) {
        out.push(key.length === 1 ? `-${key}` : `--${key}`)
        const optional = key.length === 1 ? spec.short.includes(`${key}::`) : spec.long.split(' ').includes(`${key}=?`)
        if (value !== undefined || optional) out.push(show(value ?? ''))
      }
      yield* say(proc, 1, ` ${[...out, '--', ...opts.operands.map(show)].join(' ')}\n`)
      return 0
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      yield* say(proc, 2, `${name}: ${error.message}\n`)
      yield* say(proc, 1, ' --\n')
      return 1
    }
  },
}
