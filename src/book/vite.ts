/**
 * Vite plugin: a YAML file of `content/` becomes a module of validated JSON, so neither page nor worker carries a validator. With
 * `?checks` only what a lab watches comes along: ids and checks of tasks and of questions of kind `do`.
 */
import { loadByName } from './load.ts'
import type { Checked, Glossary, Lab, Quiz, Syllabus } from './types.ts'

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
      const data = loadByName(code, file)
      return { code: `export default ${JSON.stringify(/[?&]checks\b/.test(id) ? checksOf(data) : data)}`, map: null, moduleType: 'js' }
    },
  }
}

function checksOf(data: Lab | Quiz | Syllabus | Glossary): readonly Checked[] {
  const all = 'tasks' in data ? data.tasks : 'questions' in data ? data.questions.filter((q) => q.kind === 'do') : []
  return all.map(({ id, done }) => ({ id, done }))
}
