/** autoscaling: stored and served as v2, served as v1 too. */
import { type Draft, draft, drafts, isObj, num, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateAutoscaler, validateAutoscalerStatus } from '../validation/autoscaling.ts'
import { builtIn, type Kind } from './kind.ts'

function quantityOrUnset(value: unknown): string {
  return value === undefined ? '<unknown>' : String(value)
}

function metricText(spec: Obj, current: Obj | undefined): string {
  const type = str(spec, 'type')
  const part = type.charAt(0).toLowerCase() + type.slice(1)
  const wanted = obj(spec, part, 'target')
  const now = obj(current, part, 'current')
  const name =
    type === 'Resource'
      ? `${str(spec, 'resource', 'name')}: `
      : type === 'ContainerResource'
        ? `${str(spec, 'containerResource', 'name')}: `
        : ''
  if (wanted.averageUtilization !== undefined)
    return `${name}${now.averageUtilization === undefined ? '<unknown>' : `${String(now.averageUtilization)}%`}/${String(wanted.averageUtilization)}%`
  if (wanted.averageValue !== undefined)
    return `${name}${quantityOrUnset(now.averageValue)}/${String(wanted.averageValue)}${type === 'Resource' || type === 'Pods' || type === 'ContainerResource' ? '' : ' (avg)'}`
  return `${name}${quantityOrUnset(now.value)}/${String(wanted.value ?? '<auto>')}`
}

/** At most two metrics are shown. */
function targets(o: Obj): string {
  const specs = objs(o, 'spec', 'metrics')
  if (specs.length === 0) return '<none>'
  const current = objs(o, 'status', 'currentMetrics')
  const list = specs.map((spec, i) => metricText(spec, current[i]))
  return list.length > 2 ? `${list.slice(0, 2).join(', ')} + ${list.length - 2} more...` : list.join(', ')
}

function toV1(o: Obj): Obj {
  const spec: Draft = { ...obj(o, 'spec') }
  const cpu = objs(o, 'spec', 'metrics').find((m) => m.type === 'Resource' && str(m, 'resource', 'name') === 'cpu')
  const utilization = num(cpu, 'resource', 'target', 'averageUtilization')
  delete spec.metrics
  delete spec.behavior
  if (utilization !== undefined) spec.targetCPUUtilizationPercentage = utilization
  const status: Draft = { ...obj(o, 'status') }
  delete status.currentMetrics
  delete status.conditions
  status.currentReplicas ??= 0
  status.desiredReplicas ??= 0
  return { ...o, spec, status }
}

function fromV1(o: Obj): Obj {
  const spec: Draft = { ...obj(o, 'spec') }
  const target = spec.targetCPUUtilizationPercentage
  delete spec.targetCPUUtilizationPercentage
  if (typeof target === 'number')
    spec.metrics = [
      {
        type: 'Resource',
        resource: {
          name: 'cpu',
          target: { type: 'Utilization', averageUtilization: target },
        },
      },
    ]
  return { ...o, spec }
}

const UP = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
}
const DOWN = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
}

export const AUTOSCALING: readonly Kind[] = [
  builtIn({
    group: 'autoscaling',
    pkg: 'autoscaling',
    version: 'v2',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    shortNames: ['hpa'],
    categories: ['all'],
    namespaced: true,
    status: true,
    alsoServed: [
      {
        group: 'autoscaling',
        version: 'v1',
        def: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
        fromStorage: toV1,
        toStorage: fromV1,
      },
    ],
    columns: [NAME, { name: 'Reference' }, { name: 'Targets' }, { name: 'MinPods' }, { name: 'MaxPods' }, { name: 'Replicas' }, AGE],
    row: (o, { now }) => {
      const ref = obj(o, 'spec', 'scaleTargetRef')
      return [
        str(o, 'metadata', 'name'),
        `${str(ref, 'kind')}/${str(ref, 'name')}`,
        targets(o),
        String(num(o, 'spec', 'minReplicas') ?? '<unset>'),
        num(o, 'spec', 'maxReplicas') ?? 0,
        num(o, 'status', 'currentReplicas') ?? 0,
        ageOf(o, now),
      ]
    },
    strategy: {
      generationOf: false,
      defaults(o) {
        const spec = draft(o, 'spec')
        spec.minReplicas ??= 1
        if (drafts(spec, 'metrics').length === 0)
          spec.metrics = [
            {
              type: 'Resource',
              resource: {
                name: 'cpu',
                target: { type: 'Utilization', averageUtilization: 80 },
              },
            },
          ]
        const behavior = spec.behavior
        if (!isObj(behavior)) return
        const b = behavior as Draft
        b.scaleUp = { ...UP, ...obj(b, 'scaleUp') }
        b.scaleDown = { ...DOWN, ...obj(b, 'scaleDown') }
      },
      prepareForCreate(o) {
        o.status = { desiredReplicas: 0, currentMetrics: null }
      },
      validate: validateAutoscaler,
      validateUpdate: validateAutoscaler,
      validateStatusUpdate: validateAutoscalerStatus,
    },
  }),
]
