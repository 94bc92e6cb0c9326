import { JsonBody } from '#http/message.ts'
import { mergeKeyOf } from '#kubernetes/api/merge-keys.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, infoOf, infoPath, readManifests } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, ServerError, UsageError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { groupVersion, pathOf } from '../mapping.ts'
import { dryRun, report, writeQuery } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'
import { LAST_APPLIED, lastApplied, recordedConfig, threeWayPatch } from './apply-patch.ts'
import { reportFailures } from './create.ts'

export const apply: Command = {
  name: 'apply',
  use: '(-f FILENAME | -k DIRECTORY)',
  short: 'Apply a configuration to a resource by file name or stdin',
  long: "Apply a configuration to a resource by file name or stdin. The resource name must be specified. This resource will be created if it doesn't exist yet. To use 'apply', always create the resource initially with either 'apply' or 'create --save-config'.\n\n JSON and YAML formats are accepted.",
  group: 'Advanced Commands',
  flags: [
    SHARED.all('Select all resources in the namespace of the specified resource types.'),
    SHARED.dryRun,
    SHARED.fieldManager('kubectl-client-side-apply'),
    SHARED.filename('The files that contain the configurations to apply.'),
    { name: 'force', type: 'bool', default: 'false', usage: 'If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation.' },
    { name: 'force-conflicts', type: 'bool', default: 'false', usage: 'If true, server-side apply will force the changes against conflicts.' },
    SHARED.kustomize,
    SHARED.output,
    { name: 'prune', type: 'bool', default: 'false', usage: 'Automatically delete resource objects, that do not appear in the configs and are created by either apply or create --save-config. Should be used with either -l or --all.' },
    SHARED.recursive(),
    SHARED.selector,
    { name: 'server-side', type: 'bool', default: 'false', usage: 'If true, apply runs in the server instead of the client.' },
    SHARED.showManagedFields,
    SHARED.template,
    SHARED.validate,
  ],
  run,
}

function* run(k: Kubectl, call: Call): Sim<number> {
  if (call.args.length > 0) throw new UsageError(call.path, `Unexpected args: [${call.args.join(' ')}]`)
  if (call.flags.string('kustomize') !== '') throw new CommandError('podlab: kubectl apply -k is not modelled')
  if (call.flags.bool('prune')) throw new CommandError('podlab: kubectl apply --prune is not modelled')
  if (call.flags.list('filename').length === 0) throw new CommandError('must specify one of -f and -k')
  const mapper = yield* k.mapper()
  const namespace = yield* k.namespace()
  const { manifests, errors } = yield* readManifests(k, call)
  const failures: unknown[] = [...errors]
  for (const manifest of manifests) {
    try {
      const info = infoOf(mapper, manifest, namespace, call.flags.changed('namespace'))
      yield* call.flags.bool('server-side') ? applyServerSide(k, call, info) : applyObject(k, call, info, manifest.object)
    } catch (error) {
      if (error instanceof ServerError || error instanceof CommandError) failures.push(error)
      else throw error
    }
  }
  if (manifests.length === 0 && failures.length === 0) throw new CommandError('no objects passed to apply')
  return yield* reportFailures(k, failures)
}

/** Creates what is missing, patches what differs from manifest and last-applied. */
function* applyObject(k: Kubectl, call: Call, info: Info, manifest: KubeObject): Sim<void> {
  const { mapping, source = '' } = info
  const rest = yield* k.rest()
  const wanted = lastApplied(withNamespace(manifest, info.namespace))
  const live = yield* current(k, info, source)
  if (live === undefined) {
    if (dryRun(call) === 'client') {
      yield* report(k, call, mapping, wanted, 'created')
      return
    }
    try {
      const made = yield* rest.json('POST', pathOf(mapping, info.namespace), wanted, { query: writeQuery(call) })
      yield* report(k, call, mapping, made, 'created')
    } catch (error) {
      throw error instanceof ServerError ? error.while(`error when creating ${JSON.stringify(source)}`) : error
    }
    return
  }
  if (live.metadata?.annotations?.[LAST_APPLIED] === undefined && dryRun(call) !== 'client') {
    yield* printError(
      k.proc,
      `Warning: resource ${mapping.resource}/${info.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    )
  }
  const keys = (path: readonly string[]): string | undefined => mergeKeyOf(groupVersion(mapping), mapping.kind, path)
  const patch = threeWayPatch({ ...recordedConfig(live) }, { ...wanted }, { ...live }, keys)
  if (patch === undefined) {
    yield* report(k, call, mapping, live, 'unchanged')
    return
  }
  if (dryRun(call) === 'client') {
    yield* report(k, call, mapping, live, 'configured')
    return
  }
  try {
    const response = yield* rest.json('PATCH', infoPath(info), patch, { contentType: 'application/strategic-merge-patch+json', query: writeQuery(call) })
    yield* report(k, call, mapping, response, 'configured')
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    throw error.status.reason === 'Invalid' ? error : error.while(`error when applying patch:\n${JSON.stringify(patch)}\nto:\nResource: ${JSON.stringify(`${groupVersion(mapping)}, Resource=${mapping.resource}`)}, GroupVersionKind: ${JSON.stringify(`${groupVersion(mapping)}, Kind=${mapping.kind}`)}\nName: ${JSON.stringify(info.name)}, Namespace: ${JSON.stringify(info.namespace ?? '')}\nfor: ${JSON.stringify(source)}: error when patching ${JSON.stringify(source)}`)
  }
}

function withNamespace(object: KubeObject, namespace: string | undefined): KubeObject {
  return namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } }
}

function* current(k: Kubectl, info: Info, source: string): Sim<KubeObject | undefined> {
  const rest = yield* k.rest()
  try {
    return yield* rest.json('GET', infoPath(info))
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    if (error.notFound) return undefined
    const { mapping } = info
    throw error.while(`error when retrieving current configuration of:\nResource: ${JSON.stringify(`${groupVersion(mapping)}, Resource=${mapping.resource}`)}, GroupVersionKind: ${JSON.stringify(`${groupVersion(mapping)}, Kind=${mapping.kind}`)}\nName: ${JSON.stringify(info.name)}, Namespace: ${JSON.stringify(info.namespace ?? '')}\nfrom server for: ${JSON.stringify(source)}`)
  }
}

function* applyServerSide(k: Kubectl, call: Call, info: Info): Sim<void> {
  const rest = yield* k.rest()
  const manager = call.flags.changed('field-manager') ? call.flags.string('field-manager') : 'kubectl'
  const query = { ...writeQuery(call), fieldManager: manager, force: call.flags.bool('force-conflicts') ? 'true' : 'false' }
  const body = new JsonBody(info.object)
  const response = yield* rest.request('PATCH', infoPath(info), body, { contentType: 'application/apply-patch+yaml', query })
  const object = (response.body instanceof JsonBody ? response.body.value : info.object) as KubeObject
  yield* report(k, call, info.mapping, object, 'serverside-applied')
}

