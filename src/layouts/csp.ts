/**
 * Astro integration: after the build every page gets a Content-Security-Policy that names its inline scripts by hash, so that
 * nothing but what was built can run and nothing but this site is contacted. In a meta element: static hosts need no headers.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

interface Integration {
  readonly name: string
  readonly hooks: { readonly 'astro:build:done': (options: { readonly dir: URL }) => Promise<void> }
}

export function contentSecurityPolicy(): Integration {
  return {
    name: 'podlab-csp',
    hooks: {
      'astro:build:done': async ({ dir }) => {
        const root = fileURLToPath(dir)
        for (const file of await readdir(root, { recursive: true })) {
          if (!file.endsWith('.html')) continue
          const html = await readFile(root + file, 'utf8')
          await writeFile(root + file, withPolicy(html))
        }
      },
    },
  }
}

/** The page with its policy first in the head; throws when it has no head to put it in. */
export function withPolicy(html: string): string {
  const marker = /<meta charset="?utf-8"?\s*\/?>/i
  if (!marker.test(html)) throw new Error('a page without <meta charset="utf-8"> cannot be given a policy')
  const more = MORE.exec(html)?.[1] ?? ''
  return html
    .replace(MORE, '')
    .replace(
      marker,
      (charset) => `${charset}<meta http-equiv="Content-Security-Policy" content="${policy(inlineScripts(html), attributeText(more))}">`,
    )
}

/**
 * What a single page needs beyond the policy of all: `<meta name="podlab-csp" content="script-src 'wasm-unsafe-eval'">`. With `only`
 * first, the policy of all is left out: nothing is allowed but the page's own inline scripts and what is named.
 */
const MORE = /<meta name="?podlab-csp"? content="([^"]*)"\s*\/?>/

const attributeText = (attribute: string): string => attribute.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&')

/** Inline scripts that would run; a script with another type than JavaScript's is data. */
export function inlineScripts(html: string): readonly string[] {
  const found: string[] = []
  for (const match of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
    const attributes = match[1] ?? ''
    const type = /\btype="?([^"\s>]*)/.exec(attributes)?.[1]
    if (/\bsrc=/.test(attributes) || (type !== undefined && type !== 'module' && type !== 'text/javascript')) continue
    found.push(match[2] ?? '')
  }
  return found
}

function policy(scripts: readonly string[], more: string): string {
  const hashes = [...new Set(scripts)].map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  const additions = more.split(';').map((part) => part.trim())
  const directives = additions.includes('only')
    ? ["default-src 'none'", ['script-src', ...hashes].join(' '), "base-uri 'none'", "form-action 'none'"]
    : common(hashes)
  for (const addition of additions) {
    const [name = '', ...sources] = addition.split(/\s+/)
    if (name === '' || name === 'only') continue
    const at = directives.findIndex((directive) => directive.startsWith(`${name} `))
    if (at < 0) directives.push(addition)
    else directives[at] = `${directives[at]} ${sources.join(' ')}`
  }
  return directives.join('; ')
}

function common(hashes: readonly string[]): string[] {
  return [
    "default-src 'none'",
    ["script-src 'self'", ...hashes].join(' '),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ]
}
