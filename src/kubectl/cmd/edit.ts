import { parse } from 'yaml'
import { decode, encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, selectObjects } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, describeFailure, ServerError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { printError, readFile, writeFile } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { report } from '../print/object.ts'
import { toYaml } from '../print/yaml.ts'
import type { KubeObject } from '../rest.ts'
import { runProgram } from './diff.ts'
import { patchBetween, sendChange } from './object-patch.ts'

const HEAD = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`

export const edit: Command = {
  name: 'edit',
  use: '(RESOURCE/NAME | -f FILENAME)',
  short: 'Edit a resource on the server',
  group: 'Basic Commands (Intermediate)',
  flags: [
    SHARED.allowMissing,
    SHARED.fieldManager('kubectl-edit'),
    SHARED.filename('Filename, directory, or URL to files to use to edit the resource'),
    SHARED.kustomize,
    SHARED.output,
    { name: 'output-patch', type: 'bool', default: 'false', usage: 'Output the patch if the resource is edited.' },
    SHARED.recursive(),
    SHARED.saveConfig,
    SHARED.showManagedFields,
    {
      name: 'subresource',
      type: 'string',
      default: "''",
      usage: 'If specified, edit will operate on the subresource of the requested object.',
    },
    SHARED.template,
    SHARED.validate,
    { name: 'windows-line-endings', type: 'bool', default: 'false', usage: 'Defaults to the line ending native to your platform.' },
  ],
  *run(k, call) {
    for (const info of yield* selectObjects(k, call, { all: true })) {
      const code = yield* editOne(k, call, info)
      if (code !== 0) return code
    }
    return 0
  },
}

function editors(k: Kubectl): string {
  return k.proc.getenv('KUBE_EDITOR') || k.proc.getenv('EDITOR') || 'vi'
}

function* editOne(k: Kubectl, call: Call, info: Info): Sim<number> {
  const { managedFields, ...metadata } = info.object?.metadata ?? {}
  const before: KubeObject = {
    ...info.object,
    metadata: call.flags.bool('show-managed-fields') && managedFields !== undefined ? { ...metadata, managedFields } : metadata,
  }
  const path = `/tmp/kubectl-edit-${k.proc.pid}${k.proc.now() % 1_000_000_000}.yaml`
  let text = `${HEAD}${toYaml(before)}`
  const original = text
  let refused = ''
  for (;;) {
    yield* writeFile(k.proc, path, encode(text), 0o600)
    const editor = editors(k)
    const code = yield* runProgram(k, /[\s"']/.test(editor) ? ['/bin/sh', '-c', `${editor} ${path}`] : [editor, path])
    if (code === undefined) throw new CommandError(`unable to launch the editor ${JSON.stringify(editor)}`)
    if (code !== 0) throw new CommandError(`there was a problem with the editor ${JSON.stringify(editor)}`)
    const edited = decode(yield* readFile(k.proc, path))
    if (edited === original || withoutComments(edited) === withoutComments(original)) {
      k.proc.unlink(path)
      yield* printError(k.proc, 'Edit cancelled, no changes made.\n')
      return 0
    }
    if (edited === text && refused !== '') {
      yield* printError(k.proc, `${refused}\nYou can run \`kubectl replace -f ${path}\` to try this update again.\n`)
      return 1
    }
    if (withoutComments(edited).trim() === '') {
      k.proc.unlink(path)
      yield* printError(k.proc, 'Edit cancelled, saved file was empty.\n')
      return 0
    }
    try {
      const after = parse(edited, { version: '1.1' }) as KubeObject
      const patch = patchBetween(info.mapping, before, after)
      if (patch === undefined) {
        k.proc.unlink(path)
        yield* printError(k.proc, 'Edit cancelled, no changes made.\n')
        return 0
      }
      const object = yield* sendChange(k, call, info, after, patch)
      k.proc.unlink(path)
      yield* report(k, call, info.mapping, object, 'edited')
      return 0
    } catch (error) {
      if (!(error instanceof ServerError) && !(error instanceof Error && error.name.startsWith('YAML'))) throw error
      refused = error instanceof ServerError ? describeFailure(error) : `error: ${error.message.split('\n')[0]}`
      if (error instanceof ServerError)
        yield* printError(
          k.proc,
          `error: ${info.mapping.resource}${info.mapping.group === '' ? '' : `.${info.mapping.group}`} ${JSON.stringify(info.name)} ${error.status.reason === 'Invalid' ? 'is invalid' : `could not be patched: ${error.message}`}\n`,
        )
      const reasons = (error instanceof ServerError ? error.message : refused)
        .split('\n')
        .map((l) => `# ${l}\n`)
        .join('')
      text = `${HEAD.replace(/#\n$/, '')}#\n${reasons}#\n${withoutComments(edited)}`
    }
  }
}

const withoutComments = (text: string): string =>
  text
    .split('\n')
    .filter((l) => !l.startsWith('#'))
    .join('\n')
