/**
 * Strict schemas of what authors write: front matter, `lab.yaml`, `quiz.yaml`, `syllabus.yaml`, `glossary.yaml`. They run at build time and in
 * tests; the page and the worker get validated JSON and carry no validator.
 */
import { z } from 'zod'
import type { Check } from './checks.ts'
import type { Json } from './path.ts'
import { parsePath } from './path.ts'
import type { ChapterFront, Glossary, Lab, Question, Quiz, SectionFront, Syllabus } from './types.ts'

z.config({ jitless: true })

export const permanentId = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'an id is lower-case words joined by dashes')
const text = z.string().trim().min(1)
const sentence = text.max(600)

const path = z.string().superRefine((value, context) => {
  try {
    parsePath(value)
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
  }
})
const regex = z.string().superRefine((value, context) => {
  try {
    new RegExp(value)
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
  }
})

const json: z.ZodType<Json> = z.json() as z.ZodType<Json>

const condition = z
  .strictObject({
    path,
    exists: z.boolean().exactOptional(),
    equals: json.exactOptional(),
    notEquals: json.exactOptional(),
    oneOf: z.array(json).exactOptional(),
    atLeast: z.number().exactOptional(),
    atMost: z.number().exactOptional(),
    contains: z.string().exactOptional(),
    matches: regex.exactOptional(),
    image: z.string().exactOptional(),
    equalsPath: path.exactOptional(),
    of: z.enum(['some', 'every']).exactOptional(),
    else: sentence.exactOptional(),
  })
  .refine(
    (value) => Object.keys(value).some((key) => !['path', 'of', 'else'].includes(key)),
    'a condition needs an operator (equals, atLeast, exists …)',
  )

const resource = z.strictObject({
  kind: z.literal('resource'),
  get: z.strictObject({
    apiVersion: text,
    kind: text,
    namespace: text.exactOptional(),
    name: text.exactOptional(),
    selector: z.record(z.string(), z.string()).exactOptional(),
  }),
  where: z.array(condition).exactOptional(),
  count: z
    .strictObject({ exactly: z.int().exactOptional(), atLeast: z.int().exactOptional(), atMost: z.int().exactOptional() })
    .exactOptional(),
  missing: sentence.exactOptional(),
  else: sentence.exactOptional(),
})

const file = z.strictObject({
  kind: z.literal('file'),
  machine: text,
  path: text,
  exists: z.boolean().exactOptional(),
  contains: z.string().exactOptional(),
  matches: regex.exactOptional(),
  else: sentence.exactOptional(),
})

const count = z
  .strictObject({ exactly: z.int().exactOptional(), atLeast: z.int().exactOptional(), atMost: z.int().exactOptional() })
  .exactOptional()

const machine = z.strictObject({
  kind: z.enum(['process', 'mount', 'link']),
  machine: text,
  where: z.array(condition).exactOptional(),
  count,
  else: sentence.exactOptional(),
})

const http = z.strictObject({
  kind: z.literal('http'),
  from: text,
  url: z.url(),
  status: z.int().exactOptional(),
  contains: z.string().exactOptional(),
  else: sentence.exactOptional(),
})

export const check: z.ZodType<Check> = z.lazy(() =>
  z.union([
    resource,
    file,
    http,
    machine,
    z.strictObject({ all: z.array(check).min(1) }),
    z.strictObject({ any: z.array(check).min(1), else: sentence.exactOptional() }),
    z.strictObject({ not: check, else: sentence }),
  ]),
)

const script = z.strictObject({ about: sentence, on: text.default('laptop'), run: text })

export const lab: z.ZodType<Lab> = z.strictObject({
  scenario: permanentId,
  seed: z.int().min(0).default(1),
  machines: z.array(text).min(1),
  tasks: z.array(
    z.strictObject({
      id: permanentId,
      title: sentence,
      done: check,
      solutions: z.array(script).min(1),
      near: z.array(script).min(1),
      hints: z.array(sentence).min(1),
    }),
  ),
})

const option = z.strictObject({ id: permanentId, text: sentence, why: sentence, correct: z.boolean().exactOptional() })
const options = z.array(option).min(3).max(6)
/** House rules of quizzes: no negations that ask for the exception, nothing that leans on the other options. */
const ask = sentence.refine((value) => !/\b(not|except|false)\b/i.test(value), 'ask for what holds, not for the exception')
const fair = (value: { options: readonly { text: string }[] }): boolean =>
  value.options.every((o) => !/\b(none|all|both) of the (above|these|others)\b/i.test(o.text))
const UNFAIR = 'no option may lean on the others'

export const question: z.ZodType<Question> = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('single'), id: permanentId, ask, options })
    .refine((q) => q.options.filter((o) => o.correct).length === 1, 'exactly one option is correct')
    .refine(fair, UNFAIR),
  z
    .strictObject({ kind: z.literal('multi'), id: permanentId, ask, options })
    .refine(
      (q) => q.options.filter((o) => o.correct).length >= 2 && q.options.some((o) => !o.correct),
      'at least two are correct and one is not',
    )
    .refine(fair, UNFAIR),
  z.strictObject({
    kind: z.literal('order'),
    id: permanentId,
    ask,
    options: z
      .array(option.omit({ correct: true }))
      .min(3)
      .max(7),
  }),
  z
    .strictObject({
      kind: z.literal('predict'),
      id: permanentId,
      ask,
      on: text.default('laptop'),
      setup: text.exactOptional(),
      run: text,
      options,
    })
    .refine((q) => q.options.filter((o) => o.correct).length === 1, 'exactly one option is correct'),
  z.strictObject({
    kind: z.literal('do'),
    id: permanentId,
    ask,
    done: check,
    solutions: z.array(script).min(1),
    near: z.array(script).min(1),
    why: sentence,
  }),
])

export const quiz: z.ZodType<Quiz> = z.strictObject({ questions: z.array(question).min(1) })

export const syllabus: z.ZodType<Syllabus> = z.strictObject({
  parts: z.array(
    z.strictObject({
      title: text,
      chapters: z.array(z.strictObject({ id: permanentId, title: text, promise: sentence, teaches: z.array(sentence).min(1) })),
    }),
  ),
})

export const glossary: z.ZodType<Glossary> = z.strictObject({
  terms: z
    .array(
      z.strictObject({
        id: permanentId,
        term: text,
        also: z.array(text).default([]),
        text: sentence,
        chapter: permanentId,
        see: z.array(permanentId).default([]),
      }),
    )
    .min(1),
})

export const chapterFront: z.ZodType<ChapterFront> = z.strictObject({
  id: permanentId,
  title: text,
  summary: sentence,
  outcomes: z.array(sentence).min(1),
  coming: z.array(sentence).default([]),
  further: z.array(sentence).default([]),
  preview: z.boolean().default(false),
})

export const sectionFront: z.ZodType<SectionFront> = z.strictObject({ id: permanentId, title: text })
