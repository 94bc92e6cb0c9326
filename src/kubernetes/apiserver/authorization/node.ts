/**
 * What a node may do, beyond the rules for all nodes: read what the Pods bound to it refer to, and its own objects.
 * Source: plugin/pkg/auth/authorizer/node (v1.36). Differs: no resource claims, no audiences of tokens, no secrets of CSI drivers.
 */

import { type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { type FieldRequirement, parseFieldSelector } from '#kubernetes/api/labels.ts'
import type { RequestInfo, UserInfo } from '../context.ts'
import type { ApiServer } from '../server.ts'

/** The node whose credentials these are; undefined for everybody else. */
export function nodeOf(user: UserInfo): string | undefined {
  return user.groups.includes('system:nodes') && user.name.startsWith('system:node:') ? user.name.slice('system:node:'.length) : undefined
}

/** What Pods refer to, by `node`, then `resource/namespace/name`. */
export class NodeGraph {
  readonly #server: ApiServer
  readonly #byNode = new Map<string, Map<string, Set<string>>>()
  readonly #edges = new Map<string, { readonly node: string; readonly refers: readonly string[] }>()
  #begun = false

  constructor(server: ApiServer) {
    this.#server = server
  }

  /** Whether a Pod on `node` leads to the object. */
  leadsTo(node: string, resource: string, namespace: string, name: string): boolean {
    this.#begin()
    if (resource === 'persistentvolumes') {
      const claim = obj(this.#server.object('', 'persistentvolumes', '', name), 'spec', 'claimRef')
      return this.leadsTo(node, 'persistentvolumeclaims', str(claim, 'namespace'), str(claim, 'name'))
    }
    return this.#byNode.get(node)?.has(`${resource}/${namespace}/${name}`) === true
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    const storage = this.#server.storage(this.#server.endpoint('', 'pods').kind)
    for (const pod of this.#server.objects('', 'pods')) this.#add(pod)
    storage.observe(({ object, previous }) => {
      if (previous !== undefined && previous.spec === object?.spec) return
      if (previous !== undefined) this.#remove(keyOf(previous))
      if (object !== undefined) this.#add(object)
    })
  }

  #add(pod: Obj): void {
    const node = str(pod, 'spec', 'nodeName')
    const key = keyOf(pod)
    if (node === '') return
    const refers = refersTo(pod)
    this.#edges.set(key, { node, refers })
    let known = this.#byNode.get(node)
    if (known === undefined) {
      known = new Map()
      this.#byNode.set(node, known)
    }
    for (const target of refers) {
      const pods = known.get(target)
      if (pods === undefined) known.set(target, new Set([key]))
      else pods.add(key)
    }
  }

  #remove(key: string): void {
    const edge = this.#edges.get(key)
    if (edge === undefined) return
    this.#edges.delete(key)
    const known = this.#byNode.get(edge.node)
    for (const target of edge.refers) {
      const pods = known?.get(target)
      pods?.delete(key)
      if (pods?.size === 0) known?.delete(target)
    }
  }
}

const keyOf = (pod: Obj): string => `${str(pod, 'metadata', 'namespace')}/${str(pod, 'metadata', 'name')}/${str(pod, 'metadata', 'uid')}`

/** A Pod itself, and the secrets, config maps, claims and the service account it names; a static Pod's mirror leads only to itself. */
function refersTo(pod: Obj): readonly string[] {
  const namespace = str(pod, 'metadata', 'namespace')
  const found = new Set<string>()
  const add = (resource: string, name: string): void => {
    if (name !== '') found.add(`${resource}/${namespace}/${name}`)
  }
  add('pods', str(pod, 'metadata', 'name'))
  if (obj(pod, 'metadata', 'annotations')['kubernetes.io/config.mirror'] !== undefined) return [...found]
  const spec = obj(pod, 'spec')
  add('serviceaccounts', str(spec, 'serviceAccountName'))
  for (const pull of objs(spec, 'imagePullSecrets')) add('secrets', str(pull, 'name'))
  for (const volume of objs(spec, 'volumes')) {
    add('secrets', str(volume, 'secret', 'secretName'))
    add('configmaps', str(volume, 'configMap', 'name'))
    add('persistentvolumeclaims', str(volume, 'persistentVolumeClaim', 'claimName'))
    if (volume.ephemeral !== undefined) add('persistentvolumeclaims', `${str(pod, 'metadata', 'name')}-${str(volume, 'name')}`)
    for (const source of objs(volume, 'projected', 'sources')) {
      add('secrets', str(source, 'secret', 'name'))
      add('configmaps', str(source, 'configMap', 'name'))
    }
  }
  for (const container of [...objs(spec, 'initContainers'), ...objs(spec, 'containers'), ...objs(spec, 'ephemeralContainers')]) {
    for (const from of objs(container, 'envFrom')) {
      add('secrets', str(from, 'secretRef', 'name'))
      add('configmaps', str(from, 'configMapRef', 'name'))
    }
    for (const env of objs(container, 'env')) {
      add('secrets', str(env, 'valueFrom', 'secretKeyRef', 'name'))
      add('configmaps', str(env, 'valueFrom', 'configMapKeyRef', 'name'))
    }
  }
  return [...found]
}

/** Whether only objects with this value of the field are asked for. */
function selects(fieldSelector: string, field: string, value: string): boolean {
  let wanted: readonly FieldRequirement[]
  try {
    wanted = parseFieldSelector(fieldSelector)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
  return wanted.some((r) => r.field === field && r.value === value && !r.negated)
}

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

/**
 * Why a node may not, when it is asked for something that depends on what runs there; undefined: the rules for all nodes decide.
 */
export function refusedTo(node: string, info: RequestInfo, graph: NodeGraph, fieldSelector: string): string | undefined {
  const { resource, verb, subresource, name } = info
  const none = `no relationship found between node '${node}' and this object`
  switch (`${info.group}/${resource}`) {
    case '/secrets':
    case '/configmaps':
      if (!READS.has(verb)) return 'can only read resources of this type'
      if (subresource !== '') return 'cannot read subresource'
      if (info.namespace === '') return 'can only read namespaced object of this type'
      if (name === '') return 'No Object name found'
      return graph.leadsTo(node, resource, info.namespace, name) ? undefined : none
    case '/persistentvolumeclaims':
    case '/persistentvolumes':
      if (subresource === 'status') return graph.leadsTo(node, resource, info.namespace, name) ? undefined : none
      if (verb !== 'get') return 'can only get individual resources of this type'
      return graph.leadsTo(node, resource, info.namespace, name) ? undefined : none
    case '/serviceaccounts':
      if (subresource !== 'token') return undefined
      if (verb !== 'create') return 'can only create tokens for individual service accounts'
      return graph.leadsTo(node, resource, info.namespace, name) ? undefined : none
    case '/pods':
      if (subresource !== '' || !READS.has(verb)) return undefined
      if (verb === 'get') return graph.leadsTo(node, resource, info.namespace, name) ? undefined : none
      return selects(fieldSelector, 'spec.nodeName', node) ? undefined : 'can only list/watch pods with spec.nodeName field selector'
    case '/nodes':
      if (!READS.has(verb) || subresource !== '') return undefined
      return name === node || selects(fieldSelector, 'metadata.name', node)
        ? undefined
        : `node '${node}' cannot read '${name}', only its own Node object`
    case 'coordination.k8s.io/leases':
      if (info.namespace !== 'kube-node-lease') return 'can only access leases in the "kube-node-lease" system namespace'
      return verb === 'create' || name === node ? undefined : 'can only access node lease with the same name as the requesting node'
    case 'storage.k8s.io/csinodes':
      return verb === 'create' || name === node ? undefined : 'can only access CSINode with the same name as the requesting node'
    default:
      return undefined
  }
}
