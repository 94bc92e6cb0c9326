import { expect, test } from 'vitest'
import { toYaml } from './yaml.ts'

// recorded: kubectl v1.36 -o yaml
test.each([
  ['keys are sorted and sequences not indented', { b: [{ z: 1, a: 'x' }], a: true }, 'a: true\nb:\n- a: x\n  z: 1\n'],
  [
    'what YAML would read otherwise is quoted',
    { a: 'true', b: '123', c: '', d: 'y', e: '1e3', f: '0x1' },
    'a: "true"\nb: "123"\nc: ""\nd: "y"\ne: "1e3"\nf: "0x1"\n',
  ],
  ['single quotes where plain is not allowed', { a: '*x', b: 'a: b', c: "it's: so" }, "a: '*x'\nb: 'a: b'\nc: 'it''s: so'\n"],
  ['literal blocks', { a: 'x\ny\n', b: 'x\ny' }, 'a: |\n  x\n  y\nb: |-\n  x\n  y\n'],
  ['tabs and trailing blanks force double quotes', { a: 'x\ty\n', b: 'x \ny' }, 'a: "x\\ty\\n"\nb: "x \\ny"\n'],
  ['empty things', { a: {}, b: [], c: null }, 'a: {}\nb: []\nc: null\n'],
  ['nested sequences', { a: [['x'], []] }, 'a:\n- - x\n- []\n'],
  [
    'long text is folded at the first blank past the width',
    {
      metadata: {
        annotations: {
          'kubernetes.io/description': 'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints',
        },
      },
    },
    'metadata:\n  annotations:\n    kubernetes.io/description: Contains a CA bundle that can be used to verify the\n      kube-apiserver when using internal endpoints\n',
  ],
])('%s', (_, value, text) => {
  expect(toYaml(value)).toBe(text)
})
