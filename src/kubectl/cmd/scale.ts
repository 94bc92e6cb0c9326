import { infoPath, selectObjects } from '../builder.ts'
import type { Command } from '../command.ts'
import { CommandError, ServerError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { dryRun, report } from '../print/object.ts'

export const scale: Command = {
  name: 'scale',
  use: '[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  short: 'Set a new size for a deployment, replica set, or replication controller',
  long: 'Set a new size for a deployment, replica set, replication controller, or stateful set.\n\n Scale also allows users to specify one or more preconditions for the scale action.\n\n If --current-replicas or --resource-version is specified, it is validated before the scale is attempted, and it is guaranteed that the precondition holds true when the scale is sent to the server.',
  group: 'Deploy Commands',
  flags: [
    SHARED.all('Select all resources in the namespace of the specified resource types'),
    {
      name: 'current-replicas',
      type: 'int',
      default: '-1',
      usage:
        'Precondition for current size. Requires that the current size of the resource match this value in order to scale. -1 (default) for no condition.',
    },
    SHARED.dryRun,
    SHARED.filename('Filename, directory, or URL to files identifying the resource to set a new size'),
    SHARED.kustomize,
    SHARED.output,
    SHARED.recursive(),
    { name: 'replicas', type: 'int', default: '0', usage: 'The new desired number of replicas. Required.' },
    {
      name: 'resource-version',
      type: 'string',
      default: "''",
      usage: 'Precondition for resource version. Requires that the current resource version match this value in order to scale.',
    },
    SHARED.selector,
    SHARED.showManagedFields,
    SHARED.template,
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage:
        "The length of time to wait before giving up on a scale operation, zero means don't wait. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).",
    },
  ],
  *run(k, call) {
    const { flags } = call
    if (!flags.changed('replicas')) throw new CommandError('required flag(s) "replicas" not set')
    const replicas = flags.int('replicas')
    if (replicas < 0) throw new CommandError('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0')
    const rest = yield* k.rest()
    const infos = yield* selectObjects(k, call, { singleType: true, all: flags.bool('all') })
    for (const info of infos) {
      const current = (info.object?.spec as { replicas?: number } | undefined)?.replicas ?? 0
      const expected = flags.int('current-replicas')
      if (expected >= 0 && current !== expected) throw new CommandError(`Expected replicas to be ${expected}, was ${current}`)
      if (!info.mapping.subresources.includes('scale'))
        throw new ServerError({ code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' })
      const query = { dryRun: dryRun(call) === 'server' ? 'All' : undefined }
      if (dryRun(call) !== 'client')
        yield* rest.json('PATCH', infoPath(info, 'scale'), { spec: { replicas } }, { contentType: 'application/merge-patch+json', query })
      yield* report(k, call, info.mapping, info.object ?? {}, 'scaled')
    }
    return 0
  },
}
