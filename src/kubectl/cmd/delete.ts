import type { Sim } from '#sim/wait.ts'
import { type Info, infoOf, infoPath, NO_RESOURCES, parseResourceArgs, readManifests } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, Failures, ServerError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { gvrText, pathOf, singularName } from '../mapping.ts'
import { dryRun, dryRunSuffix } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'

export const deleteCommand: Command = {
  name: 'delete',
  use: '([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  short: 'Delete resources by file names, stdin, resources and names, or by resources and label selector',
  group: 'Basic Commands (Intermediate)',
  flags: [
    SHARED.all('Delete all resources, in the namespace of the specified resource types.'),
    SHARED.allNamespaces,
    {
      name: 'cascade',
      type: 'string',
      default: "'background'",
      noOptDefault: 'background',
      usage:
        'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.',
    },
    SHARED.dryRun,
    SHARED.fieldSelector,
    SHARED.filename('containing the resource to delete.'),
    {
      name: 'force',
      type: 'bool',
      default: 'false',
      usage:
        'If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation.',
    },
    {
      name: 'grace-period',
      type: 'int',
      default: '-1',
      usage:
        'Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion).',
    },
    {
      name: 'ignore-not-found',
      type: 'bool',
      default: 'false',
      usage: 'Treat "resource not found" as a successful delete. Defaults to "true" when --all is specified.',
    },
    { ...SHARED.kustomize, usage: "Process a kustomization directory. This flag can't be used together with -f or -R." },
    {
      name: 'now',
      type: 'bool',
      default: 'false',
      usage: 'If true, resources are signaled for immediate shutdown (same as --grace-period=1).',
    },
    { name: 'output', short: 'o', type: 'string', default: "''", usage: 'Output mode. Use "-o name" for shorter output (resource/name).' },
    SHARED.recursive(),
    SHARED.selector,
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage: 'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
    },
    {
      name: 'wait',
      type: 'bool',
      default: 'true',
      usage: 'If true, wait for resources to be gone before returning. This waits for finalizers.',
    },
  ],
  run,
}

function* run(k: Kubectl, call: Call): Sim<number> {
  const { flags } = call
  if (flags.bool('force') && (!flags.changed('grace-period') || flags.int('grace-period') === 0)) {
    yield* printError(
      k.proc,
      'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
    )
  }
  const propagation = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' }[flags.string('cascade')]
  if (propagation === undefined)
    throw new CommandError(`invalid cascade value (${flags.string('cascade')}). Must be "background", "foreground", or "orphan"`)
  const asked = flags.bool('now') ? 1 : flags.bool('force') && !flags.changed('grace-period') ? 0 : flags.int('grace-period')
  // Immediate deletion takes --force as well; without it one second is meant.
  const grace = asked === 0 && !flags.bool('force') ? 1 : asked

  const { infos, failures } = yield* targets(k, call)
  const deleted: { info: Info; uid: string | undefined }[] = []
  const failed: Error[] = []
  if (infos.length === 0 && failures.length === 0) {
    yield* print(k.proc, 'No resources found\n')
    return 0
  }
  const rest = yield* k.rest()
  for (const info of infos) {
    const options = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}),
      propagationPolicy: propagation,
      ...(dryRun(call) === 'server' ? { dryRun: ['All'] } : {}),
    }
    try {
      const answer = dryRun(call) === 'client' ? undefined : yield* rest.json('DELETE', infoPath(info), options)
      const suffix = info.namespace === undefined ? '' : ` from ${info.namespace} namespace`
      const word = flags.bool('force') && grace === 0 ? 'force deleted' : 'deleted'
      yield* print(
        k.proc,
        flags.string('output') === 'name'
          ? `${singularName(info.mapping)}/${info.name}\n`
          : `${singularName(info.mapping)} "${info.name}" ${word}${suffix}${dryRunSuffix(call)}\n`,
      )
      deleted.push({ info, uid: uidOf(answer) })
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      if (error.notFound && (flags.bool('ignore-not-found') || flags.bool('all'))) continue
      failed.push(info.source === undefined ? error : error.while(`error when deleting ${JSON.stringify(info.source)}`))
    }
  }
  if (flags.bool('wait') && dryRun(call) === 'none' && grace !== 0) for (const { info, uid } of deleted) yield* waitGone(k, call, info, uid)
  const all = [...failed, ...failures]
  const [only] = all
  if (all.length === 1 && only !== undefined) throw only
  if (all.length > 1) throw new Failures(all)
  return 0
}

function uidOf(answer: KubeObject | undefined): string | undefined {
  return (answer?.details as { uid?: string } | undefined)?.uid ?? answer?.metadata?.uid
}

function* targets(k: Kubectl, call: Call): Sim<{ infos: Info[]; failures: readonly Error[] }> {
  const { flags, args } = call
  const namespace = yield* k.namespace()
  if (flags.bool('all') && (flags.string('selector') !== '' || flags.string('field-selector') !== ''))
    throw new CommandError("setting 'all' parameter but found a non empty selector.")
  if (flags.bool('all') && args.length === 0 && flags.list('filename').length === 0)
    throw new CommandError('at least one resource must be specified to use a selector')
  if (flags.list('filename').length > 0 || flags.string('kustomize') !== '') {
    const mapper = yield* k.mapper()
    const { manifests, errors } = yield* readManifests(k, call)
    const infos: Info[] = []
    const failures: Error[] = [...errors]
    for (const manifest of manifests) {
      try {
        infos.push(infoOf(mapper, manifest, namespace, flags.changed('namespace')))
      } catch (error) {
        if (!(error instanceof CommandError)) throw error
        failures.push(error)
      }
    }
    return { infos, failures }
  }
  if (args.length === 0) throw new CommandError(NO_RESOURCES)
  const mapper = yield* k.mapper()
  const { kinds, named } = parseResourceArgs(mapper, args)
  const selector = flags.string('selector')
  const fields = flags.string('field-selector')
  if (named.length > 0 && (flags.bool('all') || selector !== ''))
    throw new CommandError('name cannot be provided when a selector is specified')
  if (kinds.length > 0 && selector === '' && fields === '' && !flags.bool('all'))
    throw new CommandError('resource(s) were provided, but no name was specified')
  const infos: Info[] = named.map(({ mapping, name }) => ({ mapping, namespace: mapping.namespaced ? namespace : undefined, name }))
  const rest = yield* k.rest()
  for (const mapping of kinds) {
    const query = { labelSelector: selector || undefined, fieldSelector: fields || undefined }
    const list = yield* rest.list(pathOf(mapping, flags.bool('all-namespaces') ? undefined : namespace), gvrText(mapping), { query })
    for (const item of (list.items as KubeObject[] | undefined) ?? [])
      infos.push({ mapping, namespace: item.metadata?.namespace, name: item.metadata?.name ?? '' })
  }
  return { infos, failures: [] }
}

/** Waits until the object (with that uid) is gone. */
function* waitGone(k: Kubectl, call: Call, info: Info, uid: string | undefined): Sim<void> {
  const rest = yield* k.rest()
  let version: string | undefined
  try {
    const object = yield* rest.json('GET', infoPath(info))
    if (uid !== undefined && object.metadata?.uid !== uid) return
    version = object.metadata?.resourceVersion
  } catch (error) {
    if (error instanceof ServerError && error.notFound) return
    throw error
  }
  const timeout = call.flags.seconds('timeout')
  const query = {
    fieldSelector: `metadata.name=${info.name}`,
    resourceVersion: version,
    ...(timeout > 0 ? { timeoutSeconds: String(Math.ceil(timeout)) } : {}),
  }
  let gone = false
  yield* rest.watch(pathOf(info.mapping, info.namespace), { query }, function* (event) {
    gone = event.type === 'DELETED'
    return !gone
  })
  if (!gone && timeout > 0) throw new CommandError(`timed out waiting for the condition on ${info.mapping.resource}/${info.name}`)
}
