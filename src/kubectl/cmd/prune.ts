/** `kubectl apply --prune`: deletes what was applied before, is selected, and is not in the manifests. Source: k8s.io/kubectl, cmd/apply/prune.go. */
import type { Sim } from '#sim/wait.ts'
import type { Info } from '../builder.ts'
import type { Call } from '../command.ts'
import { CommandError, ServerError } from '../errors.ts'
import { print } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { type Mapping, pathOf, type RestMapper, singularName } from '../mapping.ts'
import { dryRun, dryRunSuffix } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'
import { LAST_APPLIED } from './apply-patch.ts'

/** Kinds looked through when `--prune-allowlist` names none: `group/version/Kind`. */
const DEFAULT_KINDS: readonly string[] = [
  'core/v1/ConfigMap',
  'core/v1/Endpoints',
  'core/v1/PersistentVolumeClaim',
  'core/v1/Pod',
  'core/v1/ReplicationController',
  'core/v1/Secret',
  'core/v1/Service',
  'batch/v1/Job',
  'batch/v1/CronJob',
  'networking.k8s.io/v1/Ingress',
  'apps/v1/DaemonSet',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/StatefulSet',
  'core/v1/Namespace',
  'core/v1/PersistentVolume',
]

/** Prunes after an apply of `applied`; `uids` are the objects to keep. */
export function* prune(k: Kubectl, call: Call, mapper: RestMapper, applied: readonly Info[], uids: ReadonlySet<string>): Sim<void> {
  const asked = call.flags.list('prune-allowlist')
  const kinds = (asked.length > 0 ? asked : DEFAULT_KINDS).map((text) => kindOf(mapper, text))
  const namespaces = [...new Set(applied.flatMap((info) => (info.namespace === undefined ? [] : [info.namespace])))].sort()
  for (const namespace of namespaces)
    for (const mapping of kinds.filter((m) => m.namespaced)) yield* pruneKind(k, call, mapping, namespace, uids)
  for (const mapping of kinds.filter((m) => !m.namespaced)) yield* pruneKind(k, call, mapping, undefined, uids)
}

function kindOf(mapper: RestMapper, text: string): Mapping {
  const [group = '', version, kind, ...more] = text.split('/')
  if (version === undefined || kind === undefined || more.length > 0)
    throw new CommandError(`invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`)
  const apiVersion = group === 'core' || group === '' ? version : `${group}/${version}`
  const mapping = mapper.forKind(apiVersion, kind)
  if (mapping === undefined) throw new CommandError(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`)
  return mapping
}

function* pruneKind(k: Kubectl, call: Call, mapping: Mapping, namespace: string | undefined, uids: ReadonlySet<string>): Sim<void> {
  const rest = yield* k.rest()
  const list = yield* rest.json('GET', pathOf(mapping, namespace), undefined, {
    query: { labelSelector: call.flags.string('selector') || undefined },
  })
  for (const item of (list.items as KubeObject[] | undefined) ?? []) {
    const { name = '', uid = '', annotations = {} } = item.metadata ?? {}
    if (annotations[LAST_APPLIED] === undefined || uids.has(uid)) continue
    const options = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: 'Background',
      ...(dryRun(call) === 'server' ? { dryRun: ['All'] } : {}),
    }
    try {
      if (dryRun(call) !== 'client') yield* rest.json('DELETE', pathOf(mapping, namespace, name), options)
    } catch (error) {
      if (!(error instanceof ServerError) || !error.notFound) throw error
      continue
    }
    yield* print(k.proc, `${singularName(mapping)}/${name} pruned${dryRunSuffix(call)}\n`)
  }
}
