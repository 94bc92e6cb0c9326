/** `kubectl apply view-last-applied`, `set-last-applied`. */
import { infoOf, infoPath, readManifests, selectObjects } from '../builder.ts'
import type { Command } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print } from '../io.ts'
import { dryRun, report, sorted } from '../print/object.ts'
import { toYaml } from '../print/yaml.ts'
import { LAST_APPLIED, lastApplied } from './apply-patch.ts'
import { notModelled } from './not-modelled.ts'

export const editLastApplied = notModelled(
  'edit-last-applied',
  'Edit latest last-applied-configuration annotations of a resource/object',
  undefined,
  'apply edit-last-applied',
)

export const viewLastApplied: Command = {
  name: 'view-last-applied',
  use: '(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  short: 'View the latest last-applied-configuration annotations of a resource/object',
  flags: [
    SHARED.all('Select all resources in the namespace of the specified resource types'),
    SHARED.filename('Filename, directory, or URL to files that contains the last-applied-configuration annotations'),
    SHARED.kustomize,
    { name: 'output', short: 'o', type: 'string', default: "'yaml'", usage: 'Output format. Must be one of (yaml, json)' },
    SHARED.recursive(),
    SHARED.selector,
  ],
  *run(k, call) {
    const output = call.flags.string('output')
    if (output !== 'yaml' && output !== 'json')
      throw new UsageError(call.path, `Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`)
    for (const info of yield* selectObjects(k, call, { all: true })) {
      const text = info.object?.metadata?.annotations?.[LAST_APPLIED]
      if (text === undefined) continue
      const value: unknown = JSON.parse(text)
      yield* print(k.proc, output === 'json' ? `${JSON.stringify(sorted(value), null, 2)}\n` : toYaml(value))
    }
    return 0
  },
}

export const setLastApplied: Command = {
  name: 'set-last-applied',
  use: '-f FILENAME',
  short: 'Set the last-applied-configuration annotation on a live object to match the contents of a file',
  flags: [
    {
      name: 'create-annotation',
      type: 'bool',
      default: 'false',
      usage: "Will create 'last-applied-configuration' annotations if current objects doesn't have one",
    },
    SHARED.dryRun,
    SHARED.filename('Filename, directory, or URL to files that contains the last-applied-configuration annotations'),
    SHARED.output,
    SHARED.showManagedFields,
    SHARED.template,
  ],
  *run(k, call) {
    if (call.flags.list('filename').length === 0) throw new CommandError('must specify one of -f and -k')
    const mapper = yield* k.mapper()
    const rest = yield* k.rest()
    for (const manifest of (yield* readManifests(k, call)).manifests) {
      const info = infoOf(mapper, manifest, yield* k.namespace(), call.flags.changed('namespace'))
      const live = yield* rest.json('GET', infoPath(info))
      if (live.metadata?.annotations?.[LAST_APPLIED] === undefined && !call.flags.bool('create-annotation')) {
        throw new CommandError(
          `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
        )
      }
      const wanted = lastApplied(info.object)
      const annotations = { [LAST_APPLIED]: wanted.metadata?.annotations?.[LAST_APPLIED] ?? '' }
      const query = { dryRun: dryRun(call) === 'server' ? 'All' : undefined }
      const object =
        dryRun(call) === 'client'
          ? live
          : yield* rest.json('PATCH', infoPath(info), { metadata: { annotations } }, { contentType: 'application/merge-patch+json', query })
      yield* report(k, call, info.mapping, object, 'configured')
    }
    return 0
  },
}
