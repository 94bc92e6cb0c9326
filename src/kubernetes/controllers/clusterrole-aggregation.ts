/** Cluster roles that are the sum of others, by label. Source: pkg/controller/clusterroleaggregation. */
import { equal } from '#kubernetes/api/json.ts'
import { CLUSTER_ROLES } from '#kubernetes/client/resources.ts'
import { compileSelector } from '#kubernetes/client/selectors.ts'
import type { ClusterRole, PolicyRule } from '#kubernetes/client/types/policy.ts'
import { WorkQueue } from '#kubernetes/client/work-queue.ts'
import type { Sim } from '#sim/wait.ts'
import { type Controller, startWorkers } from './context.ts'

/** Rules of all other roles that match, each once, roles in order of name. */
export function planRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const rules: PolicyRule[] = []
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const matches = compileSelector(selector)
    const sources = all.filter((r) => r.metadata.name !== role.metadata.name && matches(r.metadata.labels))
    for (const source of sources.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
      for (const rule of source.rules ?? []) if (!rules.some((known) => equal(known, rule))) rules.push(rule)
    }
  }
  return rules
}

export const clusterRoleAggregation: Controller = {
  name: 'clusterrole-aggregation-controller',
  serviceAccount: 'clusterrole-aggregation-controller',
  start(context) {
    const queue = new WorkQueue(context.sim)
    const roles = context.informers.of(CLUSTER_ROLES)
    const all = (): void => {
      for (const role of roles.store.list()) if (role.aggregationRule !== undefined) queue.add(role.metadata.name)
    }
    roles.addHandler({ add: all, update: all, delete: all })
    const sync = function* (name: string): Sim<void> {
      const role = roles.store.get(name)
      if (role?.aggregationRule === undefined) return
      const rules = planRules(role, roles.store.list())
      if (!equal(rules, role.rules ?? [])) yield* context.client.update(CLUSTER_ROLES, { ...role, rules })
    }
    startWorkers(context, 'clusterrole-aggregation', queue, 5, sync)
  },
}
