import { optionList } from '../lib/help.ts'
import { optionTexts } from '../option-texts/index.ts'
import { definitionOf } from '../programs.ts'
import { CONCEPTS } from './pages/concepts.ts'
import { PROGRAMS_ADMIN } from './pages/programs-admin.ts'
import { PROGRAMS_NET } from './pages/programs-net.ts'
import { PROGRAMS_USER } from './pages/programs-user.ts'

/** A page of the manual, before it is laid out. */
export interface Page {
  readonly name: string
  /** Other names the page is found by: `egrep` for grep. */
  readonly also: readonly string[]
  /** Names it is found by without saying so: `iptables-nft-save`. */
  readonly silent: readonly string[]
  readonly section: string
  /** What NAME says: `list directory contents`. */
  readonly summary: string
  /** Forms of the command line; none for concepts and files. */
  readonly synopsis: readonly string[]
  /** Parts with their titles, DESCRIPTION first. */
  readonly parts: readonly Part[]
  readonly see: readonly string[]
}

export interface Part {
  readonly title: string
  readonly blocks: readonly Block[]
}

/** A paragraph; a term with what it means; lines that stay as they are. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'term'; readonly term: string; readonly text: string }
  | { readonly kind: 'lines'; readonly lines: readonly string[] }

/** The order in which sections are searched. Source: man(1), SECTION. */
export const SECTIONS = ['1', '8', '3', '2', '5', '4', '9', '6', '7']

/**
 * Reads the pages' notation. A page begins with `.name[,other][;silent] section summary`; then `> form of the command line`, paragraphs (one a
 * line), `- term|meaning`, `    an example`, `# TITLE OF A PART`, `@ see also`.
 */
export function parsePages(source: string): Page[] {
  return source
    .split(/^\./m)
    .slice(1)
    .map((text) => {
      const [head = '', ...lines] = text.trimEnd().split('\n')
      const [, names = '', section = '', summary = ''] = /^(\S+) (\S+) (.*)$/.exec(head) ?? []
      const [shown = '', silent] = names.split(';')
      const [name = '', ...also] = shown.split(',')
      const take = (mark: string): string[] => lines.filter((l) => l.startsWith(mark)).map((l) => l.slice(mark.length))
      const body = lines.filter((l) => !/^[>@] /.test(l))
      return complete({
        name,
        also,
        silent: silent?.split(',') ?? [],
        section,
        summary,
        synopsis: take('> '),
        parts: parts(body),
        see: take('@ ').flatMap((l) => l.split(' ')),
      })
    })
}

function parts(lines: readonly string[]): Part[] {
  const out: { title: string; blocks: Block[] }[] = [{ title: 'DESCRIPTION', blocks: [] }]
  for (const line of lines) {
    const blocks = out.at(-1)?.blocks ?? []
    const last = blocks.at(-1)
    if (line.startsWith('# ')) out.push({ title: line.slice(2), blocks: [] })
    else if (line.startsWith('    ')) {
      if (last?.kind === 'lines') blocks[blocks.length - 1] = { kind: 'lines', lines: [...last.lines, line.slice(4)] }
      else blocks.push({ kind: 'lines', lines: [line.slice(4)] })
    } else if (line.startsWith('- ')) {
      const bar = line.indexOf('|')
      blocks.push({ kind: 'term', term: line.slice(2, bar), text: line.slice(bar + 1) })
    } else if (line !== '') blocks.push({ kind: 'text', text: line })
  }
  return out.filter((part) => part.blocks.length > 0)
}

/** Adds what the program itself knows: forms of its command line and its options. */
function complete(page: Page): Page {
  const definition = /^[18]/.test(page.section) ? definitionOf(page.name) : undefined
  if (definition === undefined) return page
  const synopsis = page.synopsis.length > 0 ? page.synopsis : (definition.usage?.split('\n').map((form) => `${page.name} ${form}`) ?? [])
  const { rows, others } = optionList(definition, optionTexts(page.name))
  const blocks: Block[] = rows.map((row) => ({ kind: 'term', term: row.flags.trim(), text: row.text }))
  if (others.length > 0) blocks.push({ kind: 'text', text: `${rows.length === 0 ? 'Modelled' : 'Also modelled'}: ${others.join(', ')}.` })
  if (blocks.length === 0) return { ...page, synopsis }
  const [first, ...rest] = page.parts
  const options = { title: 'OPTIONS', blocks }
  return { ...page, synopsis, parts: first?.title === 'DESCRIPTION' ? [first, options, ...rest] : [options, ...page.parts] }
}

let known: readonly Page[] | undefined

/** All pages, by name, then in the order of sections. */
export function pages(): readonly Page[] {
  known ??= [PROGRAMS_USER, PROGRAMS_ADMIN, PROGRAMS_NET, CONCEPTS]
    .flatMap(parsePages)
    .sort((a, b) => (a.name === b.name ? rank(a) - rank(b) : a.name < b.name ? -1 : 1))
  return known
}

const rank = (page: Page): number => SECTIONS.indexOf(page.section.charAt(0))

/** Pages of that name, the one `man` shows first; of one section when it is given. */
export function pagesNamed(name: string, section?: string): Page[] {
  return pages()
    .filter(
      (p) =>
        (p.name === name || p.also.includes(name) || p.silent.includes(name)) && (section === undefined || p.section.startsWith(section)),
    )
    .sort((a, b) => rank(a) - rank(b))
}
