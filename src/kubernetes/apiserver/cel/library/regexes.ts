/** `find` and `findAll`. Source: apiserver pkg/cel/library/regex.go. */
import { method, type Overload } from '../functions.ts'
import { regex } from '../regex.ts'
import { INT, listOf, STRING } from '../types.ts'
import { EvaluationError, List } from '../values.ts'

function compiled(pattern: string): RegExp {
  try {
    return regex(pattern)
  } catch (error) {
    throw new EvaluationError(`Illegal regex: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function findAll(text: string, pattern: string, limit: bigint): List {
  const found = [...text.matchAll(compiled(pattern))].map((m) => m[0])
  return new List(limit < 0n ? found : found.slice(0, Number(limit)))
}

export const REGEXES: readonly Overload[] = [
  method('find', [STRING, STRING], STRING, (text, pattern) => {
    const expression = compiled(pattern)
    expression.lastIndex = 0
    return expression.exec(text)?.[0] ?? ''
  }),
  method('findAll', [STRING, STRING], listOf(STRING), (text, pattern) => findAll(text, pattern, -1n)),
  method('findAll', [STRING, STRING, INT], listOf(STRING), findAll),
]
