import { fileURLToPath } from 'node:url'

interface Plugin {
  readonly name: string
  readonly enforce: 'pre'
  resolveId(id: string): string | undefined
}

const OWN = fileURLToPath(new URL('./schema-docs.ts', import.meta.url))

/** Vite plugin for the worker: the API's descriptions are a file of their own instead of a part of the code. */
export function lazyDocs(): Plugin {
  return {
    name: 'podlab-lazy-docs',
    enforce: 'pre',
    resolveId: (id) => (id.endsWith('api/generated/schema-docs.ts') ? OWN : undefined),
  }
}
