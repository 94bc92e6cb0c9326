/** The book itself: every file of `content` is read by the strict schemas, and what refers to something finds it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadChapterFront, loadLab, loadQuiz, loadSectionFront, loadSyllabus } from './load.ts'
import { parts } from './prose.ts'
import { listingsOf, parseMeta, parseTranscript } from './transcript.ts'

const CONTENT = fileURLToPath(new URL('../../content/', import.meta.url))
const text = (...path: string[]): string => readFileSync(join(CONTENT, ...path), 'utf8')
const front = (mdx: string): unknown => parse(/^---\n([\s\S]*?)\n---/.exec(mdx)?.[1] ?? '')
const folders = readdirSync(CONTENT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

describe.each(folders)('content/%s', (folder) => {
  const sections = readdirSync(join(CONTENT, folder)).filter((name) => /^\d+.*\.mdx$/.test(name))
  const lab = loadLab(text(folder, 'lab.yaml'), folder)
  const quiz = loadQuiz(text(folder, 'quiz.yaml'), folder)

  it('is a chapter of the syllabus', () => {
    const { id } = loadChapterFront(front(text(folder, 'index.mdx')), folder)
    expect(id).toBe(folder)
    expect(loadSyllabus(text('syllabus.yaml')).parts.flatMap((part) => part.chapters.map((c) => c.id))).toContain(id)
  })

  it('shows each of its tasks once', () => {
    const shown = sections.flatMap((name) => [...text(folder, name).matchAll(/<Task id="([^"]+)"/g)].map((match) => match[1]))
    expect([...shown].sort()).toEqual(lab.tasks.map((task) => task.id).sort())
  })

  it('begins its ids with its own name', () => {
    const ids = [
      ...sections.map((name) => loadSectionFront(front(text(folder, name)), name).id),
      ...lab.tasks.map((t) => t.id),
      ...quiz.questions.map((q) => q.id),
    ]
    expect(ids.filter((id) => !id.startsWith(`${folder}-`))).toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('has sections of a readable length and listings that can be read', () => {
    for (const name of sections) {
      const mdx = text(folder, name)
      const words = mdx
        .replace(/^---[\s\S]*?---/, '')
        .replace(/^```[\s\S]*?^```/gm, '')
        .replace(/<[^>]*>/g, '')
        .split(/\s+/).length
      expect(words, name).toBeGreaterThan(150)
      expect(words, name).toBeLessThan(1100)
      for (const { options } of listingsOf(mdx)) expect(lab.machines, name).toContain(options.on)
    }
  })
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
  expect(parseMeta('run on=kind-worker loose')).toEqual({
    run: true,
    on: 'kind-worker',
    loose: true,
    partial: false,
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
