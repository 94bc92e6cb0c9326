/** `kubectl cordon`, `uncordon` and `drain`. */
import { objs, str } from '#kubernetes/api/json.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, infoPath, selectObjects } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, describeFailure, Failures, ServerError, UsageError } from '../errors.ts'
import type { Flag } from '../flags.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { dryRun, dryRunSuffix } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'

const SECOND = 1_000_000
const RETRY = 5 * SECOND

function* nodes(k: Kubectl, call: Call): Sim<Info[]> {
  const { args, flags } = call
  if (args.length === 0 && !flags.changed('selector'))
    throw new UsageError(call.path, `USAGE: ${call.command.name} ${call.command.use} [flags]`)
  if (args.length > 0 && flags.string('selector') !== '')
    throw new UsageError(call.path, 'error: cannot specify both a node name and a --selector option')
  const named = args.map((a) => a.replace(/^(nodes?|no)\//, ''))
  return yield* selectObjects(k, call, { args: ['nodes', ...named], all: true })
}

/** Makes nodes (un)schedulable and says so. */
function* cordonAll(k: Kubectl, call: Call, infos: readonly Info[], desired: boolean): Sim<void> {
  for (const info of infos) {
    const now = (info.object?.spec as { unschedulable?: boolean } | undefined)?.unschedulable === true
    const word = `${desired ? '' : 'un'}cordoned`
    if (now !== desired && dryRun(call) !== 'client') {
      const query = { dryRun: dryRun(call) === 'server' ? 'All' : undefined }
      try {
        yield* (yield* k.rest()).json(
          'PATCH',
          infoPath(info),
          { spec: { unschedulable: desired ? true : null } },
          { contentType: 'application/strategic-merge-patch+json', query },
        )
      } catch (error) {
        if (!(error instanceof ServerError)) throw error
        yield* printError(k.proc, `error: unable to ${desired ? '' : 'un'}cordon node ${JSON.stringify(info.name)}: ${error.message}\n`)
        continue
      }
    }
    yield* print(k.proc, `node/${info.name} ${now === desired ? `already ${word}` : word}${dryRunSuffix(call)}\n`)
  }
}

function marking(name: string, short: string, desired: boolean): Command {
  return {
    name,
    use: 'NODE',
    short,
    long: `${short}.`,
    group: 'Cluster Management Commands',
    flags: [SHARED.dryRun, SHARED.selector],
    *run(k, call) {
      yield* cordonAll(k, call, yield* nodes(k, call), desired)
    },
  }
}

export const cordon = marking('cordon', 'Mark node as unschedulable', true)
export const uncordon = marking('uncordon', 'Mark node as schedulable', false)

const flag = (name: string, usage: string): Flag => ({ name, type: 'bool', default: 'false', usage })

export const drain: Command = {
  name: 'drain',
  use: 'NODE',
  short: 'Drain node in preparation for maintenance',
  group: 'Cluster Management Commands',
  flags: [
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Return large lists in chunks rather than all at once. Pass 0 to disable.' },
    flag(
      'delete-emptydir-data',
      'Continue even if there are pods using emptyDir (local data that will be deleted when the node is drained).',
    ),
    flag(
      'disable-eviction',
      'Force drain to use delete, even if eviction is supported. This will bypass checking PodDisruptionBudgets, use with caution.',
    ),
    SHARED.dryRun,
    flag('force', 'Continue even if there are pods that do not declare a controller.'),
    {
      name: 'grace-period',
      type: 'int',
      default: '-1',
      usage:
        'Period of time in seconds given to each pod to terminate gracefully. If negative, the default value specified in the pod will be used.',
    },
    flag('ignore-daemonsets', 'Ignore DaemonSet-managed pods.'),
    { name: 'pod-selector', type: 'string', default: "''", usage: 'Label selector to filter pods on the node' },
    SHARED.selector,
    {
      name: 'skip-wait-for-delete-timeout',
      type: 'int',
      default: '0',
      usage: 'If pod DeletionTimestamp older than N seconds, skip waiting for the pod.  Seconds must be greater than 0 to skip.',
    },
    { name: 'timeout', type: 'duration', default: '0s', usage: 'The length of time to wait before giving up, zero means infinite' },
  ],
  run,
}

function* run(k: Kubectl, call: Call): Sim<number> {
  const infos = yield* nodes(k, call)
  yield* cordonAll(k, call, infos, true)
  const failures: { node: string; message: string }[] = []
  for (const info of infos) {
    try {
      yield* drainNode(k, call, info.name)
      yield* print(k.proc, `node/${info.name} drained${dryRunSuffix(call)}\n`)
    } catch (error) {
      if (!(error instanceof DrainError)) throw error
      yield* printError(
        k.proc,
        `error: unable to drain node ${JSON.stringify(info.name)} due to error: ${error.message}, continuing command...\n`,
      )
      for (const message of error.messages) failures.push({ node: info.name, message })
    }
  }
  if (failures.length === 0) return 0
  const names = [...new Set(failures.map((f) => f.node))]
  yield* printError(k.proc, `There are pending nodes to be drained:\n${names.map((n) => ` ${n}\n`).join('')}`)
  throw new Failures(failures.map((f) => new CommandError(f.message)))
}

/** What keeps a node from being drained: one message each, several in brackets. */
class DrainError extends Error {
  readonly messages: readonly string[]

  constructor(messages: readonly string[]) {
    super(messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`)
    this.messages = messages
  }
}

interface Verdict {
  readonly pod: KubeObject
  readonly go: boolean
  readonly warning?: string
  readonly error?: string
}

function* judge(k: Kubectl, call: Call, pod: KubeObject): Sim<Verdict> {
  const phase = str(pod, 'status', 'phase')
  const finished = phase === 'Succeeded' || phase === 'Failed'
  const owner = pod.metadata?.ownerReferences?.find((o) => o.controller === true)
  const force = call.flags.bool('force')
  if (owner?.kind === 'DaemonSet' && !finished) {
    try {
      yield* (yield* k.rest()).json('GET', `/apis/apps/v1/namespaces/${pod.metadata?.namespace}/daemonsets/${owner.name}`)
      if (!call.flags.bool('ignore-daemonsets'))
        return { pod, go: false, error: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' }
      return { pod, go: false, warning: 'ignoring DaemonSet-managed Pods' }
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      if (!error.notFound || !force) return { pod, go: false, error: error.message }
    }
  }
  if (pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined) return { pod, go: false }
  if (objs(pod, 'spec', 'volumes').some((v) => v.emptyDir !== undefined) && !finished) {
    if (!call.flags.bool('delete-emptydir-data'))
      return { pod, go: false, error: 'Pods with local storage (use --delete-emptydir-data to override)' }
  }
  // A later check's verdict replaces an earlier warning.
  if (finished || owner !== undefined) return { pod, go: true }
  if (!force) return { pod, go: false, error: 'Pods that declare no controller (use --force to override)' }
  return { pod, go: true, warning: 'deleting Pods that declare no controller' }
}

function grouped(verdicts: readonly Verdict[], of: (v: Verdict) => string | undefined): [string, string][] {
  const groups = new Map<string, string[]>()
  for (const v of verdicts) {
    const text = of(v)
    if (text !== undefined) groups.set(text, [...(groups.get(text) ?? []), `${v.pod.metadata?.namespace}/${v.pod.metadata?.name}`])
  }
  return [...groups].map(([text, names]) => [text, names.join(', ')])
}

function* drainNode(k: Kubectl, call: Call, node: string): Sim<void> {
  const selector = call.flags.string('pod-selector')
  const rest = yield* k.rest()
  const list = yield* rest.json<{ items?: readonly KubeObject[] }>('GET', '/api/v1/pods', undefined, {
    query: { fieldSelector: `spec.nodeName=${node}`, labelSelector: selector || undefined, limit: '500' },
  })
  const verdicts: Verdict[] = []
  for (const pod of list.items ?? []) verdicts.push(yield* judge(k, call, pod))
  const errors = grouped(verdicts, (v) => v.error)
  if (errors.length > 0) throw new DrainError(errors.map(([text, names]) => `cannot delete ${text}: ${names}`))
  const warnings = grouped(verdicts, (v) => v.warning)
  if (warnings.length > 0) yield* printError(k.proc, `Warning: ${warnings.map(([text, names]) => `${text}: ${names}`).join('; ')}\n`)
  const pods = verdicts.filter((v) => v.go).map((v) => v.pod)
  const mode = dryRun(call)
  if (mode === 'client') {
    yield* print(k.proc, pods.map((p) => `evicting pod ${p.metadata?.namespace}/${p.metadata?.name} (dry run)\n`).join(''))
    return
  }
  yield* evict(k, call, pods)
}

const podPath = (p: KubeObject): string => `/api/v1/namespaces/${p.metadata?.namespace}/pods/${p.metadata?.name}`

/** Evicts Pods together: those refused for now are asked for again every five seconds. */
function* evict(k: Kubectl, call: Call, pods: readonly KubeObject[]): Sim<void> {
  const rest = yield* k.rest()
  const start = k.proc.now()
  const timeout = call.flags.seconds('timeout') * SECOND
  const server = dryRun(call) === 'server'
  const direct = call.flags.bool('disable-eviction')
  const grace = call.flags.int('grace-period')
  const deleteOptions = { ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}), ...(server ? { dryRun: ['All'] } : {}) }
  let waiting: { pod: KubeObject; at: number }[] = pods.map((pod) => ({ pod, at: start }))
  let leaving: KubeObject[] = []
  const errors: string[] = []
  const late = (): boolean => timeout > 0 && k.proc.now() - start >= timeout
  while (waiting.length > 0 || leaving.length > 0) {
    const again: typeof waiting = []
    for (const entry of waiting) {
      const { pod } = entry
      const { name = '', namespace = '' } = pod.metadata ?? {}
      if (entry.at > k.proc.now()) {
        again.push(entry)
        continue
      }
      if (!direct) yield* print(k.proc, `evicting pod ${namespace}/${name}${server ? ' (server dry run)' : ''}\n`)
      if (late()) {
        errors.push(
          `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: global timeout reached: ${call.flags.string('timeout')}`,
        )
        continue
      }
      try {
        if (direct) yield* rest.json('DELETE', podPath(pod), deleteOptions)
        else
          yield* rest.json('POST', `${podPath(pod)}/eviction`, {
            apiVersion: 'policy/v1',
            kind: 'Eviction',
            metadata: { name, namespace },
            deleteOptions,
          })
        if (!server) leaving.push(pod)
      } catch (error) {
        if (!(error instanceof ServerError)) throw error
        if (error.notFound) continue
        if (error.status.code !== 429)
          errors.push(`error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: ${error.message}`)
        else {
          yield* printError(
            k.proc,
            `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)} (will retry after 5s): ${error.message}\n`,
          )
          again.push({ pod, at: k.proc.now() + RETRY })
        }
      }
    }
    waiting = again
    leaving = yield* stillThere(k, leaving, direct ? 'deleted' : 'evicted')
    if (late() && leaving.length > 0) {
      for (const pod of leaving)
        errors.push(
          `error when waiting for pod ${JSON.stringify(pod.metadata?.name)} in namespace ${JSON.stringify(pod.metadata?.namespace)} to terminate: global timeout reached: ${call.flags.string('timeout')}`,
        )
      leaving = []
    }
    if (waiting.length > 0 || leaving.length > 0) yield* k.proc.nanosleep(SECOND)
  }
  if (errors.length > 0) throw new DrainError(errors)
}

function* stillThere(k: Kubectl, pods: readonly KubeObject[], word: string): Sim<KubeObject[]> {
  const rest = yield* k.rest()
  const left: KubeObject[] = []
  for (const pod of pods) {
    try {
      const now = yield* rest.json('GET', podPath(pod))
      if (now.metadata?.uid === pod.metadata?.uid) {
        left.push(pod)
        continue
      }
    } catch (error) {
      if (!(error instanceof ServerError) || !error.notFound)
        throw error instanceof ServerError ? new CommandError(describeFailure(error)) : error
    }
    yield* print(k.proc, `pod/${pod.metadata?.name} ${word}\n`)
  }
  return left
}
