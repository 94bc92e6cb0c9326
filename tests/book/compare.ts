/**
 * Compares what a listing of the book shows with what the model prints: byte for byte, for worlds are seeded. What moves when the model
 * changes (names that end in chance, ages, addresses) is written anew by `node tests/book/run.ts --write CHAPTER`.
 */
import type { Exchange, ListingOptions } from '#book/transcript.ts'

/** Output as a reader's own shell shows it: only scripts name the line of an error. */
export const asTyped = (output: string): string => output.replace(/^\S*bash: line \d+: /gm, 'bash: ').replace(/([^\n])$/, '$1\n')

/** What is different, or undefined. `partial`: every line shown must be printed, in order. */
export function difference(exchange: Exchange, options: ListingOptions, printed: string): string | undefined {
  const shown = exchange.output
  const actual = asTyped(printed)
  const report = (): string => `$ ${exchange.command}\n--- the book shows\n${shown}--- the model prints\n${actual}`
  if (options.partial) {
    let at = 0
    const lines = actual.split('\n')
    for (const line of shown.split('\n').filter((l) => l !== '')) {
      const found = lines.indexOf(line, at)
      if (found < 0) return `${report()}--- missing\n${line}\n`
      at = found + 1
    }
    return undefined
  }
  return shown === actual ? undefined : report()
}

/** The lines of a `partial` listing as they are printed now: each is the next one that differs in digits only, or stays as it is. */
export function refreshed(shown: string, printed: string): string {
  const shape = (line: string): string => line.replace(/\d/g, '0')
  const lines = asTyped(printed).split('\n')
  let at = 0
  return shown.replace(/^.+$/gm, (line) => {
    const found = lines.findIndex((l, index) => index >= at && shape(l) === shape(line))
    if (found < 0) return line
    at = found + 1
    return lines[found] ?? line
  })
}
