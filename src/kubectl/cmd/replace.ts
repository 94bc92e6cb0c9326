import type { Sim } from '#sim/wait.ts'
import { type Info, type InfoOfManifest, infoOf, infoPath, readManifests } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, ServerError, UsageError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { pathOf, singularName } from '../mapping.ts'
import { dryRun, report, writeQuery } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'
import { LAST_APPLIED, lastApplied } from './apply-patch.ts'
import { reportFailures } from './create.ts'
import { rawBody, requestRaw } from './raw.ts'

export const replace: Command = {
  name: 'replace',
  use: '-f FILENAME',
  short: 'Replace a resource by file name or stdin',
  long: 'Replace a resource by file name or stdin.\n\n JSON and YAML formats are accepted. If replacing an existing resource, the complete resource spec must be provided. This can be obtained by\n\n        $ kubectl get TYPE NAME -o yaml',
  group: 'Advanced Commands',
  flags: [
    SHARED.allowMissing,
    {
      name: 'cascade',
      type: 'string',
      default: "'background'",
      noOptDefault: 'background',
      usage:
        'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.',
    },
    SHARED.dryRun,
    SHARED.fieldManager('kubectl-replace'),
    SHARED.filename('The files that contain the configurations to replace.'),
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
    SHARED.kustomize,
    SHARED.output,
    {
      name: 'raw',
      type: 'string',
      default: "''",
      usage: 'Raw URI to PUT to the server.  Uses the transport specified by the kubeconfig file.',
    },
    SHARED.recursive(),
    SHARED.saveConfig,
    SHARED.showManagedFields,
    {
      name: 'subresource',
      type: 'string',
      default: "''",
      usage: 'If specified, replace will operate on the subresource of the requested object.',
    },
    SHARED.template,
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage:
        'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).',
    },
    SHARED.validate,
    {
      name: 'wait',
      type: 'bool',
      default: 'false',
      usage: 'If true, wait for resources to be gone before returning. This waits for finalizers.',
    },
  ],
  run,
}

function* run(k: Kubectl, call: Call): Sim<number> {
  if (call.args.length > 0) throw new UsageError(call.path, `Unexpected args: [${call.args.join(' ')}]`)
  if (call.flags.string('raw') !== '') return yield* requestRaw(k, call, 'PUT', yield* rawBody(k, call))
  if (call.flags.list('filename').length === 0 && call.flags.string('kustomize') === '')
    throw new UsageError(call.path, 'Must specify --filename to replace')
  const mapper = yield* k.mapper()
  const namespace = yield* k.namespace()
  const { manifests, errors } = yield* readManifests(k, call)
  const failures: unknown[] = [...errors]
  const infos: InfoOfManifest[] = []
  for (const manifest of manifests) {
    try {
      infos.push(infoOf(mapper, manifest, namespace, call.flags.changed('namespace')))
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      failures.push(error)
    }
  }
  for (const info of infos) {
    try {
      if (call.flags.bool('force')) yield* recreate(k, call, info, info.object)
      else yield* put(k, call, info, info.object)
    } catch (error) {
      if (!(error instanceof ServerError || error instanceof CommandError)) throw error
      failures.push(error)
    }
  }
  if (manifests.length === 0 && failures.length === 0) throw new CommandError('no objects passed to replace')
  return yield* reportFailures(k, failures)
}

function withConfig(call: Call, object: KubeObject): KubeObject {
  return call.flags.bool('save-config') || object.metadata?.annotations?.[LAST_APPLIED] !== undefined ? lastApplied(object) : object
}

function* put(k: Kubectl, call: Call, info: Info, object: KubeObject): Sim<void> {
  const doing = `error when replacing ${JSON.stringify(info.source ?? '')}`
  if (dryRun(call) === 'client') {
    yield* report(k, call, info.mapping, object, 'replaced')
    return
  }
  if (info.name === '') throw new CommandError(`${doing}: resource name may not be empty`)
  const rest = yield* k.rest()
  try {
    let body = withConfig(call, object)
    if (body.metadata?.resourceVersion === undefined) {
      const live = yield* rest.json('GET', infoPath(info))
      body = {
        ...body,
        metadata: {
          ...body.metadata,
          ...(live.metadata?.resourceVersion === undefined ? {} : { resourceVersion: live.metadata.resourceVersion }),
        },
      }
    }
    const answer = yield* rest.json('PUT', infoPath(info, call.flags.string('subresource') || undefined), body, { query: writeQuery(call) })
    yield* report(k, call, info.mapping, answer, 'replaced')
  } catch (error) {
    throw error instanceof ServerError ? error.while(doing) : error
  }
}

function* recreate(k: Kubectl, call: Call, info: Info, object: KubeObject): Sim<void> {
  const rest = yield* k.rest()
  const grace = call.flags.int('grace-period')
  try {
    yield* rest.json('DELETE', infoPath(info), {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}),
    })
    yield* print(
      k.proc,
      `${singularName(info.mapping)} "${info.name}" deleted${info.namespace === undefined ? '' : ` from ${info.namespace} namespace`}\n`,
    )
    for (;;) {
      yield* rest.json('GET', infoPath(info))
      yield* k.proc.nanosleep(1_000_000)
    }
  } catch (error) {
    if (!(error instanceof ServerError) || !error.notFound) throw error
  }
  const { resourceVersion: _, uid: __, ...metadata } = object.metadata ?? {}
  const made = yield* rest.json('POST', pathOf(info.mapping, info.namespace), withConfig(call, { ...object, metadata }), {
    query: writeQuery(call),
  })
  yield* report(k, call, info.mapping, made, 'replaced')
}
