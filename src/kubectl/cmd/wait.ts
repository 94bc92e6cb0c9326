import { objs, str } from '#kubernetes/api/json.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, infoPath, selectObjects } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, Failures, ServerError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import type { Kubectl } from '../kubectl.ts'
import { groupResource } from '../mapping.ts'
import { jsonpath } from '../print/jsonpath.ts'
import { report } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'

const SECOND = 1_000_000
const POLL = SECOND / 4
const WEEK = 168 * 3600

type Condition =
  | { readonly type: 'delete' | 'create' }
  | { readonly type: 'condition'; readonly name: string; readonly value: string }
  | { readonly type: 'jsonpath'; readonly path: string; readonly value: string }

export const wait: Command = {
  name: 'wait',
  use: "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  short: 'Wait for a specific condition on one or many resources',
  group: 'Advanced Commands',
  flags: [
    SHARED.all('Select all resources in the namespace of the specified resource types'),
    SHARED.allNamespaces,
    SHARED.allowMissing,
    SHARED.fieldSelector,
    SHARED.filename('identifying the resource.'),
    {
      name: 'for',
      type: 'stringArray',
      default: '[]',
      usage:
        "The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath='{JSONPath expression}'=[JSONPath value]]. The default condition-value is true. Condition values are compared after Unicode simple case folding, which is a more general form of case-insensitivity. Multiple conditions are supported and AND'ed to each other in a sequential order. If --for=create is passed, it is always waited first.",
    },
    { name: 'local', type: 'bool', default: 'false', usage: 'If true, annotation will NOT contact api-server but run locally.' },
    SHARED.output,
    { ...SHARED.recursive(), default: 'true' },
    { ...SHARED.selector, usage: "Selector (label query) to filter on, supports '=', '==', and '!='.(e.g. -l key1=value1,key2=value2)" },
    SHARED.showManagedFields,
    SHARED.template,
    {
      name: 'timeout',
      type: 'duration',
      default: '30s',
      usage: "The length of time to wait before giving up. Zero means check once and don't wait, negative means wait for a week.",
    },
  ],
  run,
}

function parseCondition(text: string): Condition {
  const lower = text.toLowerCase()
  if (lower === 'delete' || lower === 'create') return { type: lower }
  if (text.startsWith('condition=')) {
    const [name = '', value = 'true'] = splitOnce(text.slice(10))
    return { type: 'condition', name, value }
  }
  if (!text.startsWith('jsonpath=')) throw new CommandError(`unrecognized condition: ${JSON.stringify(text)}`)
  const parts = splitSingle(text.slice(9))
  const [path = '', value = ''] = parts
  if (parts.length > 2)
    throw new CommandError(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    )
  const bare = value.replace(/^['"]+|['"]+$/g, '')
  if (parts.length === 2 && bare === '')
    throw new CommandError("jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3")
  if (path === '') throw new CommandError('jsonpath expression cannot be empty')
  return { type: 'jsonpath', path, value: bare }
}

function splitOnce(text: string): string[] {
  const eq = text.indexOf('=')
  return eq < 0 ? [text] : [text.slice(0, eq), text.slice(eq + 1)]
}

/** Splits at `=`, not at `==`. */
function splitSingle(text: string): string[] {
  return text
    .replaceAll('==', '\0')
    .split('=')
    .map((part) => part.replaceAll('\0', '=='))
}

function holds(condition: Condition, object: KubeObject): boolean {
  if (condition.type === 'condition') {
    const found = objs(object, 'status', 'conditions').find((c) => str(c, 'type').toLowerCase() === condition.name.toLowerCase())
    if (found === undefined) return false
    const generation = object.metadata?.generation
    const observed = found.observedGeneration ?? (object.status as { observedGeneration?: number } | undefined)?.observedGeneration
    if (typeof observed === 'number' && generation !== undefined && observed < generation) return false
    return str(found, 'status').toLowerCase() === condition.value.toLowerCase()
  }
  if (condition.type === 'jsonpath') {
    const text = jsonpath(condition.path, object)
    return condition.value === '' ? text !== '' : text === condition.value
  }
  return true
}

function* run(k: Kubectl, call: Call): Sim<number> {
  const texts = call.flags.list('for')
  const conditions = texts.map(parseCondition)
  if (conditions.length === 0) throw new CommandError('unrecognized condition: []')
  const seconds = call.flags.seconds('timeout')
  const deadline = k.proc.now() + (seconds < 0 ? WEEK : seconds) * SECOND
  const forDelete = conditions.some((c) => c.type === 'delete')
  const forCreate = conditions.some((c) => c.type === 'create')
  const infos = yield* find(k, call, deadline, forCreate, forDelete)
  if (infos.length === 0) {
    if (forDelete) return 0
    throw new CommandError('no matching resources found')
  }
  const failures: string[] = []
  for (const info of infos) {
    for (const condition of conditions) {
      const final = yield* await_(k, info, condition, deadline)
      if (final === undefined) {
        failures.push(`timed out waiting for the condition on ${groupResource(info.mapping)}/${info.name}`)
        break
      }
      yield* report(k, call, info.mapping, final, 'condition met')
    }
  }
  if (failures.length === 1) throw new CommandError(failures[0] ?? '')
  if (failures.length > 1) throw new Failures(failures.map((f) => new CommandError(f)))
  return 0
}

function* find(k: Kubectl, call: Call, deadline: number, forCreate: boolean, forDelete: boolean): Sim<Info[]> {
  for (;;) {
    try {
      const infos = yield* selectObjects(k, call, { all: call.flags.bool('all') })
      if (infos.length > 0 || !forCreate) return infos
    } catch (error) {
      if (!(error instanceof ServerError) || !error.notFound || (!forCreate && !forDelete)) throw error
      if (!forCreate) return []
    }
    if (k.proc.now() >= deadline) throw new CommandError('timed out waiting for the condition')
    yield* k.proc.nanosleep(SECOND / 2)
  }
}

/** The object once the condition holds; undefined when time is up. */
function* await_(k: Kubectl, info: Info, condition: Condition, deadline: number): Sim<KubeObject | undefined> {
  const rest = yield* k.rest()
  let object = info.object ?? {}
  if (condition.type === 'create') return object
  for (;;) {
    try {
      const now = yield* rest.json('GET', infoPath(info))
      if (condition.type === 'delete') {
        if (now.metadata?.uid !== object.metadata?.uid) return object
      } else if (holds(condition, now)) return now
      object = condition.type === 'delete' ? object : now
    } catch (error) {
      if (!(error instanceof ServerError) || !error.notFound) throw error
      if (condition.type === 'delete') return object
    }
    if (k.proc.now() >= deadline) return undefined
    yield* k.proc.nanosleep(POLL)
  }
}
