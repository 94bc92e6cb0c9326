/**
 * The language of checks: data that says when a task is done, and its evaluator.
 *
 * A check looks at the state of the world, never at what was typed. It is written in `lab.yaml`:
 *
 *     done:
 *       all:
 *         - kind: resource
 *           get: {apiVersion: apps/v1, kind: Deployment, name: web}
 *           missing: There is no Deployment named web in the namespace default yet.
 *           where:
 *             - {path: spec.replicas, equals: 4, else: 'Deployment web asks for {value} replicas, not for 4.'}
 *         - kind: file
 *           machine: laptop
 *           path: /home/learner/web.yaml
 *           contains: 'kind: Deployment'
 *           else: The file web.yaml doesn't describe a Deployment.
 *
 * `{value}` in a message stands for what was found. `all` reports its first failing member, `any` its own `else` (or the
 * message of the member named last), so authors order members as a reader meets them. Pure: the same world, the same answer.
 */
import type { Json, JsonObject } from './path.ts'
import { isObject, valuesAt } from './path.ts'

/** Which objects of the cluster a check looks at. Without a namespace: `default`, or all of a cluster-wide kind. */
export interface Get {
  readonly apiVersion: string
  readonly kind: string
  /** `*` means every namespace. */
  readonly namespace?: string
  readonly name?: string
  /** Labels that must all be there, with these values. */
  readonly selector?: Readonly<Record<string, string>>
}

/** A condition on the values a path leads to; all its operators must hold. No value at all fails every one but `exists: false`. */
export interface Condition {
  readonly path: string
  readonly exists?: boolean
  readonly equals?: Json
  readonly notEquals?: Json
  readonly oneOf?: readonly Json[]
  readonly atLeast?: number
  readonly atMost?: number
  readonly contains?: string
  /** A regular expression that must match somewhere. */
  readonly matches?: string
  /** An image reference: `nginx` means any tag of it, `nginx:1.27` that one; docker.io/library/ may be left out or written. */
  readonly image?: string
  /** The value at another path of the same object. */
  readonly equalsPath?: string
  /** When the path leads to several values: must one hold (the default) or every one? */
  readonly of?: 'some' | 'every'
  readonly else?: string
}

export interface Count {
  readonly exactly?: number
  readonly atLeast?: number
  readonly atMost?: number
}

export interface ResourceCheck {
  readonly kind: 'resource'
  readonly get: Get
  readonly where?: readonly Condition[]
  /** How many objects must meet every condition; at least 1 unless told otherwise. */
  readonly count?: Count
  /** Said when `get` finds nothing at all. */
  readonly missing?: string
  readonly else?: string
}

export interface FileCheck {
  readonly kind: 'file'
  readonly machine: string
  readonly path: string
  readonly exists?: boolean
  readonly contains?: string
  readonly matches?: string
  readonly else?: string
}

export interface HttpCheck {
  readonly kind: 'http'
  readonly from: string
  readonly url: string
  readonly status?: number
  readonly contains?: string
  readonly else?: string
}

/** What of a machine a check may look at. */
export type MachineSubject = 'process' | 'mount' | 'link'

/**
 * What runs, is mounted or plugged in on a machine. Fields for `where`:
 *
 * - `process`: `pid`, `parent` (numbers of the machine), `ownPid` (in its own pid namespace), `comm`, `command`, `uid`, `root` (path as
 *   the machine sees it), `cgroup` (path), `hostname`, `memory` (bytes), `namespaces.{cgroup,ipc,mnt,net,pid,time,user,uts}`: `host` when it is
 *   that of the machine's first process, else `own`
 * - `mount` (of the machine's first process): `target`, `source`, `fstype`, `root` (of a bind mount: the folder within the file system)
 * - `link` (in every network namespace): `name`, `type` (`veth`, `bridge` …), `up`, `namespace` (`host` or `own`), `addresses` (`10.0.0.1/24`), `master`
 */
export interface MachineCheck {
  readonly kind: MachineSubject
  readonly machine: string
  readonly where?: readonly Condition[]
  readonly count?: Count
  readonly else?: string
}

export type Check =
  | ResourceCheck
  | MachineCheck
  | FileCheck
  | HttpCheck
  | { readonly all: readonly Check[] }
  | { readonly any: readonly Check[]; readonly else?: string }
  | { readonly not: Check; readonly else: string }

/** What a check can see. Plain synchronous reads of the state; a lab implements it over its world. */
export interface CheckWorld {
  /** Objects of a kind. `namespace` undefined: every namespace (or a cluster-wide kind). Empty for a kind that is not served. */
  list(apiVersion: string, kind: string, namespace: string | undefined): readonly JsonObject[]
  /** Content of a file of a machine, undefined when there is none. */
  readFile(machine: string, path: string): string | undefined
  /** Processes, mounts or links of a machine; empty for one that is off. */
  machine(machine: string, subject: MachineSubject): readonly JsonObject[]
  /** An HTTP GET from a machine, undefined when nobody answers. Absent: the world can't tell, and an http check is an error. */
  http?(from: string, url: string): { readonly status: number; readonly body: string } | undefined
}

export interface Verdict {
  readonly done: boolean
  /** What is still missing, for the reader; absent when done. */
  readonly message?: string
}

const CLUSTER_WIDE = new Set([
  'Node',
  'Namespace',
  'PersistentVolume',
  'StorageClass',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'PriorityClass',
  'IngressClass',
  'CSIDriver',
  'CSINode',
  'RuntimeClass',
  'APIService',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
])

const DONE: Verdict = { done: true }

/**
 * Tells whether a check holds, and if not, what is missing. Throws what the world throws, a SyntaxError for a bad path, and
 * an Error for a check that this world can't answer: the caller reports these as errors of the check, never of the reader.
 */
export function evaluate(check: Check, world: CheckWorld): Verdict {
  if ('all' in check) {
    for (const part of check.all) {
      const verdict = evaluate(part, world)
      if (!verdict.done) return verdict
    }
    return DONE
  }
  if ('any' in check) {
    let last: Verdict = no(check.else)
    for (const part of check.any) {
      const verdict = evaluate(part, world)
      if (verdict.done) return DONE
      if (check.else === undefined) last = verdict
    }
    return last
  }
  if ('not' in check) return evaluate(check.not, world).done ? no(check.else) : DONE
  switch (check.kind) {
    case 'resource':
      return evaluateResource(check, world)
    case 'file':
      return evaluateFile(check, world)
    case 'http':
      return evaluateHttp(check, world)
    case 'process':
    case 'mount':
    case 'link':
      return evaluateObjects(check, world.machine(check.machine, check.kind), `${check.kind} on ${check.machine}`)
  }
}

const evaluateResource = (check: ResourceCheck, world: CheckWorld): Verdict =>
  evaluateObjects(check, select(check.get, world), describe(check.get))

/** Whether as many objects as asked meet every condition; `name` is what they are called in messages. */
function evaluateObjects(
  check: Pick<ResourceCheck, 'where' | 'count' | 'missing' | 'else'>,
  found: readonly JsonObject[],
  name: string,
): Verdict {
  const least = check.count?.exactly ?? check.count?.atLeast ?? (check.count?.atMost === undefined ? 1 : 0)
  if (found.length === 0 && least > 0) return no(check.missing ?? check.else ?? `There is no ${name} yet.`)
  let left = found
  for (const condition of check.where ?? []) {
    const before = left
    left = left.filter((object) => holds(condition, object))
    if (left.length < least) {
      const culprit = before.find((object) => !left.includes(object))
      const value = culprit === undefined ? undefined : valuesAt(culprit, condition.path)
      return no(condition.else ?? check.else ?? `${name}: ${condition.path} is not as asked.`, value)
    }
  }
  const most = check.count?.exactly ?? check.count?.atMost ?? Number.POSITIVE_INFINITY
  if (left.length < least || left.length > most) {
    return no(check.else ?? `${left.length} of ${name} meet the conditions.`, [left.length])
  }
  return DONE
}

function evaluateFile(check: FileCheck, world: CheckWorld): Verdict {
  const text = world.readFile(check.machine, check.path)
  if (check.exists === false) return text === undefined ? DONE : no(check.else ?? `${check.path} is still on ${check.machine}.`)
  if (text === undefined) return no(check.else ?? `There is no file ${check.path} on ${check.machine} yet.`)
  if (check.contains !== undefined && !text.includes(check.contains)) return no(check.else)
  if (check.matches !== undefined && !new RegExp(check.matches, 'm').test(text)) return no(check.else)
  return DONE
}

function evaluateHttp(check: HttpCheck, world: CheckWorld): Verdict {
  if (world.http === undefined) throw new Error('this lab cannot make HTTP requests for a check')
  const answer = world.http(check.from, check.url)
  if (answer === undefined) return no(check.else ?? `Nobody answers at ${check.url} (asked from ${check.from}).`)
  if (answer.status !== (check.status ?? 200))
    return no(check.else ?? `${check.url} answers with status ${answer.status}.`, [answer.status])
  if (check.contains !== undefined && !answer.body.includes(check.contains)) return no(check.else)
  return DONE
}

function select(get: Get, world: CheckWorld): readonly JsonObject[] {
  const everywhere = get.namespace === '*' || CLUSTER_WIDE.has(get.kind)
  const objects = world.list(get.apiVersion, get.kind, everywhere ? undefined : (get.namespace ?? 'default'))
  return objects.filter((object) => {
    const metadata = object.metadata
    if (metadata === undefined || !isObject(metadata)) return false
    if (get.name !== undefined && metadata.name !== get.name) return false
    const labels = metadata.labels
    return Object.entries(get.selector ?? {}).every(([key, value]) => labels !== undefined && isObject(labels) && labels[key] === value)
  })
}

function holds(condition: Condition, object: JsonObject): boolean {
  const values = valuesAt(object, condition.path)
  if (condition.exists === false) return values.length === 0
  if (values.length === 0) return false
  const meets = (value: Json): boolean => meetsAll(condition, value, object)
  return condition.of === 'every' ? values.every(meets) : values.some(meets)
}

function meetsAll(condition: Condition, value: Json, object: JsonObject): boolean {
  const { equals, notEquals, oneOf, atLeast, atMost, contains, matches, image, equalsPath } = condition
  if (equals !== undefined && !same(value, equals)) return false
  if (notEquals !== undefined && same(value, notEquals)) return false
  if (oneOf !== undefined && !oneOf.some((item) => same(value, item))) return false
  if (atLeast !== undefined && !(typeof value === 'number' && value >= atLeast)) return false
  if (atMost !== undefined && !(typeof value === 'number' && value <= atMost)) return false
  if (contains !== undefined && !String(value).includes(contains)) return false
  if (matches !== undefined && !new RegExp(matches).test(String(value))) return false
  if (image !== undefined && !(typeof value === 'string' && sameImage(value, image))) return false
  if (equalsPath !== undefined && !valuesAt(object, equalsPath).some((other) => same(value, other))) return false
  return true
}

/** Deep equality; the order of fields doesn't count, that of elements does. */
function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = Object.entries(a)
  const right = new Map<string, Json | undefined>(Object.entries(b))
  return left.length === right.size && left.every(([key, value]) => right.has(key) && same(value, right.get(key)))
}

/** Are these the same image? A wanted image without tag and digest means any of them. */
export function sameImage(actual: string, wanted: string): boolean {
  const a = splitImage(actual)
  const w = splitImage(wanted)
  return a.repository === w.repository && (w.version === undefined || (a.version ?? 'latest') === w.version)
}

function splitImage(reference: string): { readonly repository: string; readonly version: string | undefined } {
  const match = /^(.*?)(?::([\w][\w.-]*))?(?:@(.+))?$/.exec(reference)
  const name = match?.[1] ?? reference
  const first = name.split('/')[0] ?? ''
  const hasHost = name.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost')
  const host = hasHost ? first : 'docker.io'
  const rest = hasHost ? name.slice(first.length + 1) : name
  const repository = host === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest
  return { repository: `${host}/${repository}`, version: match?.[3] ?? match?.[2] }
}

function describe(get: Get): string {
  const selector = Object.entries(get.selector ?? {}).map(([key, value]) => `${key}=${value}`)
  const which = get.name !== undefined ? ` named ${get.name}` : selector.length > 0 ? ` with ${selector.join(',')}` : ''
  const where = CLUSTER_WIDE.has(get.kind)
    ? ''
    : get.namespace === '*'
      ? ' in any namespace'
      : ` in the namespace ${get.namespace ?? 'default'}`
  return `${get.kind}${which}${where}`
}

function no(message: string | undefined, value?: readonly Json[]): Verdict {
  const shown =
    value === undefined || value.length === 0 ? 'nothing' : value.map((v) => (typeof v === 'string' ? v : JSON.stringify(v))).join(', ')
  return { done: false, message: (message ?? 'Not there yet.').replaceAll('{value}', shown) }
}
