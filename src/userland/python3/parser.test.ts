import { describe, expect, it } from 'vitest'
import { PythonSyntax, parsePython } from './parser.ts'

/** The kinds of statements and the kind of the first expression in each. */
function shape(text: string): string {
  try {
    return parsePython(text)
      .map((s) => ('e' in s && s.e !== undefined ? `${s.t}:${s.e.t}` : s.t))
      .join(' ')
  } catch (error) {
    if (error instanceof PythonSyntax) return `${error.message} @${error.line}`
    throw error
  }
}

describe('parsePython', () => {
  const rows: readonly (readonly [text: string, shape: string])[] = [
    ['import sys,time\nb=[]\nfor i in range(3):\n    b.append(i)\nprint("x",flush=True)\n', 'import assign:list for expr:call'],
    ['a = b = 1; a += 2', 'assign:num aug:num'],
    ['if a: pass\nelif b:\n  x\nelse:\n  y', 'if'],
    ['x = (1,\n  2)\n# note\n\ny = f"{x[0]:03d}"', 'assign:tuple assign:fstr'],
    ['def f(a, b=1):\n  return a if a else b\nf(1, b=2)', 'def expr:call'],
    ['[x for x in y if x not in z]', 'expr:comp'],
    ['for i in x:\nprint(i)', 'expected an indented block @2'],
    ['a +', 'invalid syntax @1'],
    ['class A: pass', 'podlab: this part of Python is not modelled @1'],
  ]
  for (const [text, expected] of rows) it(JSON.stringify(text), () => expect(shape(text)).toBe(expected))
})
