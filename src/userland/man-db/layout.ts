import { fill } from '../lib/help.ts'
import type { Block, Page } from './page.ts'

const BOLD = '\x1b[1m'
const PLAIN = '\x1b[0m'
const INDENT = 7
/** Column of what a term means. */
const MEANING = 14

const BOOKS: Readonly<Record<string, string>> = {
  '1': 'User Commands',
  '2': 'System Calls',
  '4': 'Kernel Interfaces',
  '5': 'File Formats',
  '7': 'Miscellaneous',
  '8': 'System Administration',
}

/** Lays a page out for `width` columns, with bold headings and terms when it is for a terminal. */
export function layout(page: Page, width: number, terminal: boolean): string {
  const bold = (text: string): string => (terminal && text !== '' ? `${BOLD}${text}${PLAIN}` : text)
  const title = `${page.name.toUpperCase()}(${page.section})`
  const out: string[] = [ends(title, BOOKS[page.section.charAt(0)] ?? '', title, width), '']
  const paragraph = (text: string, indent: number): string[] =>
    fill(text.split(' '), width - indent).map((line) => ' '.repeat(indent) + line)
  const part = (heading: string, lines: readonly string[]): void => {
    out.push(bold(heading), ...lines, '')
  }
  part('NAME', paragraph(`${[page.name, ...page.also].join(', ')} - ${page.summary}`, INDENT))
  if (page.synopsis.length > 0)
    part(
      'SYNOPSIS',
      page.synopsis.flatMap((form) => synopsis(form, width, bold)),
    )
  for (const { title: heading, blocks } of page.parts) part(heading, join(blocks.map((block) => lay(block, paragraph, bold))))
  if (page.see.length > 0) part('SEE ALSO', paragraph(page.see.join(', '), INDENT))
  out.push(ends('Podlab', '', title, width))
  return `${out.join('\n')}\n`
}

/** The first and the last line of a page: left, in the middle, right. */
function ends(left: string, middle: string, right: string, width: number): string {
  const start = Math.max(left.length + 1, (width - middle.length) >> 1)
  return (left.padEnd(start) + middle).padEnd(width - right.length) + right
}

type Bold = (text: string) => string

/** A form of the command line, its first word bold; further lines begin below the first argument. */
function synopsis(form: string, width: number, bold: Bold): string[] {
  const [first = '', ...words] = form.split(' ')
  const at = INDENT + first.length + 1
  const [head = '', ...more] = fill(words, width - at)
  return [`${' '.repeat(INDENT)}${bold(first)} ${head}`.trimEnd(), ...more.map((line) => ' '.repeat(at) + line)]
}

function lay(block: Block, paragraph: (text: string, indent: number) => string[], bold: Bold): string[] {
  switch (block.kind) {
    case 'text':
      return paragraph(block.text, INDENT)
    case 'lines':
      return block.lines.map((line) => ' '.repeat(MEANING) + line)
    case 'term': {
      const meaning = paragraph(block.text, MEANING)
      const head = ' '.repeat(INDENT) + bold(block.term)
      if (block.term.length >= MEANING - INDENT) return [head, ...meaning]
      const [line = '', ...more] = meaning
      return [head + line.slice(INDENT + block.term.length), ...more]
    }
  }
}

const join = (blocks: readonly (readonly string[])[]): string[] => blocks.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]))
