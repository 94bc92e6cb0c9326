/** The file that `kubectl edit` hands to an editor: its head, its comments, its way to the editor and back. */
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { CommandError } from '../errors.ts'
import { readFile, writeFile } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { sorted } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'
import { readYaml, YamlFailure } from '../yaml-documents.ts'
import { runProgram } from './diff.ts'

const HEAD = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`

/** Why a file has to be edited again. */
export interface Reason {
  readonly head: string
  readonly other: readonly string[]
}

export function header(reasons: readonly Reason[]): string {
  const told = reasons.map(({ head, other }) => {
    const lines = `# ${head}${other.length > 0 ? ':' : ''}`.replaceAll('\n', '\n# ')
    return `${lines}\n${other.map((one) => `# * ${one.replaceAll('\n', '\n# ')}\n`).join('')}#\n`
  })
  return HEAD + told.join('')
}

/** Without lines that are comments. */
export function manualStrip(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*#(?!!)/.test(line))
    .join('\n')
}

/** What a file says, however it is written; of one that is no YAML the text without comments. */
export function stripComments(text: string): string {
  try {
    return JSON.stringify(sorted(readYaml(text)))
  } catch (error) {
    if (error instanceof YamlFailure) return manualStrip(text)
    throw error
  }
}

/** The objects of an edited file. Throws CommandError in the words of the YAML reader; empty when there is no object. */
export function readEdited(text: string): KubeObject[] {
  let value: unknown
  try {
    value = readYaml(text)
  } catch (error) {
    if (error instanceof YamlFailure) throw new CommandError(`yaml: ${error.message}`)
    throw error
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  const object = value as KubeObject
  return object.kind === 'List' && Array.isArray(object.items) ? (object.items as KubeObject[]) : [object]
}

/** Lets the editor of KUBE_EDITOR, EDITOR (vi) change a temporary file; the file stays. */
export function* launchTempFile(k: Kubectl, content: Uint8Array, suffix: string): Sim<{ readonly text: string; readonly file: string }> {
  const folder = k.proc.getenv('TMPDIR') || '/tmp'
  const random = k.proc.getrandom(4).reduce((sum, byte) => sum * 256 + byte, 0)
  const file = `${folder}/kubectl-edit-${random}${suffix}`
  yield* writeFile(k.proc, file, content, 0o600)
  const editor = k.proc.getenv('KUBE_EDITOR') || k.proc.getenv('EDITOR') || 'vi'
  const code = yield* runProgram(k, /[\s"'\\]/.test(editor) ? ['/bin/bash', '-c', `${editor} ${JSON.stringify(file)}`] : [editor, file])
  if (code === undefined) throw new CommandError(`unable to launch the editor ${JSON.stringify(editor)}`)
  if (code !== 0) throw new CommandError(`there was a problem with the editor ${JSON.stringify(editor)}`)
  return { text: decode(yield* readFile(k.proc, file)), file }
}
