/** How answers are judged; pure. */
import type { DoQuestion, Question } from '../../book/types.ts'

/** A question that is answered on the page. */
export type Answerable = Exclude<Question, DoQuestion>

/** The right answer as option ids, in order for an `order` question. */
export function key(question: Answerable): readonly string[] {
  return question.kind === 'order' ? question.options.map((o) => o.id) : question.options.filter((o) => o.correct).map((o) => o.id)
}

export function isRight(question: Answerable, answer: readonly string[]): boolean {
  const right = key(question)
  if (right.length !== answer.length) return false
  return question.kind === 'order' ? right.every((id, index) => answer[index] === id) : right.every((id) => answer.includes(id))
}

/** Options in an order that gives nothing away and is the same at every visit: by a hash of the ids. */
export function shuffled<T extends { readonly id: string }>(question: string, options: readonly T[]): readonly T[] {
  const hash = (text: string): number => {
    let h = 0x811c9dc5
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0
    return h
  }
  const mixed = [...options].sort((a, b) => hash(question + a.id) - hash(question + b.id) || (a.id < b.id ? -1 : 1))
  const [first, ...rest] = mixed
  return first !== undefined && mixed.every((option, index) => option.id === options[index]?.id) ? [...rest, first] : mixed
}

/** The list with one item moved by some places, kept within its ends. */
export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const item = list[from]
  if (item === undefined) return list
  const rest = list.filter((_, index) => index !== from)
  const at = Math.min(rest.length, Math.max(0, to))
  return [...rest.slice(0, at), item, ...rest.slice(at)]
}
