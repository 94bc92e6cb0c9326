import type { Command } from './command.ts'
import type { Flag } from './flags.ts'
import { HELP } from './help-texts.ts'
import { UNMODELLED_FLAGS } from './unmodelled-flags.ts'

/** Headings of the root help, in order. */
const GROUPS = [
  'Basic Commands (Beginner)',
  'Basic Commands (Intermediate)',
  'Deploy Commands',
  'Cluster Management Commands',
  'Troubleshooting and Debugging Commands',
  'Advanced Commands',
  'Settings Commands',
] as const

const OPTIONS_HINT = 'Use "kubectl options" for a list of global command-line options (applies to all commands).\n'

/** Help of a command as kubectl's template lays it out. */
export function helpText(command: Command, path: string): string {
  const isRoot = path === 'kubectl'
  const texts = HELP[path]
  const parts = [`${texts?.long ?? command.long ?? command.short}\n`]
  const examples = texts?.examples ?? command.examples
  if (command.aliases !== undefined && command.aliases.length > 0)
    parts.push(`Aliases:\n${[command.name, ...command.aliases].join(', ')}\n`)
  if (examples !== undefined) parts.push(`Examples:\n${examples}\n`)
  if (isRoot) parts.push(rootCommands(command))
  else if (command.commands !== undefined) parts.push(`Available Commands:\n${listCommands(command.commands)}`)
  const flags = flagsText([...command.flags, ...(UNMODELLED_FLAGS[path] ?? [])])
  if (flags !== '') parts.push(`Options:\n${flags}`)
  parts.push(`Usage:\n  ${path}${command.use === '' ? '' : ` ${command.use}`} [options]\n`)
  const more = command.commands === undefined ? '' : `Use "${path} <command> --help" for more information about a given command.\n`
  return `${parts.join('\n')}\n${more}${OPTIONS_HINT}`
}

function rootCommands(root: Command): string {
  const visible = (root.commands ?? []).filter((c) => c.hidden !== true)
  const width = Math.max(...visible.map((c) => c.name.length)) + 1
  const list = (commands: readonly Command[]): string => commands.map((c) => `  ${c.name.padEnd(width)}  ${c.short}\n`).join('')
  const sections = GROUPS.map((g) => `${g}:\n${list(visible.filter((c) => c.group === g))}`)
  sections.push('Subcommands provided by plugins:\n', `Other Commands:\n${list(visible.filter((c) => c.group === undefined))}`)
  return sections.join('\n')
}

function listCommands(commands: readonly Command[]): string {
  const visible = commands.filter((c) => c.hidden !== true)
  const width = Math.max(10, ...visible.map((c) => c.name.length)) + 1
  return visible.map((c) => `  ${c.name.padEnd(width)}  ${c.short}\n`).join('')
}

/** `    -f, --filename=[]:` and the usage below, sorted by name, a blank line between. */
export function flagsText(flags: readonly Flag[]): string {
  return flags
    .filter((f) => f.hidden !== true && f.deprecated === undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((f) => `    ${f.short === undefined ? '' : `-${f.short}, `}--${f.name}=${f.default}:\n\t${f.usage}\n`)
    .join('\n')
}

/** cobra's `Did you mean this?` for an unknown subcommand. */
export function suggestions(root: Command, typed: string): string {
  const near = (root.commands ?? [])
    .filter(
      (c) =>
        c.hidden !== true &&
        (distance(typed.toLowerCase(), c.name.toLowerCase()) <= 2 || c.name.toLowerCase().startsWith(typed.toLowerCase())),
    )
    .map((c) => c.name)
  return near.length === 0
    ? ''
    : `\n\nDid you mean this?\n${near
        .map((n) => `\t${n}\n`)
        .join('')
        .trimEnd()}`
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
