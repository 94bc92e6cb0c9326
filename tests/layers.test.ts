import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { BANNED, LAYERS, MODEL_ROOMS } from './layers.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

function sources(folder: string): string[] {
  const out: string[] = []
  for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      if (entry.name !== 'generated' && entry.name !== 'generate') out.push(...sources(name))
    } else if (/\.(ts|astro|mdx)$/.test(entry.name)) out.push(name)
  }
  return out
}

/** Code without comments and without the contents of strings, so that prose may name what is banned. */
function bare(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (m) => m.replace(/[^\n]/g, ' '))
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
    .replace(/(^|[^:])\/\/.*$/gm, '$1')
    .replace(/`(?:[^`\\$]|\\.)*`/g, '``')
}

/** Where an import leads, as a path from the root without extension; undefined for packages. */
function target(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return `src/${specifier.slice(1)}`
  if (specifier.startsWith('.')) return path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier))
  return undefined
}

const within = (file: string, room: string): boolean => file === room || file.startsWith(`${room}/`) || file.startsWith(`${room}.`)

/** Tests, and what only tests use. */
const IS_TEST = /(\.test|\/test-[a-z-]+)\.ts$/

const files = sources('src')

test('imports only point down the table of layers', () => {
  const wrong: string[] = []
  for (const file of files) {
    if (IS_TEST.test(file)) continue
    const room = Object.keys(LAYERS).find((r) => within(file, r))
    const text = fs.readFileSync(path.join(root, file), 'utf8')
    for (const [, a, b] of text.matchAll(/\b(?:from|import)\s*\(?\s*(?:'([^'\n]+)'|"([^"\n]+)")/g)) {
      const to = target(file, a ?? b ?? '')
      if (to === undefined || room === undefined || within(to, room)) continue
      const allowed = LAYERS[room] ?? []
      if (!allowed.some((r) => within(to, r))) {
        wrong.push(`${file} imports ${to}: ${room} may import ${allowed.join(', ') || 'nothing'}; move the code down, or pass it in`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test('nothing real exists in the model', () => {
  const wrong: string[] = []
  for (const file of files) {
    if (IS_TEST.test(file) || !MODEL_ROOMS.some((r) => file.startsWith(`src/${r}/`))) continue
    bare(fs.readFileSync(path.join(root, file), 'utf8'))
      .split('\n')
      .forEach((line, i) => {
        for (const { pattern, instead } of BANNED) {
          const hit = pattern.exec(line)
          if (hit !== null) wrong.push(`${file}:${i + 1}: ${hit[0]}: use ${instead}`)
        }
      })
  }
  expect(wrong).toEqual([])
})
