/** Tells policies' authors of types that can't be right. Source: pkg/controller/validatingadmissionpolicystatus. */
import { VALIDATING_ADMISSION_POLICIES } from '#kubernetes/client/resources.ts'
import type { ValidatingAdmissionPolicy } from '#kubernetes/client/types/policy.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, startWorkers } from './context.ts'

export interface ExpressionWarning {
  readonly fieldRef: string
  readonly warning: string
}

/** Checks a policy's expressions against the types its rules are for; undefined: that can't be done here. */
export type TypeCheck = (policy: ValidatingAdmissionPolicy) => Sim<readonly ExpressionWarning[] | undefined>

const NAME = 'validatingadmissionpolicy-status-controller'

export const validatingAdmissionPolicyStatus = (check: TypeCheck): Controller => ({
  name: NAME,
  serviceAccount: NAME,
  start(context) {
    const queue = new WorkQueue(context.sim)
    const policies = context.informers.of(VALIDATING_ADMISSION_POLICIES)
    const enqueue = (policy: ValidatingAdmissionPolicy): void => queue.add(policy.metadata.name)
    policies.addHandler({ add: enqueue, update: (_, policy) => enqueue(policy) })
    const sync = function* (name: string): Sim<void> {
      const policy = policies.store.get(name)
      const generation = policy?.metadata.generation ?? 0
      if (policy === undefined || generation <= (policy.status?.observedGeneration ?? 0)) return
      const warnings = yield* check(policy)
      if (warnings === undefined) return
      const typeChecking = warnings.length === 0 ? {} : { expressionWarnings: warnings }
      yield* context.client.applyStatus(VALIDATING_ADMISSION_POLICIES, name, { observedGeneration: generation, typeChecking }, NAME)
    }
    startWorkers(context, 'validatingadmissionpolicy-status', queue, 5, sync)
  },
})
