/** ControllerRevisions: the history of DaemonSets and StatefulSets. Source: pkg/controller/history. */
import { equal } from '#kubernetes/api/json.ts'
import type { Client } from '#kubernetes/client/client.ts'
import { CONTROLLER_REVISIONS } from '#kubernetes/client/resources.ts'
import type { PodTemplateSpec } from '#kubernetes/client/types/pod.ts'
import type { ControllerRevision } from '#kubernetes/client/types/workloads.ts'
import type { Sim } from '#sim/wait.ts'

export const REVISION_HASH = 'controller-revision-hash'

/** What a revision remembers of a template: a patch that brings it back. */
export function revisionData(template: PodTemplateSpec): unknown {
  return { spec: { template: { ...template, $patch: 'replace' } } }
}

/** The revision that remembers `data`, the newest if there are several. */
export function findRevision(revisions: readonly ControllerRevision[], data: unknown): ControllerRevision | undefined {
  return revisions.filter((r) => equal(r.data, data)).sort((a, b) => b.revision - a.revision)[0]
}

/** Raises a revision that is in use again to the newest number. */
export function* renumber(client: Client, revision: ControllerRevision, all: readonly ControllerRevision[]): Sim<ControllerRevision> {
  const newest = Math.max(0, ...all.map((r) => r.revision))
  if (revision.revision >= newest && all.filter((r) => r.revision === newest).length === 1) return revision
  return yield* client.update(CONTROLLER_REVISIONS, { ...revision, revision: newest + 1 })
}
