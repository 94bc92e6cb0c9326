/** The book itself: every file of `content` is read by the strict schemas, and what refers to something finds it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { checkBook } from './check.ts'
import { loadLab, loadQuiz } from './load.ts'
import { parts } from './prose.ts'
import { parseMeta, parseTranscript } from './transcript.ts'

const CONTENT = fileURLToPath(new URL('../../content/', import.meta.url))
const text = (...path: string[]): string => readFileSync(join(CONTENT, ...path), 'utf8')

const files = (): Map<string, string> =>
  new Map(
    readdirSync(CONTENT, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(mdx|yaml)$/.test(name))
      .map((name) => [name.replaceAll('\\', '/'), text(name)]),
  )

it('keeps its own rules', () => {
  expect(checkBook(files()).map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([])
})

it('names file and line of what breaks a rule', () => {
  const book = files()
  const lines = (): readonly string[] => checkBook(book).map(({ file, line, message }) => `${file}:${line}: ${message}`)
  const known = lines()
  const break_ = (name: string, from: string | RegExp, to: string): readonly string[] => {
    const before = book.get(name) ?? ''
    book.set(name, before.replace(from, to))
    expect(book.get(name)).not.toBe(before)
    const found = lines().filter((line) => !known.includes(line))
    book.set(name, before)
    return found
  }
  expect(break_('deploying/3-deployments.mdx', 'id="deploying-roll-out"', 'id="deploying-roll-on"')).toEqual([
    expect.stringMatching(/^deploying\/3-deployments\.mdx:\d{3}: lab\.yaml has no task "deploying-roll-on"$/),
    expect.stringMatching(/^deploying\/lab\.yaml:\d+: the task "deploying-roll-out" is shown 0 times/),
  ])
  expect(break_('deploying/lab.yaml', 'missing:', 'mising:')[0]).toMatch(/^deploying\/lab\.yaml:\d+: tasks\.\d\.done/)
  expect(break_('deploying/1-shape.mdx', 'on=laptop', 'on=moon')[0]).toMatch(
    /^deploying\/1-shape\.mdx:9: the lab opens no terminal on moon/,
  )
  expect(break_('deploying/1-shape.mdx', '<Note', '<Nota')[0]).toContain('<Nota> is no element of the book')
  expect(break_('deploying/quiz.yaml', 'id: deploying-q-created', 'id: deploying-q-who-starts')[0]).toMatch(
    /is used before, in deploying\/quiz\.yaml:/,
  )
  expect(break_('deploying/quiz.yaml', /text: The kubelet on kind-worker2/, `text: ${'The kubelet, '.repeat(20)}`)[0]).toContain(
    'stands out by its length',
  )
  expect(break_('glossary.yaml', 'id: veth', 'id: volume')).toEqual([
    expect.stringMatching(/^glossary\.yaml:\d+: the term "\S+" sends to "veth", which is no other term$/),
    expect.stringMatching(/^glossary\.yaml:\d+: the term "\S+" sends to "veth", which is no other term$/),
    expect.stringMatching(/^glossary\.yaml:\d+: the term "volume" is there twice$/),
  ])
  expect(break_('glossary.yaml', 'chapter: cni', 'chapter: wires')[0]).toMatch(/: no chapter "wires" in syllabus\.yaml$/)
})

it('a question must be fair', () => {
  const option = (id: string, correct = false): string => `{id: ${id}, text: t, why: w${correct ? ', correct: true' : ''}}`
  const quiz = (ask: string, options: string): string => `questions: [{id: a-q, kind: single, ask: '${ask}', options: [${options}]}]`
  const three = `${option('a', true)}, ${option('b')}, ${option('c')}`
  expect(loadQuiz(quiz('Which holds?', three)).questions).toHaveLength(1)
  expect(() => loadQuiz(quiz('Which does not hold?', three))).toThrow('ask for what holds')
  expect(() => loadQuiz(quiz('Which?', `${option('a')}, ${option('b')}, ${option('c')}`))).toThrow('exactly one option is correct')
  expect(() => loadQuiz(quiz('Which?', three.replace('text: t', 'text: None of the above')))).toThrow('no option may lean on the others')
  expect(() => loadQuiz(quiz('Which?', three).replace('ask:', 'aks:'))).toThrow('aks')
})

it('a lab with a bad path or an unknown word is refused with its place', () => {
  const lab = text('deploying', 'lab.yaml')
  expect(() => loadLab(lab.replace('path: spec.replicas', 'path: spec..replicas'))).toThrow(/tasks\.2\.done/)
  expect(() => loadLab(lab.replace('missing:', 'mising:'))).toThrow(/tasks\.\d\.done/)
  expect(() => loadLab(lab.replace('id: deploying-roll-out', 'id: deploying-run-hello'))).toThrow('used twice')
})

it('a transcript is commands and what they print', () => {
  expect(parseTranscript("$ cat > a <<'EOF'\n> one\n>\n> EOF\n$ cat a\none\n\n# id\nroot\n")).toEqual([
    { command: "cat > a <<'EOF'\none\n\nEOF", output: '', line: 0, lines: 4 },
    { command: 'cat a', output: 'one\n\n', line: 4, lines: 1 },
    { command: 'id', output: 'root\n', line: 7, lines: 1 },
  ])
  expect(() => parseTranscript('hello\n')).toThrow('begins with a command')
  expect(parseMeta('run on=kind-worker partial')).toEqual({
    run: true,
    on: 'kind-worker',
    partial: true,
    tty: false,
  })
  expect(() => parseMeta('rnu')).toThrow('knows no "rnu"')
})

it('short texts get code and curly quotes', () => {
  expect(parts('A node\'s `a\'b` says "yes".')).toEqual([
    { kind: 'text', text: 'A node’s ' },
    { kind: 'code', text: "a'b" },
    { kind: 'text', text: ' says “yes”.' },
  ])
})
