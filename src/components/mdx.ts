/** The elements that authors may use in MDX without importing them. Another one fails the build. */
import Differs from './Differs.astro'
import Figure from './Figure.astro'
import Hint from './Hint.astro'
import Note from './Note.astro'
import Quiz from './Quiz.astro'
import Task from './Task.astro'

export const components = { Differs, Figure, Hint, Note, Quiz, Task }
