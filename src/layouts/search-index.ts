/** Astro integration: after the build Pagefind reads the pages and writes the index that the search page asks. */
import { fileURLToPath } from 'node:url'

interface Integration {
  readonly name: string
  readonly hooks: {
    readonly 'astro:build:done': (options: { readonly dir: URL; readonly logger: { warn(text: string): void } }) => Promise<void>
  }
}

export function searchIndex(): Integration {
  return {
    name: 'podlab-search',
    hooks: {
      'astro:build:done': async ({ dir, logger }) => {
        const root = fileURLToPath(dir)
        try {
          const { createIndex, close } = await import('pagefind')
          const { index, errors } = await createIndex({ forceLanguage: 'en' })
          if (index === undefined) throw new Error(errors.join('; '))
          await index.addDirectory({ path: root })
          await index.writeFiles({ outputPath: `${root}pagefind` })
          await close()
        } catch (error) {
          // Its program comes per platform; without it the search page says that there is no index.
          logger.warn(`no search: ${error instanceof Error ? error.message : String(error)}`)
        }
      },
    },
  }
}
