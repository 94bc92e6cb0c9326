import type { Run } from '../interp/flow.ts'

/** The line editor. */
export interface Readline {
  /** A line without its end; undefined at the end of the file. */
  read(prompt: string, initial: string): Run<string | undefined>
}
