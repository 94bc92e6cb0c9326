/** Deletes a pod, if its disruption budget allows it. Source: k8s.io/kubernetes pkg/registry/core/pod/storage/eviction.go. */

import type { HttpResponse } from '#http/message.ts'
import * as errors from '#kubernetes/api/errors.ts'
import { type Draft, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { labelSelectorAsSelector, labelsOf, matches } from '#kubernetes/api/labels.ts'
import { rfc3339 } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { readObject } from '../body.ts'
import type { Endpoint, RequestContext } from '../context.ts'
import { jsonResponse } from '../response.ts'
import { checkPreconditions, get, removeAdmitted } from '../rest.ts'

const PODS = { group: '', resource: 'pods' }

export function* eviction(context: RequestContext, endpoint: Endpoint): Sim<HttpResponse> {
  const body = readObject(context.request)
  const name = str(body, 'metadata', 'name') || context.info.name
  if (name !== context.info.name) throw errors.newBadRequest('name in URL does not match name in Eviction object')
  const pod = get(context, endpoint)
  const options = obj(body, 'deleteOptions')
  const dry = Array.isArray(options.dryRun) && options.dryRun.includes('All') ? { ...context, dryRun: true } : context
  if (!canIgnoreBudget(pod)) takeFromBudget(dry, pod)
  checkPreconditions(PODS, pod, options)
  removeAdmitted(dry, endpoint, pod, options)
  return jsonResponse(201, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    code: 201,
  })
}

/** Pods that have ended, wait for a node or are going already disrupt nothing. */
function canIgnoreBudget(pod: Obj): boolean {
  const phase = str(pod, 'status', 'phase')
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || str(pod, 'metadata', 'deletionTimestamp') !== ''
}

const isReady = (pod: Obj): boolean => objs(pod, 'status', 'conditions').some((c) => c.type === 'Ready' && c.status === 'True')

function takeFromBudget(context: RequestContext, pod: Obj): void {
  const { server } = context
  const namespace = str(pod, 'metadata', 'namespace')
  const budgets = server.objects('policy', 'poddisruptionbudgets', namespace).filter((b) => {
    const selector = labelSelectorAsSelector(obj(b, 'spec').selector)
    return selector !== undefined && matches(selector, labelsOf(pod))
  })
  if (budgets.length > 1)
    throw new errors.StatusError(
      500,
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      {
        causes: [
          {
            message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
          },
        ],
      },
    )
  const budget = budgets[0]
  if (budget === undefined) return
  if (!isReady(pod)) {
    const policy = str(budget, 'spec', 'unhealthyPodEvictionPolicy')
    const healthy = Number(obj(budget, 'status').currentHealthy ?? 0)
    const desired = Number(obj(budget, 'status').desiredHealthy ?? 0)
    if (policy === 'AlwaysAllow' || (healthy >= desired && desired > 0)) return
  }
  const status = obj(budget, 'status')
  const name = str(budget, 'metadata', 'name')
  const generation = Number(obj(budget, 'metadata').generation ?? 0)
  if (Number(status.observedGeneration ?? 0) < generation) {
    throw tooMany(
      "Cannot evict pod as it would violate the pod's disruption budget.",
      `The disruption budget ${name} is still being processed by the server.`,
      10,
    )
  }
  const allowed = Number(status.disruptionsAllowed ?? 0)
  if (allowed <= 0) {
    throw tooMany(
      "Cannot evict pod as it would violate the pod's disruption budget.",
      `The disruption budget ${name} needs ${String(status.desiredHealthy ?? 0)} healthy pods and has ${String(status.currentHealthy ?? 0)} currently`,
      0,
    )
  }
  if (context.dryRun) return
  const changed: Draft = {
    ...budget,
    status: {
      ...status,
      disruptionsAllowed: allowed - 1,
      disruptedPods: {
        ...obj(status, 'disruptedPods'),
        [str(pod, 'metadata', 'name')]: rfc3339(context.now),
      },
    },
  }
  server.storage(server.endpoint('policy', 'poddisruptionbudgets').kind).update(changed, budget)
}

function tooMany(message: string, cause: string, retryAfterSeconds: number): errors.StatusError {
  return new errors.StatusError(429, 'TooManyRequests', message, {
    causes: [{ reason: 'DisruptionBudget', message: cause }],
    ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
  })
}
