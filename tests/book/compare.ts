/**
 * Compares what a listing of the book shows with what the model prints. Names that end in chance, ages, addresses, the machine a Pod
 * landed on, the head of log lines and the width of columns don't count, and of namespaces only which are the same; everything else
 * does, hashes of templates included.
 */
import type { Exchange, ListingOptions } from '#book/transcript.ts'

const SUFFIX = 'bcdfghjklmnpqrstvwxz2456789'

export function normalize(text: string): string {
  const namespaces: string[] = []
  const numbered = (inode: string): string => {
    if (!namespaces.includes(inode)) namespaces.push(inode)
    return `<NS ${namespaces.indexOf(inode)}>`
  }
  return text
    .replace(/\b40265[3-9]\d{4}\b/g, numbered)
    .replace(/\b(\d+d)?(\d+h)?(\d+m)?\d+s\b|\b(\d+d)?(\d+h)?\d+m\b|\b(\d+d)?\d+h\b|\b\d+d\b/g, '<AGE>')
    .replace(new RegExp(`(-[0-9a-f]{8,10})?-[${SUFFIX}]{5}\\b`, 'g'), '$1-<SUFFIX>')
    .replace(/^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ /gm, '$1<TIME> ')
    .replace(/\b\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\b/g, '<TIME>')
    .replace(/\b10\.(244|96)\.\d+\.\d+\b/g, '<IP>')
    .replace(/(<IP> +)kind-\S+/g, '$1<NODE>')
    .replace(/(<SUFFIX> +)kind-\S+/g, '$1<NODE>')
    .replace(/(assigned \S+ to )\S+/g, '$1<NODE>')
    .replace(/^\S*bash: line \d+: /gm, 'bash: ')
    .replace(/ {2,}/g, '  ')
    .replace(/^(-+ *)+$/gm, '')
}

/** What is different, or undefined. `loose`: only the last line counts; `partial`: every line shown must be printed, in order. */
export function difference(exchange: Exchange, options: ListingOptions, printed: string): string | undefined {
  const shown = normalize(exchange.output)
  const actual = normalize(printed)
  const report = (): string => `$ ${exchange.command}\n--- the book shows\n${exchange.output}--- the model prints\n${printed}`
  if (options.partial) {
    let at = 0
    const lines = actual.split('\n').map((line) => line.trim())
    for (const line of shown.split('\n').filter((l) => l.trim() !== '')) {
      const found = lines.indexOf(line.trim(), at)
      if (found < 0) return `${report()}--- missing\n${line}\n`
      at = found + 1
    }
    return undefined
  }
  if (options.loose) return shown.trimEnd().split('\n').at(-1) === actual.trimEnd().split('\n').at(-1) ? undefined : report()
  return sorted(shown) === sorted(actual) ? undefined : report()
}

/** Rows whose names end in chance come in any order. */
function sorted(text: string): string {
  return text.includes('<SUFFIX>') ? text.split('\n').sort().join('\n') : text
}
