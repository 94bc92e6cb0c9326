import mdx from '@astrojs/mdx'
import { defineConfig } from 'astro/config'
import { bookYaml } from './src/book/vite.ts'
import { lazyDocs } from './src/lab/vite.ts'
import { nodeStandIns } from './src/components/controller/vite.ts'
import { consoleListings } from './src/components/listing/shiki.ts'
import { contentSecurityPolicy } from './src/layouts/csp.ts'
import { searchIndex } from './src/layouts/search-index.ts'

export default defineConfig({
  // Any static host serves the site; PODLAB_BASE is the sub-path that it is under.
  base: process.env.PODLAB_BASE ?? '/',
  trailingSlash: 'always',
  build: { format: 'directory', assets: 'assets' },
  devToolbar: { enabled: false },
  integrations: [mdx(), searchIndex(), contentSecurityPolicy()],
  markdown: {
    shikiConfig: {
      theme: 'css-variables',
      transformers: [consoleListings()],
    },
  },
  vite: {
    plugins: [bookYaml()],
    worker: { format: 'es', plugins: () => [bookYaml(), lazyDocs(), nodeStandIns()] },
    build: { assetsInlineLimit: 0 },
  },
})
