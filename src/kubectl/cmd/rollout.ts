import { equal } from '#kubernetes/api/json.ts'
import { rfc3339 } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, infoPath, selectObjects } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { describeTemplate, type PodTemplate } from '../describe/pod.ts'
import { Description } from '../describe/writer.ts'
import { CommandError } from '../errors.ts'
import type { Flag } from '../flags.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { groupResource, pathOf, singularName } from '../mapping.ts'
import { dryRun, dryRunSuffix } from '../print/object.ts'
import { TabWriter } from '../print/table.ts'
import type { KubeObject } from '../rest.ts'
import { LAST_APPLIED } from './apply-patch.ts'
import { selectorOf } from './pod-for-object.ts'
import { rolloutStatus, timedOut } from './rollout-status.ts'

const REVISION = 'deployment.kubernetes.io/revision'
const CHANGE_CAUSE = 'kubernetes.io/change-cause'
const STRATEGIC = 'application/strategic-merge-patch+json'

const COMMON: readonly Flag[] = [
  SHARED.filename('Filename, directory, or URL to files identifying the resource to get from a server.'),
  SHARED.kustomize,
  SHARED.recursive(),
  SHARED.selector,
]

function* targets(k: Kubectl, call: Call): Sim<Info[]> {
  if (call.args.length === 0 && call.flags.list('filename').length === 0 && call.flags.string('selector') === '')
    throw new CommandError('required resource not specified')
  return yield* selectObjects(k, call, { all: true })
}

interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }
  readonly [field: string]: unknown
}

interface DeploymentSpec {
  readonly paused?: boolean
  readonly template?: Template
}

const specOf = (object: KubeObject | undefined): DeploymentSpec => (object?.spec ?? {}) as DeploymentSpec

function* patch(k: Kubectl, info: Info, body: unknown): Sim<void> {
  yield* (yield* k.rest()).json('PATCH', infoPath(info), body, { contentType: STRATEGIC, query: { fieldManager: 'kubectl-rollout' } })
}

const status: Command = {
  name: 'status',
  use: '(TYPE NAME | TYPE/NAME) [flags]',
  short: 'Show the status of the rollout',
  flags: [
    ...COMMON,
    {
      name: 'revision',
      type: 'int',
      default: '0',
      usage: 'Pin to a specific revision for showing its status. Defaults to 0 (last revision).',
    },
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage:
        'The length of time to wait before ending watch, zero means never. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).',
    },
    { name: 'watch', short: 'w', type: 'bool', default: 'true', usage: "Watch the status of the rollout until it's done." },
  ],
  *run(k, call) {
    const infos = yield* targets(k, call)
    const rest = yield* k.rest()
    const seconds = call.flags.seconds('timeout')
    for (const info of infos) {
      const first = rolloutStatus(info)
      yield* print(k.proc, first.message)
      if (first.done || !call.flags.bool('watch')) continue
      let done = false
      const query = {
        fieldSelector: `metadata.name=${info.name}`,
        resourceVersion: info.object?.metadata?.resourceVersion,
        ...(seconds > 0 ? { timeoutSeconds: String(Math.ceil(seconds)) } : {}),
      }
      yield* rest.watch(pathOf(info.mapping, info.namespace), { query }, function* (event) {
        if (event.type === 'DELETED') throw new CommandError('object has been deleted')
        const now = rolloutStatus({ ...info, object: event.object })
        yield* print(k.proc, now.message)
        done = now.done
        return !done
      })
      if (!done) throw timedOut()
    }
    return 0
  },
}

/** A revision a workload had: its template, why, and what an undo sends. */
interface Revision {
  readonly revision: number
  readonly cause: string | undefined
  readonly annotations: Readonly<Record<string, string>>
  readonly template: Template
  /** A StatefulSet's or DaemonSet's: the patch that its ControllerRevision holds. */
  readonly patch?: unknown
}

/** The revisions of a workload, oldest first: ReplicaSets of a Deployment, ControllerRevisions of the others. */
function* revisions(k: Kubectl, info: Info): Sim<Revision[]> {
  const mapper = yield* k.mapper()
  const rest = yield* k.rest()
  const { kind } = info.mapping
  if (kind !== 'Deployment' && kind !== 'StatefulSet' && kind !== 'DaemonSet')
    throw new CommandError(`no history viewer has been implemented for ${JSON.stringify(groupKind(info))}`)
  const selector = selectorOf(info.object ?? {})
  const resource = mapper.resolve(kind === 'Deployment' ? 'replicasets.apps' : 'controllerrevisions.apps')
  const list = yield* rest.json('GET', pathOf(resource, info.namespace), undefined, { query: { labelSelector: selector } })
  return ((list.items as KubeObject[] | undefined) ?? [])
    .filter((item) => item.metadata?.ownerReferences?.some((o) => o.uid === info.object?.metadata?.uid))
    .map((item): Revision => {
      const annotations = item.metadata?.annotations ?? {}
      const cause = annotations[CHANGE_CAUSE]
      if (kind === 'Deployment')
        return { revision: Number(annotations[REVISION] ?? 0), cause, annotations, template: specOf(item).template ?? {} }
      const patched = (item.data as { spec?: { template?: Template } } | undefined)?.spec?.template ?? {}
      return { revision: Number(item.revision ?? 0), cause, annotations, template: patched, patch: item.data }
    })
    .sort((a, b) => a.revision - b.revision)
}

const groupKind = ({ mapping }: Info): string => (mapping.group === '' ? mapping.kind : `${mapping.kind}.${mapping.group}`)

const history: Command = {
  name: 'history',
  use: '(TYPE NAME | TYPE/NAME) [flags]',
  short: 'View rollout history',
  flags: [
    ...COMMON,
    SHARED.output,
    { name: 'revision', type: 'int', default: '0', usage: 'See the details, including podTemplate of the revision specified' },
  ],
  *run(k, call) {
    const wanted = call.flags.int('revision')
    if (wanted < 0) throw new CommandError(`revision must be a positive integer: ${wanted}`)
    for (const info of yield* targets(k, call)) {
      const all = yield* revisions(k, info)
      const label = `${singularName(info.mapping)}/${info.name}`
      if (wanted > 0) {
        const one = all.find((r) => r.revision === wanted)
        if (one === undefined) throw new CommandError(`unable to find the specified revision`)
        const d = new Description()
        describeTemplate(d, templateWithCause(one))
        yield* print(k.proc, `${label} with revision #${wanted}\n${d.text}\n`)
        continue
      }
      const rows = all.map(({ revision, cause }) => [String(revision), cause ?? '<none>'])
      yield* print(
        k.proc,
        `${label} \n${new TabWriter().format([['REVISION', 'CHANGE-CAUSE'], ...rows]).replaceAll(/^(\S+) +/gm, (_, w: string) => w.padEnd(10))}\n`,
      )
    }
    return 0
  },
}

/** The template as history shows it: with the reason for the change among its annotations. */
function templateWithCause({ template, cause }: Revision): PodTemplate {
  const shown = template as PodTemplate
  return cause === undefined
    ? shown
    : { ...shown, metadata: { ...shown.metadata, annotations: { ...shown.metadata?.annotations, [CHANGE_CAUSE]: cause } } }
}

const undo: Command = {
  name: 'undo',
  use: '(TYPE NAME | TYPE/NAME) [flags]',
  short: 'Undo a previous rollout',
  flags: [
    ...COMMON,
    SHARED.dryRun,
    SHARED.output,
    { name: 'to-revision', type: 'int', default: '0', usage: 'The revision to rollback to. Default to 0 (last revision).' },
  ],
  *run(k, call) {
    for (const info of yield* targets(k, call)) {
      if (info.object?.metadata?.annotations?.[LAST_APPLIED] !== undefined) {
        yield* printError(
          k.proc,
          `Warning: resource ${info.mapping.resource}/${info.name} was previously managed with 'kubectl apply'. Rolling back will not update the ${LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\n`,
        )
      }
      if (specOf(info.object).paused === true)
        throw new CommandError(`you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`)
      const all = yield* revisions(k, info)
      const wanted = call.flags.int('to-revision')
      const target = wanted > 0 ? all.find((r) => r.revision === wanted) : all.at(-2)
      if (target === undefined)
        throw new CommandError(
          wanted > 0
            ? `unable to find specified revision ${wanted} in history`
            : `no rollout history found for ${info.mapping.kind.toLowerCase()} ${JSON.stringify(info.name)}`,
        )
      const template = withoutHash(target.template)
      const name = `${singularName(info.mapping)}/${info.name}`
      if (equal(withoutDirective(template), specOf(info.object).template)) {
        yield* print(k.proc, `${name} skipped rollback (current template already matches revision ${target.revision})\n`)
        continue
      }
      const rest = yield* k.rest()
      if (dryRun(call) === 'client') {
        const d = new Description()
        describeTemplate(d, templateWithCause(target))
        yield* print(k.proc, `${name} ${d.text}`)
        continue
      }
      if (target.patch !== undefined) {
        yield* rest.json('PATCH', infoPath(info), target.patch, {
          contentType: STRATEGIC,
          query: { dryRun: dryRun(call) === 'server' ? 'All' : undefined },
        })
        yield* print(k.proc, `${name} rolled back${dryRunSuffix(call)}\n`)
        continue
      }
      const body = [
        { op: 'replace', path: '/spec/template', value: template },
        { op: 'replace', path: '/metadata/annotations', value: rolledBack(info.object?.metadata?.annotations ?? {}, target.annotations) },
      ]
      yield* rest.json('PATCH', infoPath(info), body, {
        contentType: 'application/json-patch+json',
        query: { dryRun: dryRun(call) === 'server' ? 'All' : undefined },
      })
      yield* print(k.proc, `${name} rolled back${dryRunSuffix(call)}\n`)
    }
    return 0
  },
}

/** Annotations that say something of the Deployment as it is, or of one ReplicaSet, and don't go back with a template. */
const NOT_ROLLED_BACK: ReadonlySet<string> = new Set([
  LAST_APPLIED,
  REVISION,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
])

/** A Deployment's annotations once it is as the ReplicaSet of a revision. Source: kubectl pkg/polymorphichelpers, rollback.go. */
function rolledBack(own: Readonly<Record<string, string>>, revision: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries([
    ...Object.entries(own).filter(([name]) => NOT_ROLLED_BACK.has(name)),
    ...Object.entries(revision).filter(([name]) => !NOT_ROLLED_BACK.has(name)),
  ])
}

/** Without the directive that makes a ControllerRevision's template replace the old one whole. */
function withoutDirective({ $patch: _, ...template }: Template): Template {
  return template
}

function withoutHash(template: Template): Template {
  const { 'pod-template-hash': _, ...labels } = template.metadata?.labels ?? {}
  return { ...template, metadata: { ...template.metadata, labels } }
}

const restart: Command = {
  name: 'restart',
  use: 'RESOURCE',
  short: 'Restart a resource',
  flags: [...COMMON, SHARED.fieldManager('kubectl-rollout'), SHARED.output],
  *run(k, call) {
    for (const info of yield* targets(k, call)) {
      if (specOf(info.object).template === undefined)
        throw new CommandError(`${groupResource(info.mapping)} ${JSON.stringify(info.name)} restarting is not supported`)
      if (specOf(info.object).paused === true)
        throw new CommandError(
          `${groupResource(info.mapping)} ${JSON.stringify(info.name)} can't restart paused deployment (run rollout resume first)`,
        )
      const annotations = { 'kubectl.kubernetes.io/restartedAt': rfc3339(k.proc.now()) }
      yield* patch(k, info, { spec: { template: { metadata: { annotations } } } })
      yield* print(k.proc, `${singularName(info.mapping)}/${info.name} restarted\n`)
    }
    return 0
  },
}

/** `pause` and `resume`: one field, and its refusals. */
function pausing(name: 'pause' | 'resume', short: string): Command {
  const wanted = name === 'pause'
  return {
    name,
    use: 'RESOURCE',
    short,
    flags: [...COMMON, SHARED.fieldManager('kubectl-rollout'), SHARED.output],
    *run(k, call) {
      for (const info of yield* targets(k, call)) {
        const label = `${groupResource(info.mapping)} ${JSON.stringify(info.name)}`
        if (info.mapping.kind !== 'Deployment') throw new CommandError(`${label} ${wanted ? 'pausing' : 'resuming'} is not supported`)
        if ((specOf(info.object).paused ?? false) === wanted)
          throw new CommandError(wanted ? `${label} is already paused` : `${label} is not paused`)
        yield* patch(k, info, { spec: { paused: wanted ? true : null } })
        yield* print(k.proc, `${singularName(info.mapping)}/${info.name} ${wanted ? 'paused' : 'resumed'}\n`)
      }
      return 0
    },
  }
}

export const rollout: Command = {
  name: 'rollout',
  use: 'SUBCOMMAND',
  short: 'Manage the rollout of a resource',
  long: 'Manage the rollout of one or many resources.\n        \n Valid resource types include:\n\n  *  deployments\n  *  daemonsets\n  *  statefulsets',
  group: 'Deploy Commands',
  flags: [],
  helpOnStdout: true,
  commands: [
    history,
    pausing('pause', 'Mark the provided resource as paused'),
    restart,
    pausing('resume', 'Resume a paused resource'),
    status,
    undo,
  ],
}
