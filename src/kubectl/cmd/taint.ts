import { objs, str } from '#kubernetes/api/json.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, infoPath, selectObjects } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import type { Kubectl } from '../kubectl.ts'
import { dryRun, report, writeQuery } from '../print/object.ts'
import { labelValueProblem, qualifiedNameProblem } from './names.ts'

interface Taint {
  readonly key: string
  readonly value: string
  readonly effect: string
}

export const taint: Command = {
  name: 'taint',
  use: 'NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  short: 'Update the taints on one or more nodes',
  group: 'Cluster Management Commands',
  flags: [
    SHARED.all('Select all nodes in the cluster'),
    SHARED.dryRun,
    SHARED.fieldManager('kubectl-taint'),
    SHARED.output,
    {
      name: 'overwrite',
      type: 'bool',
      default: 'false',
      usage: 'If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints.',
    },
    SHARED.selector,
    SHARED.showManagedFields,
    SHARED.template,
    SHARED.validate,
  ],
  run,
}

function parseTaint(spec: string): Taint {
  const parts = spec.split(':')
  if (parts.length > 2) throw new CommandError(`invalid taint spec: ${spec}`)
  const [pair = '', effect = ''] = parts
  let key = pair
  let value = ''
  if (parts.length === 2) {
    if (!['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(effect))
      throw new CommandError(`invalid taint effect: ${effect}, unsupported taint effect`)
    const kv = pair.split('=')
    if (kv.length > 2) throw new CommandError(`invalid taint spec: ${spec}`)
    key = kv[0] ?? ''
    value = kv[1] ?? ''
    const problem = labelValueProblem(value)
    if (problem !== undefined) throw new CommandError(`invalid taint spec: ${spec}, ${problem}`)
  }
  const problem = qualifiedNameProblem(key)
  if (problem !== undefined) throw new CommandError(`invalid taint spec: ${spec}, ${problem}`)
  return { key, value, effect }
}

function parseAll(specs: readonly string[]): { add: Taint[]; remove: Taint[] } {
  const add: Taint[] = []
  const remove: Taint[] = []
  for (const spec of specs) {
    if (spec.endsWith('-')) {
      remove.push(parseTaint(spec.slice(0, -1)))
      continue
    }
    const parsed = parseTaint(spec)
    if (parsed.effect === '') throw new CommandError(`invalid taint spec: ${spec}`)
    if (add.some((t) => same(t, parsed)))
      throw new CommandError(`duplicated taints with the same key and effect: {${parsed.key} ${parsed.value} ${parsed.effect} <nil>}`)
    add.push(parsed)
  }
  return { add, remove }
}

const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect

function* run(k: Kubectl, call: Call): Sim<number> {
  const resources: string[] = []
  const specs: string[] = []
  for (const arg of call.args) {
    if (/[=:]|-$/.test(arg)) specs.push(arg)
    else if (specs.length > 0) throw new CommandError(`all resources must be specified before taint changes: ${arg}`)
    else resources.push(arg)
  }
  const [type] = resources
  if (type === undefined) throw new CommandError('one or more resources must be specified as <resource> <name>')
  if (specs.length === 0) throw new CommandError('at least one taint update is required')
  let changes: ReturnType<typeof parseAll>
  try {
    changes = parseAll(specs)
  } catch (error) {
    throw error instanceof CommandError ? new UsageError(call.path, error.message) : error
  }
  const { add, remove } = changes
  const mapping = (yield* k.mapper()).resolve(type.toLowerCase())
  if (mapping.kind !== 'Node') throw new CommandError(`invalid resource type ${type}, only node types are supported`)
  const both = add.flatMap((a) => remove.filter((r) => r.key === a.key && (r.effect === '' || r.effect === a.effect)))
  if (both.length > 0)
    throw new CommandError(
      `can not both modify and remove the following taint(s) in the same command: ${both.map((t) => `${t.key}=${t.effect}`).join(', ')}`,
    )
  const all = call.flags.bool('all')
  const selector = call.flags.string('selector')
  if (all && selector !== '') throw new CommandError("setting 'all' parameter with a non empty selector is prohibited")
  if (!all && selector === '' && resources.length < 2)
    throw new CommandError("at least one resource name must be specified since 'all' parameter is not set")
  for (const info of yield* selectObjects(k, call, {
    args: all || selector !== '' ? ['nodes'] : ['nodes', ...resources.slice(1)],
    all: true,
  }))
    yield* changeNode(k, call, info, add, remove)
  return 0
}

function* changeNode(k: Kubectl, call: Call, info: Info, add: readonly Taint[], remove: readonly Taint[]): Sim<void> {
  const raw = objs(info.object, 'spec', 'taints')
  const old = raw.map((t) => ({ key: str(t, 'key'), value: str(t, 'value'), effect: str(t, 'effect') }))
  const overwrite = call.flags.bool('overwrite')
  if (!overwrite) {
    const clash = add.filter((t) => old.some((o) => same(o, t)))
    if (clash.length > 0)
      throw new CommandError(
        `node ${info.name} already has ${clash.map((t) => t.key).join(',')} taint(s) with same effect(s) and --overwrite is false`,
      )
  }
  let next = [...add, ...old.filter((o) => !add.some((t) => same(o, t)))]
  const added = next.length !== old.length
  let removed = false
  const missing: string[] = []
  for (const r of remove) {
    const kept = next.filter((t) => t.key !== r.key || (r.effect !== '' && t.effect !== r.effect))
    removed = kept.length !== next.length
    if (!removed) missing.push(`taint ${JSON.stringify(r.effect === '' ? r.key : `${r.key}:${r.effect}`)} not found`)
    next = kept
  }
  if (missing.length > 0) throw new CommandError(missing.length === 1 ? (missing[0] ?? '') : `[${missing.join(', ')}]`)
  const done = (added && removed) || overwrite ? 'modified' : added ? 'tainted' : 'untainted'
  const list = next.map((t) => ({
    effect: t.effect,
    key: t.key,
    ...(t.value === '' ? {} : { value: t.value }),
    ...timeAdded(raw.find((o) => str(o, 'key') === t.key && str(o, 'effect') === t.effect)),
  }))
  const after = { ...info.object, spec: { ...(info.object?.spec as object | undefined), taints: list } }
  if (dryRun(call) === 'client') {
    yield* report(k, call, info.mapping, after, done)
    return
  }
  const body = { spec: { taints: list.length === 0 ? null : list } }
  const object = yield* (yield* k.rest()).json('PATCH', infoPath(info), body, {
    contentType: 'application/strategic-merge-patch+json',
    query: writeQuery(call),
  })
  yield* report(k, call, info.mapping, object, done)
}

const timeAdded = (t: unknown): object => (str(t, 'timeAdded') === '' ? {} : { timeAdded: str(t, 'timeAdded') })
