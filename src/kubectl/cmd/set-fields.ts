import { clone, type Draft, draft, drafts, objs, str } from '#kubernetes/api/json.ts'
import { parseSelector } from '#kubernetes/api/labels.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, infoOf, NO_RESOURCES, readManifests, selectObjects } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import type { Flag } from '../flags.ts'
import { SHARED } from '../global-flags.ts'
import type { Kubectl } from '../kubectl.ts'
import { report } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'
import { resourceList } from './generators/policy.ts'
import { subjects } from './generators/rbac.ts'
import { patchBetween, sendChange } from './object-patch.ts'
import { matchingContainers, withPodSpec } from './pod-template.ts'

/** Flags of every `kubectl set`. */
export const SET_FLAGS: readonly Flag[] = [
  SHARED.all('Select all resources, in the namespace of the specified resource types'),
  SHARED.allowMissing,
  SHARED.dryRun,
  SHARED.fieldManager('kubectl-set'),
  SHARED.filename('Filename, directory, or URL to files identifying the resource to get from a server.'),
  SHARED.kustomize,
  SHARED.output,
  SHARED.recursive(),
  SHARED.selector,
  SHARED.showManagedFields,
  SHARED.template,
]

const local = (what: string): Flag => ({
  name: 'local',
  type: 'bool',
  default: 'false',
  usage: `If true, ${what} will NOT contact api-server but run locally.`,
})

/** The objects a setting is about: on the server, or (`--local`) in files. */
export function* targets(k: Kubectl, call: Call, args: readonly string[]): Sim<Info[]> {
  if (!call.flags.bool('local'))
    return yield* selectObjects(k, call, { args, all: call.flags.bool('all') || call.flags.string('selector') !== '' })
  const mapper = yield* k.mapper()
  const namespace = yield* k.namespace()
  return (yield* readManifests(k, call)).manifests.map((m) => infoOf(mapper, m, namespace, false))
}

/** Sends and reports a changed object; says nothing when it is as before. */
export function* applyChange(k: Kubectl, call: Call, info: Info, after: KubeObject, done: string): Sim<boolean> {
  const patch = patchBetween(info.mapping, info.object ?? {}, after)
  if (patch === undefined) return false
  const object = call.flags.bool('local') ? after : yield* sendChange(k, call, info, after, patch)
  yield* report(k, call, info.mapping, object, done)
  return true
}

export const image: Command = {
  name: 'image',
  use: '(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  short: 'Update the image of a pod template',
  flags: [...SET_FLAGS, local('set image')],
  *run(k, call) {
    const pairs = call.args.filter((a) => a.includes('='))
    const args = call.args.filter((a) => !a.includes('='))
    if (args.length === 0 && call.flags.list('filename').length === 0) throw new CommandError(NO_RESOURCES)
    const infos = yield* targets(k, call, args)
    if (pairs.length === 0) throw new CommandError('at least one image update is required')
    for (const info of infos) {
      const found = withPodSpec(info.object ?? {})
      if (found === undefined) continue
      for (const pair of pairs) setImage(found.spec, pair)
      yield* applyChange(k, call, info, found.copy, 'image updated')
    }
    return 0
  },
}

function setImage(spec: Draft, pair: string): void {
  const eq = pair.indexOf('=')
  const name = pair.slice(0, eq)
  let found = false
  for (const list of ['initContainers', 'containers']) {
    for (const c of spec[list] === undefined ? [] : drafts(spec, list)) {
      if (name !== '*' && c.name !== name) continue
      c.image = pair.slice(eq + 1)
      found = true
    }
  }
  if (!found) throw new CommandError(`unable to find container named ${JSON.stringify(name)}`)
}

export const resources: Command = {
  name: 'resources',
  use: '(-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]',
  short: 'Update resource requests/limits on objects with pod templates',
  flags: [
    ...SET_FLAGS,
    {
      name: 'containers',
      short: 'c',
      type: 'string',
      default: "'*'",
      usage: 'The names of containers in the selected pod templates to change, all containers are selected by default - may use wildcards',
    },
    {
      name: 'limits',
      type: 'string',
      default: "''",
      usage:
        "The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'.  Note that server side components may assign requests depending on the server configuration, such as limit ranges.",
    },
    local('set resources'),
    {
      name: 'requests',
      type: 'string',
      default: "''",
      usage:
        "The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'.  Note that server side components may assign requests depending on the server configuration, such as limit ranges.",
    },
  ],
  *run(k, call) {
    const { flags } = call
    const infos = yield* targets(k, call, call.args)
    if (flags.string('limits') === '' && flags.string('requests') === '')
      throw new CommandError('you must specify an update to requests or limits (in the form of --requests/--limits)')
    const limits = resourceList(flags.string('limits'))
    const requests = resourceList(flags.string('requests'))
    for (const info of infos) {
      const found = withPodSpec(info.object ?? {})
      if (found === undefined) continue
      const { chosen } = matchingContainers(found.spec, flags.string('containers'))
      if (chosen.length === 0)
        throw new CommandError(
          `the ${info.mapping.kind.toLowerCase()} ${info.name} does not have any containers matching ${JSON.stringify(flags.string('containers'))}`,
        )
      for (const c of chosen) {
        const own = draft(c, 'resources')
        for (const [key, list] of [
          ['limits', limits],
          ['requests', requests],
        ] as const) {
          if (Object.keys(list).length === 0) continue
          const map = draft(own, key)
          for (const [name, amount] of Object.entries(list)) {
            if (/^0[a-zA-Z]*$/.test(amount)) delete map[name]
            else map[name] = amount
          }
          if (Object.keys(map).length === 0) delete own[key]
        }
      }
      yield* applyChange(k, call, info, found.copy, 'resource requirements updated')
    }
    return 0
  },
}

export const serviceAccount: Command = {
  name: 'serviceaccount',
  aliases: ['sa'],
  use: '(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  short: 'Update the service account of a resource',
  flags: [...SET_FLAGS, local('set serviceaccount')],
  *run(k, call) {
    const name = call.args.at(-1)
    if (name === undefined) throw new CommandError('serviceaccount is required')
    for (const info of yield* targets(k, call, call.args.slice(0, -1))) {
      const found = withPodSpec(info.object ?? {})
      if (found === undefined) continue
      found.spec.serviceAccountName = name
      found.spec.serviceAccount = name
      if (!(yield* applyChange(k, call, info, found.copy, 'serviceaccount updated')))
        yield* report(k, call, info.mapping, info.object ?? {}, 'serviceaccount updated')
    }
    return 0
  },
}

const WORDS: Readonly<Record<string, string>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
}

export const selector: Command = {
  name: 'selector',
  use: '(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  short: 'Set the selector on a resource',
  flags: [
    ...SET_FLAGS.filter((f) => f.name !== 'selector'),
    local('set selector'),
    {
      name: 'resource-version',
      type: 'string',
      default: "''",
      usage:
        'If non-empty, the selectors update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.',
    },
  ],
  *run(k, call) {
    const args = call.args
    const at = args.findIndex(
      (a, i) => i > 0 && (a.includes('=') || / (not)?in /i.test(a) || (i === args.length - 1 && !args[0]?.includes('/') && i > 1)),
    )
    const expression = at < 0 ? args.at(-1) : args.slice(at).join(',')
    const resourceArgs = at < 0 ? args.slice(0, -1) : args.slice(0, at)
    if (args.length === 0 || expression === undefined)
      throw new CommandError('one or more resources must be specified as <resource> <name> or <resource>/<name>')
    const requirements = parseSelector(expression)
    const plain = requirements.every((r) => (r.operator === '=' || r.operator === '==') && r.values.length === 1)
    for (const info of yield* targets(k, call, resourceArgs)) {
      if (info.mapping.kind !== 'Service') throw new CommandError(`setting a selector is only supported for Services`)
      if (!plain)
        throw new CommandError(
          `match expression [${requirements.map((r) => `{${r.key} ${WORDS[r.operator] ?? r.operator} [${r.values.join(' ')}]}`).join(' ')}] not supported on this object`,
        )
      const copy = clone(info.object ?? {}) as Draft
      const spec = draft(copy, 'spec')
      spec.selector = Object.fromEntries(requirements.map((r) => [r.key, r.values[0] ?? '']))
      if (!(yield* applyChange(k, call, info, copy, 'selector updated')))
        yield* report(k, call, info.mapping, info.object ?? {}, 'selector updated')
    }
    return 0
  },
}

export const subject: Command = {
  name: 'subject',
  use: '(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Update the user, group, or service account in a role binding or cluster role binding',
  flags: [
    ...SET_FLAGS,
    { name: 'group', type: 'stringSlice', default: '[]', usage: 'Groups to bind to the role' },
    local('set subject'),
    { name: 'serviceaccount', type: 'stringSlice', default: '[]', usage: 'Service accounts to bind to the role' },
    { name: 'user', type: 'stringSlice', default: '[]', usage: 'Usernames to bind to the role' },
  ],
  *run(k, call) {
    const infos = yield* targets(k, call, call.args)
    const wanted = subjects(call)
    if (wanted.length === 0) throw new CommandError('you must specify at least one value of user, group or serviceaccount')
    for (const info of infos) {
      const old = objs(info.object, 'subjects')
      const key = (s: unknown): string => `${str(s, 'kind')}/${str(s, 'namespace')}/${str(s, 'name')}`
      const fresh = wanted.filter((s) => !old.some((o) => key(o) === key(s)))
      const copy: KubeObject = { ...(info.object ?? {}), subjects: [...old, ...fresh] }
      if (!(yield* applyChange(k, call, info, copy, 'subjects updated')))
        yield* report(k, call, info.mapping, info.object ?? {}, 'subjects updated')
    }
    return 0
  },
}
