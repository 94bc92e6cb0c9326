import type { Checked } from '#book/types.ts'

const FILES = import.meta.glob<readonly Checked[]>(['../../content/*/lab.yaml', '../../content/*/quiz.yaml'], {
  query: '?checks',
  import: 'default',
  eager: true,
})
const ALL: ReadonlyMap<string, Checked> = new Map(Object.values(FILES).flatMap((list) => list.map((checked) => [checked.id, checked])))

/** What the lab watches, a task or a question of kind `do`, by its permanent id. */
export function checkedById(id: string): Checked | undefined {
  return ALL.get(id)
}
