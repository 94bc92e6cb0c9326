/** What stands for the arguments and flag values of commands. Source: kubectl pkg/util/completion. */
import { type Obj, objs, str } from '#kubernetes/api/json.ts'
import { S } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { parseResourceArgs } from '../builder.ts'
import { servedResources } from '../cmd/api-resources.ts'
import { podOf } from '../cmd/pod-for-object.ts'
import { loadConfig } from '../config.ts'
import type { FlagValues } from '../flags.ts'
import type { Kubectl } from '../kubectl.ts'
import { groupResource, gvrText, pathOf } from '../mapping.ts'
import { type Completed, DIRECTIVE } from './directive.ts'

/** A command line as far as it is typed. */
export interface Typed {
  readonly k: Kubectl
  readonly flags: FlagValues
  /** The arguments before the one that is completed. */
  readonly args: readonly string[]
  /** The beginning of the one that is completed. */
  readonly word: string
}

export type Completer = (typed: Typed) => Sim<Completed>

const NOTHING: Completed = { candidates: [], directive: DIRECTIVE.noFiles }

const only = (candidates: readonly string[], directive: number = DIRECTIVE.noFiles): Completed => ({ candidates, directive })

const beginning = (names: readonly string[], word: string): string[] => names.filter((name) => name.startsWith(word))

/** Objects of a type; none where the type is not known. */
function* objectsOf({ k }: Typed, type: string, namespace?: string): Sim<readonly Obj[]> {
  const mapping = (yield* k.mapper()).find(type)
  if (mapping === undefined) return []
  const rest = yield* k.rest()
  const where = mapping.namespaced ? (namespace ?? (yield* k.namespace())) : undefined
  const list = yield* rest.list(pathOf(mapping, where), gvrText(mapping), {})
  return objs(list, 'items')
}

function* namesOf(typed: Typed, type: string, word: string): Sim<string[]> {
  return beginning(
    (yield* objectsOf(typed, type)).map((o) => str(o, 'metadata', 'name')),
    word,
  )
}

/** Types that can be read; of a list with commas the last is completed. */
function* types({ k }: Typed, word: string): Sim<string[]> {
  const comma = word.lastIndexOf(',') + 1
  const names = servedResources(yield* k.mapper())
    .filter((m) => m.verbs.includes('get'))
    .map(groupResource)
  return beginning(names, word.slice(comma)).map((name) => word.slice(0, comma) + name)
}

/** `TYPE NAME…` or `TYPE/NAME…`; `allowed`: only these types; `repeat`: more than one. */
const resources = (allowed?: readonly string[], repeat = true): Completer =>
  function* (typed) {
    const { args, word } = typed
    const [first] = args
    const typesFor = function* (): Sim<string[]> {
      return allowed === undefined ? yield* types(typed, word) : beginning(allowed, word)
    }
    if (first !== undefined && !first.includes('/')) {
      if (!repeat && args.length > 1) return NOTHING
      return only((yield* namesOf(typed, first, word)).filter((name) => !args.slice(1).includes(name)))
    }
    const slash = word.indexOf('/')
    if (slash >= 0) {
      if (!repeat && first !== undefined) return NOTHING
      return only((yield* slashed(typed)).filter((name) => !args.includes(name)))
    }
    if (first === undefined) return only(yield* typesFor())
    if (!repeat) return NOTHING
    return only(
      (yield* typesFor()).map((type) => `${type}/`),
      DIRECTIVE.noFiles | DIRECTIVE.noSpace,
    )
  }

function* slashed(typed: Typed): Sim<string[]> {
  const [type = '', name = ''] = typed.word.split('/')
  return (yield* namesOf(typed, type, name)).map((found) => `${type}/${found}`)
}

/** Names of one type, as the first argument. */
const names = (type: string): Completer =>
  function* (typed) {
    return typed.args.length === 0 ? only(yield* namesOf(typed, type, typed.word)) : NOTHING
  }

const WITH_PODS = ['daemonsets', 'deployments', 'pods', 'jobs', 'replicasets', 'replicationcontrollers', 'services', 'statefulsets']

const pods: Completer = function* (typed) {
  const { args, word } = typed
  if (args.length > 0) return NOTHING
  if (word.includes('/')) return only(yield* slashed(typed))
  const found = yield* namesOf(typed, 'pods', word)
  const directive = found.length === 0 ? DIRECTIVE.noFiles | DIRECTIVE.noSpace : DIRECTIVE.noFiles
  return only([...found, ...beginning(WITH_PODS, word).map((type) => `${type}/`)], directive)
}

/** The pod that an argument such as `deploy/web` leads to. */
function* podBehind({ k }: Typed, argument: string): Sim<Obj | undefined> {
  const namespace = yield* k.namespace()
  const mapper = yield* k.mapper()
  const [first] = parseResourceArgs(mapper, [argument.includes('/') ? argument : `pods/${argument}`]).named
  if (first === undefined) return undefined
  const rest = yield* k.rest()
  return yield* podOf(k, namespace, yield* rest.json('GET', pathOf(first.mapping, namespace, first.name)))
}

function* containerNames(typed: Typed): Sim<Completed> {
  const [argument] = typed.args
  if (argument === undefined) return NOTHING
  const pod = yield* podBehind(typed, argument)
  const all = ['initContainers', 'containers'].flatMap((list) => objs(pod, 'spec', list)).map((c) => str(c, 'name'))
  return only(beginning(all, typed.word))
}

const podsAndContainers: Completer = function* (typed) {
  if (typed.args.length === 0) return yield* pods(typed)
  return typed.args.length === 1 ? yield* containerNames(typed) : NOTHING
}

const podsAndPorts: Completer = function* (typed) {
  const { k, args, word } = typed
  const [argument, more] = args
  if (argument === undefined) return yield* pods(typed)
  if (more !== undefined) return NOTHING
  const [type = '', name = ''] = argument.includes('/') ? argument.split('/') : ['pod', argument]
  const isService = ['service', 'services', 'svc'].includes(type)
  const rest = yield* k.rest()
  const ports = isService
    ? objs(yield* rest.json('GET', `/api/v1/namespaces/${yield* k.namespace()}/services/${name}`), 'spec', 'ports').map((p) => p.port)
    : objs(yield* podBehind(typed, argument), 'spec', 'containers').flatMap((c) => objs(c, 'ports').map((p) => p.containerPort))
  return only(
    beginning(
      ports.map((port) => `${word === '' ? String(port) : word.split(':')[0]}:${String(port)}`),
      word,
    ),
  )
}

/** Files, pods with a colon, namespaces with a slash. */
const copied: Completer = function* (typed) {
  const { k, args, word } = typed
  if (args.length > 0 || /^[/.~]/.test(word) || word.includes(':')) return only([], DIRECTIVE.noSpace)
  const slash = word.indexOf('/')
  if (slash > 0) {
    const namespace = word.slice(0, slash)
    const all = (yield* objectsOf(typed, 'pods', namespace)).map((pod) => `${namespace}/${str(pod, 'metadata', 'name')}:`)
    return only(beginning(all, word), DIRECTIVE.noSpace)
  }
  const found = [
    ...(yield* namesOf(typed, 'namespaces', word)).map((name) => `${name}/`),
    ...(yield* namesOf(typed, 'pods', word)).map((name) => `${name}:`),
  ]
  if (word === '') return only([...found, './', '/'], DIRECTIVE.noSpace)
  if (found.length === 0) return only(found, DIRECTIVE.noSpace)
  const files = k.proc.readdir('.').map((entry) => (entry.type === S.IFDIR ? `${entry.name}/` : entry.name))
  return only([...found, ...beginning(files, word)], DIRECTIVE.noSpace)
}

const configured = (list: 'contexts' | 'clusters' | 'users', anywhere = false): Completer =>
  function* ({ k, flags, args, word }) {
    if (args.length > 0 && !anywhere) return NOTHING
    const config = yield* loadConfig(k.proc, flags)
    return only(
      beginning(
        (config[list] ?? []).map((item) => item.name),
        word,
      ),
    )
  }

const words = (...list: readonly string[]): Completer =>
  function* ({ word }) {
    return only(beginning(list, word))
  }

const anyResource = resources()
const ROLLED = ['deployment', 'daemonset', 'statefulset']
const SCALED = ['deployment', 'replicaset', 'replicationcontroller', 'statefulset']

/** Completers of arguments by the command's path. */
export const ARGUMENTS: { readonly [path: string]: Completer } = {
  'kubectl annotate': anyResource,
  'kubectl apply edit-last-applied': anyResource,
  'kubectl apply view-last-applied': anyResource,
  'kubectl attach': pods,
  'kubectl autoscale': resources(SCALED),
  'kubectl completion': function* ({ args, word }) {
    return args.length > 0 ? NOTHING : only(beginning(['bash', 'zsh', 'fish', 'powershell'], word))
  },
  'kubectl config delete-cluster': configured('clusters'),
  'kubectl config delete-context': configured('contexts'),
  'kubectl config delete-user': configured('users'),
  'kubectl config rename-context': configured('contexts'),
  'kubectl config set-context': configured('contexts'),
  'kubectl config use-context': configured('contexts'),
  'kubectl cordon': names('nodes'),
  'kubectl cp': copied,
  'kubectl create token': names('serviceaccounts'),
  'kubectl debug': anyResource,
  'kubectl delete': anyResource,
  'kubectl describe': anyResource,
  'kubectl drain': names('nodes'),
  'kubectl edit': anyResource,
  'kubectl exec': pods,
  'kubectl expose': resources(['pod', 'service', 'replicationcontroller', 'deployment', 'replicaset']),
  'kubectl get': anyResource,
  'kubectl label': anyResource,
  'kubectl logs': podsAndContainers,
  'kubectl patch': anyResource,
  'kubectl port-forward': podsAndPorts,
  'kubectl rollout history': resources(ROLLED),
  'kubectl rollout pause': resources(['deployment']),
  'kubectl rollout restart': resources(ROLLED),
  'kubectl rollout resume': resources(['deployment']),
  'kubectl rollout status': resources(ROLLED, false),
  'kubectl rollout undo': resources(ROLLED),
  'kubectl scale': resources(SCALED),
  'kubectl set image': resources(
    ['daemonsets', 'deployments', 'pods', 'cronjobs', 'replicasets', 'replicationcontrollers', 'statefulsets'],
    false,
  ),
  'kubectl taint': resources(['node']),
  'kubectl top node': names('nodes'),
  'kubectl top pod': names('pods'),
  'kubectl uncordon': names('nodes'),
}

const namespaces: Completer = function* (typed) {
  return only(yield* namesOf(typed, 'namespaces', typed.word))
}

const manifests: Completer = function* () {
  return only(['json', 'yaml', 'yml'], DIRECTIVE.filterFileExt)
}

const OUTPUTS =
  'json yaml kyaml name go-template go-template-file template templatefile jsonpath jsonpath-as-json jsonpath-file custom-columns custom-columns-file wide'

/** Completers of a flag's value: of one command, or of all that have it. */
export function flagCompleter(path: string, flag: string, inherited: boolean): Completer | undefined {
  switch (flag) {
    case 'namespace':
      return inherited || path === 'kubectl config set-context' ? namespaces : undefined
    case 'context':
      return inherited ? configured('contexts', true) : undefined
    case 'cluster':
      return inherited ? configured('clusters', true) : undefined
    case 'user':
      return inherited ? configured('users', true) : undefined
    case 'filename':
      return path === 'kubectl certificate' ? undefined : manifests
    case 'output':
      return path === 'kubectl get' ? words(...OUTPUTS.split(' ')) : undefined
    case 'subresource':
      return path === 'kubectl auth can-i' ? undefined : words('status', 'scale', 'resize')
    case 'container':
      return path === 'kubectl exec' ? containerNames : undefined
    case 'clusterrole':
      return path === 'kubectl create clusterrolebinding'
        ? function* (typed) {
            return only(yield* namesOf(typed, 'clusterroles', typed.word))
          }
        : undefined
    default:
      return undefined
  }
}

/** Flags without which a command does nothing: offered before they are asked for. */
export const REQUIRED: { readonly [path: string]: readonly string[] } = {
  'kubectl autoscale': ['max'],
  'kubectl create clusterrolebinding': ['clusterrole'],
  'kubectl create cronjob': ['image', 'schedule'],
  'kubectl create deployment': ['image'],
  'kubectl create service externalname': ['external-name'],
  'kubectl run': ['image'],
  'kubectl scale': ['replicas'],
}
