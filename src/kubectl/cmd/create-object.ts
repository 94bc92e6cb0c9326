import type { Sim } from '#sim/wait.ts'
import type { Call } from '../command.ts'
import type { Kubectl } from '../kubectl.ts'
import { type Mapping, pathOf } from '../mapping.ts'
import { asTyped, dryRun, report, writeQuery } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'
import { lastApplied } from './apply-patch.ts'

/** Creates one object (or only shows it under a client dry run) and reports it. `typed`: made from kubectl's own types. */
export function* createObject(
  k: Kubectl,
  call: Call,
  mapping: Mapping,
  namespace: string | undefined,
  object: KubeObject,
  done = 'created',
  typed = false,
): Sim<KubeObject> {
  const mark = (o: KubeObject): KubeObject => (typed ? asTyped(o) : o)
  const saved = call.flags.bool('save-config') ? lastApplied(object) : object
  const sent =
    namespace === undefined || saved.metadata?.namespace !== undefined ? saved : { ...saved, metadata: { ...saved.metadata, namespace } }
  if (dryRun(call) === 'client') {
    yield* report(k, call, mapping, mark(call.flags.changed('namespace') || saved.metadata?.namespace !== undefined ? sent : saved), done)
    return sent
  }
  const rest = yield* k.rest()
  const made = yield* rest.json('POST', pathOf(mapping, namespace), sent, { query: writeQuery(call) })
  yield* report(k, call, mapping, mark(made), done)
  return made
}
