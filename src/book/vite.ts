/** Vite plugin: a YAML file of `content/` becomes a module of validated JSON, so neither page nor worker carries a validator. */
import { loadByName } from './load.ts'

interface Plugin {
  readonly name: string
  readonly enforce: 'pre'
  transform(code: string, id: string): { readonly code: string; readonly map: null; readonly moduleType: 'js' } | undefined
}

export function bookYaml(): Plugin {
  return {
    name: 'podlab-book-yaml',
    enforce: 'pre',
    transform(code, id) {
      const file = id.split('?')[0] ?? id
      if (!/[\\/]content[\\/].*\.yaml$/.test(file) || id.includes('?raw')) return undefined
      return { code: `export default ${JSON.stringify(loadByName(code, file))}`, map: null, moduleType: 'js' }
    },
  }
}
