import { parse } from 'yaml'
import { equal, isObj } from '#kubernetes/api/json.ts'
import { applyJsonPatch } from '#kubernetes/api/json-patch.ts'
import { applyMergePatch } from '#kubernetes/api/merge-patch.ts'
import { definitionOf } from '#kubernetes/api/protobuf.ts'
import { applyStrategicMergePatch } from '#kubernetes/api/strategic-merge-patch.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, infoPath, selectObjects } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, describeFailure, ServerError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError, readFile } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { groupVersion } from '../mapping.ts'
import { dryRun, objectPrinter, report } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'

const TYPES: Readonly<Record<string, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
}

export const patch: Command = {
  name: 'patch',
  use: '(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  short: 'Update fields of a resource',
  long: 'Update fields of a resource using strategic merge patch, a JSON merge patch, or a JSON patch.\n\n JSON and YAML formats are accepted.\n\n Note: Strategic merge patch is not supported for custom resources.',
  group: 'Advanced Commands',
  flags: [
    SHARED.dryRun,
    SHARED.fieldManager('kubectl-patch'),
    SHARED.filename('Filename, directory, or URL to files identifying the resource to update'),
    SHARED.kustomize,
    {
      name: 'local',
      type: 'bool',
      default: 'false',
      usage: 'If true, patch will operate on the content of the file, not the server-side resource.',
    },
    SHARED.output,
    { name: 'patch', short: 'p', type: 'string', default: "''", usage: 'The patch to be applied to the resource JSON file.' },
    { name: 'patch-file', type: 'string', default: "''", usage: 'A file containing a patch to be applied to the resource.' },
    SHARED.recursive(),
    SHARED.showManagedFields,
    {
      name: 'subresource',
      type: 'string',
      default: "''",
      usage: 'If specified, patch will operate on the subresource of the requested object.',
    },
    SHARED.template,
    { name: 'type', type: 'string', default: "'strategic'", usage: 'The type of patch being provided; one of [json merge strategic]' },
  ],
  run,
}

function* run(k: Kubectl, call: Call): Sim<number> {
  const { flags } = call
  if (flags.bool('local') && call.args.length > 0) throw new CommandError('cannot specify --local and server resources')
  const inline = flags.string('patch')
  const file = flags.string('patch-file')
  if (inline !== '' && file !== '') throw new CommandError('cannot specify --patch and --patch-file together')
  if (inline === '' && file === '') throw new CommandError('must specify --patch or --patch-file containing the contents of the patch')
  const contentType = TYPES[flags.string('type').toLowerCase()]
  if (contentType === undefined)
    throw new CommandError(`--type must be one of [json merge strategic], not ${JSON.stringify(flags.string('type'))}`)
  const text = file === '' ? inline : decode(yield* readFile(k.proc, file))
  let failed = 0
  const infos = yield* selectObjects(k, call)
  for (const info of infos) {
    try {
      yield* patchOne(k, call, info, text, contentType)
    } catch (error) {
      if (!(error instanceof ServerError) || infos.length === 1) throw error
      failed++
      yield* printError(k.proc, `${describeFailure(error)}\n`)
    }
  }
  return failed > 0 ? 1 : 0
}

function* patchOne(k: Kubectl, call: Call, info: Info, text: string, contentType: string): Sim<void> {
  const body = parsePatch(text)
  const before = info.object ?? {}
  let after: KubeObject
  if (dryRun(call) === 'client' || call.flags.bool('local')) after = applyLocally(info, before, body, contentType)
  else {
    const query = { fieldManager: call.flags.string('field-manager') || undefined, dryRun: dryRun(call) === 'server' ? 'All' : undefined }
    const rest = yield* k.rest()
    try {
      after = yield* rest.json('PATCH', infoPath(info, call.flags.string('subresource') || undefined), body, { contentType, query })
    } catch (error) {
      if (error instanceof ServerError && error.status.reason === 'UnsupportedMediaType') {
        throw new CommandError(
          `${contentType} is not supported by ${groupVersion(info.mapping)}, Kind=${info.mapping.kind}: ${error.message}`,
        )
      }
      throw error
    }
  }
  const changed = !equal(bare(before), bare(after))
  const { kind = '', apiVersion = '' } = after
  // The answer names its own kind: a Scale is not a Deployment. A dry run of the server is not told.
  if ((kind !== '' && kind !== info.mapping.kind) || dryRun(call) === 'server') {
    const printer = yield* objectPrinter(k, call)
    const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : ''
    yield* print(
      k.proc,
      printer?.(after, undefined) ??
        `${kind.toLowerCase()}${group}/${after.metadata?.name ?? info.name} patched${changed ? '' : ' (no change)'}\n`,
    )
    return
  }
  yield* report(k, call, info.mapping, after, changed ? 'patched' : 'patched (no change)')
}

/** Without what a write changes by itself. */
function bare(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata ?? {}
  return { ...object, metadata }
}

function parsePatch(text: string): unknown {
  try {
    return parse(text, { version: '1.1' })
  } catch (error) {
    const [message = ''] = (error instanceof Error ? error.message : '').split('\n')
    throw new CommandError(`unable to parse ${JSON.stringify(text)}: yaml: ${message}`)
  }
}

function applyLocally(info: Info, object: KubeObject, body: unknown, contentType: string): KubeObject {
  if (contentType === TYPES.json) return applyJsonPatch(object, body) as KubeObject
  const def = contentType === TYPES.strategic && isObj(body) ? definitionOf(groupVersion(info.mapping), info.mapping.kind) : undefined
  if (def === undefined) return applyMergePatch(object, body) as KubeObject
  return applyStrategicMergePatch(object, body, def)
}
