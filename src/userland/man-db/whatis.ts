import type { Sim } from '#sim/wait.ts'
import { globToRegExp } from '../lib/glob.ts'
import { say } from '../lib/io.ts'
import { type Context, defineProgram } from '../lib/program.ts'
import { type Page, pages } from './page.ts'

/** Nothing was found. Source: whatis(1), EXIT STATUS. */
const NOT_FOUND = 16

/** `ls (1)               - list directory contents`, for each name of a page that is wanted. */
function lines(page: Page, wanted: (name: string) => boolean): string[] {
  return [page.name, ...page.also].filter(wanted).map((name) => `${`${name} (${page.section})`.padEnd(20)} - ${page.summary}\n`)
}

function* search(ctx: Context, tool: string, find: (word: string) => string[]): Sim<number> {
  if (ctx.operands.length === 0) {
    yield* say(ctx.proc, 2, `${tool} what?\n`)
    return 1
  }
  const found = new Set<string>()
  const missing: string[] = []
  for (const word of ctx.operands) {
    const hits = find(word)
    if (hits.length === 0) missing.push(word)
    for (const hit of hits) found.add(hit)
  }
  for (const line of [...found].sort()) ctx.out.put(line)
  yield* ctx.out.flush()
  for (const word of missing) yield* say(ctx.proc, 2, `${word}: nothing appropriate.\n`)
  return missing.length > 0 ? NOT_FOUND : 0
}

const inSection = (ctx: Context, page: Page): boolean => {
  const wanted = ctx.value('s')?.split(/[,:]/)
  return wanted === undefined || wanted.some((s) => page.section.startsWith(s))
}

/** whatis(1): the pages of that very name. */
export function* whatis(ctx: Context): Sim<number> {
  return yield* search(ctx, 'whatis', (word) => {
    const glob = ctx.has('w') ? globToRegExp(word) : undefined
    const regex = ctx.has('r') ? new RegExp(word, 'i') : undefined
    const test = (name: string): boolean => (regex ?? glob)?.test(name) ?? name === word
    return pages().flatMap((page) => (inSection(ctx, page) ? lines(page, test) : []))
  })
}

/** apropos(1): the pages whose name or line has the word; -e: as a whole word, -a: all words. */
export function* apropos(ctx: Context): Sim<number> {
  const test = (word: string) => {
    if (ctx.has('e')) return (text: string) => text.toLowerCase().split(/\W+/).includes(word.toLowerCase())
    try {
      const regex = ctx.has('w') ? globToRegExp(word) : new RegExp(word, 'i')
      return (text: string) => regex.test(text)
    } catch {
      return (text: string) => text.includes(word)
    }
  }
  const all = ctx.has('a') && ctx.operands.length > 1 ? ctx.operands.map(test) : undefined
  return yield* search(ctx, 'apropos', (word) => {
    const tests = all ?? [test(word)]
    return pages().flatMap((page) =>
      inSection(ctx, page) && tests.every((t) => t(page.summary) || [page.name, ...page.also].some(t))
        ? lines(page, (name) => tests.some((t) => t(page.summary) || t(name)))
        : [],
    )
  })
}

/** whatis(1). */
export const whatisProgram = defineProgram({
  name: 'man-db/whatis',
  usage: '[OPTION...] KEYWORD...',
  version: '2.11.2',
  short: 'rws:l',
  long: 'regex:r wildcard:w sections=:s long:l',
  run: whatis,
})

/** apropos(1). */
export const aproposProgram = defineProgram({
  name: 'man-db/apropos',
  usage: '[OPTION...] KEYWORD...',
  version: '2.11.2',
  short: 'aerws:l',
  long: 'and:a exact:e regex:r wildcard:w sections=:s long:l',
  run: apropos,
})
