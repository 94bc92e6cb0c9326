/** Owner references of controllers: finding, adopting, releasing. Source: pkg/controller/controller_ref_manager.go. */
import type { Client } from '#kubernetes/client/client.ts'
import { ApiError, isNotFound } from '#kubernetes/client/errors.ts'
import { apiVersionOf, type Resource } from '#kubernetes/client/resources.ts'
import type { Selector } from '#kubernetes/client/selectors.ts'
import type { KubeObject, OwnerReference } from '#kubernetes/client/types/meta.ts'
import type { Sim } from '#sim/wait.ts'

export function controllerOf(object: {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] | undefined }
}): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((ref) => ref.controller === true)
}

export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid
}

export function newControllerRef<T extends KubeObject>(resource: Resource<T>, owner: T): OwnerReference {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** The index of objects by the uid of their controller; orphans are under the empty string. */
export function byController(object: KubeObject): readonly string[] {
  return [controllerOf(object)?.uid ?? '']
}

export type Claim = 'keep' | 'adopt' | 'release' | 'ignore'

/** What `owner` does about `object`: pure. */
export function planClaim(owner: KubeObject, object: KubeObject, matches: boolean): Claim {
  const ref = controllerOf(object)
  const deleting = owner.metadata.deletionTimestamp !== undefined
  if (ref !== undefined) {
    if (ref.uid !== owner.metadata.uid) return 'ignore'
    if (matches) return 'keep'
    return deleting ? 'ignore' : 'release'
  }
  if (deleting || !matches || object.metadata.deletionTimestamp !== undefined) return 'ignore'
  return owner.metadata.namespace === object.metadata.namespace ? 'adopt' : 'ignore'
}

/**
 * The objects `owner` controls among `objects`, after adopting orphans that match its selector and releasing what no
 * longer matches. The owner is read anew before the first adoption.
 */
export function* claimObjects<O extends KubeObject, T extends KubeObject>(
  client: Client,
  ownerResource: Resource<O>,
  owner: O,
  resource: Resource<T>,
  objects: readonly T[],
  selector: Selector,
  alsoMatches: (object: T) => boolean = () => true,
): Sim<T[]> {
  const claimed: T[] = []
  const errors: unknown[] = []
  let mayAdopt: boolean | undefined
  for (const object of objects) {
    const matches = selector(object.metadata.labels) && alsoMatches(object)
    const claim = planClaim(owner, object, matches)
    if (claim === 'keep') claimed.push(object)
    try {
      if (claim === 'release') yield* release(client, resource, object, owner)
      if (claim !== 'adopt') continue
      mayAdopt ??= yield* canAdopt(client, ownerResource, owner)
      if (!mayAdopt) continue
      yield* adopt(client, resource, object, newControllerRef(ownerResource, owner))
      claimed.push(object)
    } catch (error) {
      if (!isNotFound(error)) errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
  return claimed
}

function* canAdopt<O extends KubeObject>(client: Client, resource: Resource<O>, owner: O): Sim<boolean> {
  const fresh = yield* client.find(resource, owner.metadata.namespace, owner.metadata.name)
  return fresh !== undefined && fresh.metadata.uid === owner.metadata.uid && fresh.metadata.deletionTimestamp === undefined
}

function* adopt<T extends KubeObject>(client: Client, resource: Resource<T>, object: T, ref: OwnerReference): Sim<void> {
  const patch = { metadata: { ownerReferences: [ref], uid: object.metadata.uid } }
  yield* client.patch(resource, object.metadata.namespace, object.metadata.name, 'strategic', patch)
}

function* release<T extends KubeObject>(client: Client, resource: Resource<T>, object: T, owner: KubeObject): Sim<void> {
  const patch = { metadata: { ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }], uid: object.metadata.uid } }
  try {
    yield* client.patch(resource, object.metadata.namespace, object.metadata.name, 'strategic', patch)
  } catch (error) {
    // Gone, or owned by nobody already (the patch is then invalid): nothing is left to release.
    if (error instanceof ApiError && (error.code === 404 || error.code === 422)) return
    throw error
  }
}
