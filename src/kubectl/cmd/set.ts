import { infoPath, NO_RESOURCES, selectObjects } from '../builder.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { dryRun, report } from '../print/object.ts'
import { type ContainerSpec, podSpec } from './pod-for-object.ts'

const image: Command = {
  name: 'image',
  use: '(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  short: 'Update the image of a pod template',
  long: 'Update existing container image(s) of resources.\n\n Possible resources include (case insensitive):\n\n        pod (po), replicationcontroller (rc), deployment (deploy), daemonset (ds), statefulset (sts), cronjob (cj), replicaset (rs)',
  flags: [
    SHARED.all('Select all resources, in the namespace of the specified resource types'),
    SHARED.dryRun,
    SHARED.fieldManager('kubectl-set'),
    SHARED.filename('Filename, directory, or URL to files identifying the resource to get from a server.'),
    SHARED.kustomize,
    SHARED.output,
    SHARED.recursive(),
    SHARED.selector,
    SHARED.showManagedFields,
    SHARED.template,
  ],
  *run(k, call) {
    const pairs = call.args.filter((a) => a.includes('='))
    const args = call.args.filter((a) => !a.includes('='))
    if (args.length === 0 && call.flags.list('filename').length === 0) throw new CommandError(NO_RESOURCES)
    const infos = yield* selectObjects(k, call, { args, all: call.flags.bool('all') })
    if (pairs.length === 0) throw new CommandError('at least one image update is required')
    const rest = yield* k.rest()
    for (const info of infos) {
      const inPod = info.object?.kind === 'Pod'
      const template = inPod ? (info.object ?? {}) : ((info.object?.spec as { template?: { spec?: unknown } } | undefined)?.template ?? {})
      const containers = podSpec(template).containers ?? []
      const changes = pairs.flatMap((pair) => changeOf(pair, containers))
      const effective = changes.filter((c) => containers.find((x) => x.name === c.name)?.image !== c.image)
      if (effective.length === 0) continue
      const spec = { containers: effective }
      const body = inPod ? { spec } : { spec: { template: { spec } } }
      const query = { fieldManager: call.flags.string('field-manager'), dryRun: dryRun(call) === 'server' ? 'All' : undefined }
      const object = dryRun(call) === 'client' ? (info.object ?? {}) : yield* rest.json('PATCH', infoPath(info), body, { contentType: 'application/strategic-merge-patch+json', query })
      yield* report(k, call, info.mapping, object, 'image updated')
    }
    return 0
  },
}

function changeOf(pair: string, containers: readonly ContainerSpec[]): { name: string; image: string }[] {
  const eq = pair.indexOf('=')
  const name = pair.slice(0, eq)
  const image = pair.slice(eq + 1)
  if (name === '*') return containers.map((c) => ({ name: c.name, image }))
  if (!containers.some((c) => c.name === name)) throw new CommandError(`unable to find container named ${JSON.stringify(name)}`)
  return [{ name, image }]
}

export const set: Command = {
  name: 'set',
  use: 'SUBCOMMAND',
  short: 'Set specific features on objects',
  long: 'Configure application resources.\n\n These commands help you make changes to existing application resources.',
  group: 'Basic Commands (Beginner)',
  flags: [],
  commands: [image],
}
