/**
 * Manifests taken apart and read as kubectl does: a stream is cut at lines that begin with `---`, each part is read
 * by itself, and a part that cannot be read is told in go-yaml's words. Source: apimachinery util/yaml; go-yaml v2, scannerc and parserc.
 */
import { parseAllDocuments, parseDocument } from 'yaml'

/** A part of a stream that is no YAML; the message is go-yaml's, without `yaml: `. */
export class YamlFailure extends Error {}

/** The parts between separator lines; a line's own text after `---` is dropped, as the real splitter does. */
export function splitDocuments(text: string): string[] {
  return text.split(/\n---[^\n]*(?:\n|$)/)
}

/** The value of one part; null when it is empty. */
export function readYaml(text: string): unknown {
  const options = { version: '1.1', uniqueKeys: false, merge: true } as const
  const documents = parseAllDocuments(text, options)
  const document = (Array.isArray(documents) ? documents[0] : undefined) ?? parseDocument('', options)
  const error = document.errors[0]
  if (error !== undefined) throw new YamlFailure(goYamlMessage(text, error.code, error.message, error.pos[0]))
  try {
    return document.toJS() as unknown
  } catch (failure) {
    const anchor = /before the alias\): (\S+)/.exec(failure instanceof Error ? failure.message : '')?.[1]
    if (anchor === undefined) throw failure
    throw new YamlFailure(`unknown anchor '${anchor}' referenced`)
  }
}

/** Where libyaml stops: its scanner's errors count lines from one, its parser's from nought, and line nought is not told. */
function goYamlMessage(text: string, code: string, message: string, at: number): string {
  const scanner = (position: number, words: string): string => told(lineOf(text, position), 1, words)
  const parser = (position: number, words: string): string => told(lineOf(text, position), 0, words)
  switch (code) {
    case 'TAB_AS_INDENT':
    case 'BAD_SCALAR_START':
      return scanner(at, 'found character that cannot start any token')
    case 'BLOCK_AS_IMPLICIT_KEY':
      return scanner(nextMatch(text, /:(?=\s|$)/g, at), 'mapping values are not allowed in this context')
    case 'BAD_DQ_ESCAPE':
      return scanner(at, 'found unknown escape character')
    case 'MULTILINE_IMPLICIT_KEY':
    case 'KEY_OVER_1024_CHARS':
      return scanner(nextMatch(text, /\n\s*(?=\S)/g, at, true), "could not find expected ':'")
  }
  if (/^Missing closing ["']quote/.test(message)) return scanner(text.length, 'found unexpected end of stream')
  if (/^Flow map /.test(message) || /must end with a \}/.test(message)) return parser(at, "did not find expected ',' or '}'")
  if (/^Flow sequence /.test(message) || /must end with a \]/.test(message)) return parser(at, "did not find expected ',' or ']'")
  if (/^Implicit (map )?keys/.test(message)) return scanner(nextMatch(text, /\n\s*(?=\S)/g, at, true), "could not find expected ':'")
  if (/sequence/i.test(message) && /column|indent/.test(message)) return parser(at, "did not find expected '-' indicator")
  if (/sequence is not allowed/.test(message)) return scanner(at, 'block sequence entries are not allowed in this context')
  if (/Unexpected (flow-|comma|double-quoted|single-quoted)/.test(message)) return parser(at, 'did not find expected node content')
  return parser(at, 'did not find expected key')
}

function told(line: number, base: number, words: string): string {
  return line === 0 ? words : `line ${line + base}: ${words}`
}

/** Line of a position, counted from nought. */
function lineOf(text: string, position: number): number {
  return text.slice(0, position).split('\n').length - 1
}

function nextMatch(text: string, pattern: RegExp, from: number, end = false): number {
  pattern.lastIndex = from
  const match = pattern.exec(text)
  return match === null ? text.length : match.index + (end ? match[0].length : 0)
}
