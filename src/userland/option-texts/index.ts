/**
 * What programs' options do, one line an option: the table behind `--help` and behind the manual's OPTIONS. Blocks are divided
 * by empty lines; the first line names the programs, then `letter or long name[ ARGUMENT]|text`, and `!letters` are not shown.
 */
import type { OptionText, OptionTexts } from '../lib/help.ts'
import { COREUTILS_FILES } from './coreutils-files.ts'
import { COREUTILS_TEXT } from './coreutils-text.ts'
import { SYSTEM } from './system.ts'
import { TOOLS } from './tools.ts'

let parsed: ReadonlyMap<string, OptionTexts> | undefined

function parse(): Map<string, OptionTexts> {
  const out = new Map<string, OptionTexts>()
  for (const block of [COREUTILS_FILES, COREUTILS_TEXT, SYSTEM, TOOLS].join('\n').split(/\n\n+/)) {
    const [names = '', ...lines] = block.trim().split('\n')
    const described = new Map<string, OptionText>()
    let hidden = ''
    for (const line of lines) {
      const bar = line.indexOf('|')
      if (line.startsWith('!')) hidden += line.slice(1)
      else {
        const [name = '', arg = 'ARG'] = line.slice(0, bar).split(' ')
        described.set(name, { arg, text: line.slice(bar + 1) })
      }
    }
    for (const name of names.split(' ')) out.set(name, { described, hidden })
  }
  return out
}

/** What the options of a program do, by its own name (`ls`). */
export function optionTexts(program: string): OptionTexts | undefined {
  parsed ??= parse()
  return parsed.get(program)
}
