/** The part of CoreDNS's configuration that is modelled: server blocks, their plugins and arguments. */
export interface PluginConfig {
  readonly name: string
  readonly args: readonly string[]
  /** Lines of the plugin's block, as words. */
  readonly block: readonly (readonly string[])[]
}

export interface ServerBlock {
  /** Zones served, with final dot. */
  readonly zones: readonly string[]
  readonly port: number
  readonly plugins: readonly PluginConfig[]
}

/** A mistake in a Corefile. */
export class CorefileError extends Error {
  override name = 'CorefileError'
}

/** Parses a Corefile. Source: coredns(1), corefile(5). */
export function parseCorefile(text: string): ServerBlock[] {
  const lines = text.split('\n').map((line) =>
    line
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/)
      .filter((w) => w !== ''),
  )
  const out: ServerBlock[] = []
  let at = 0
  const block = (): string[][] => {
    const body: string[][] = []
    for (; at < lines.length; at++) {
      const words = lines[at] ?? []
      if (words.length === 0) continue
      if (words[0] === '}') {
        at++
        return body
      }
      body.push(words)
    }
    throw new CorefileError("Corefile: unexpected EOF, expecting '}'")
  }
  while (at < lines.length) {
    const words = lines[at++] ?? []
    if (words.length === 0) continue
    const open = words[words.length - 1] === '{'
    const keys = open ? words.slice(0, -1) : words
    const plugins: PluginConfig[] = []
    if (open) {
      for (;;) {
        const next = lines[at++]
        if (next === undefined) throw new CorefileError("Corefile: unexpected EOF, expecting '}'")
        if (next.length === 0) continue
        if (next[0] === '}') break
        const opens = next[next.length - 1] === '{'
        plugins.push({ name: next[0] ?? '', args: next.slice(1, opens ? -1 : undefined), block: opens ? block() : [] })
      }
    }
    const port = Number(/:(\d+)$/.exec(keys[0] ?? '')?.[1] ?? 53)
    out.push({ zones: keys.map((k) => zoneOf(k)), port, plugins })
  }
  return out
}

function zoneOf(key: string): string {
  const name = key
    .replace(/^dns:\/\//, '')
    .replace(/:\d+$/, '')
    .replace(/,$/, '')
  return name === '' || name === '.' ? '.' : name.endsWith('.') ? name : `${name}.`
}
