import type { Task } from '#book/types.ts'
import deploying from '../../content/deploying/lab.yaml'
import firstTerminal from '../../content/first-terminal/lab.yaml'

const ALL: ReadonlyMap<string, Task> = new Map([...deploying.tasks, ...firstTerminal.tasks].map((task) => [task.id, task]))

/** A task of the book by its permanent id. */
export function tasksById(id: string): Task | undefined {
  return ALL.get(id)
}
