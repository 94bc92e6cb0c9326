/** Where the lab differs from a real cluster: `Differs:` in the comments of the code, `<Differs>` in the text. For the page that lists both. */

/** The differences that the comments of a source file own up to, a sentence or more each. */
export function differencesIn(source: string): readonly string[] {
  return [...source.matchAll(/\/\*\*[\s\S]*?\*\/|(?:^[ \t]*\/\/.*\n)+/gm)].flatMap(([comment]) => {
    const at = comment.indexOf('Differs:')
    if (at < 0) return []
    const text = comment
      .slice(at + 'Differs:'.length)
      .replace(/\n\s*\*\s*\n[\s\S]*$/, '')
      .replace(/\*\/\s*$/, '')
      .replace(/\n\s*(?:\*|\/\/)\s?/g, ' ')
      .replace(/\{@link ([^}]*)\}/g, '$1')
      .replace(/\s(?:Throws|Source:)[\s\S]*$/, '')
      .replace(/\s+/g, ' ')
      .trim()
    return text === '' ? [] : [text.charAt(0).toUpperCase() + text.slice(1)]
  })
}

export interface TextNote {
  readonly id: string
  /** The note as it was written, MDX. */
  readonly text: string
}

/** The `<Differs>` notes of a section. */
export function notesIn(mdx: string): readonly TextNote[] {
  return [...mdx.matchAll(/<Differs id="([^"]+)">([\s\S]*?)<\/Differs>/g)].map(([, id = '', text = '']) => ({
    id,
    text: text
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/\*+/g, '')
      .replace(/\s+/g, ' ')
      .trim(),
  }))
}
