import { selectObjects } from '../builder.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { groupVersion } from '../mapping.ts'
import { createObject } from './create-object.ts'

export const autoscale: Command = {
  name: 'autoscale',
  use: '(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]',
  short: 'Auto-scale a deployment, replica set, stateful set, or replication controller',
  long: 'Creates an autoscaler that automatically chooses and sets the number of pods that run in a Kubernetes cluster. The command will attempt to use the autoscaling/v2 API first, in case of an error, it will fall back to autoscaling/v1 API.\n\n Looks up a deployment, replica set, stateful set, or replication controller by name and creates an autoscaler that uses the given resource as a reference. An autoscaler can automatically increase or decrease number of pods deployed within the system as needed.',
  group: 'Deploy Commands',
  flags: [
    SHARED.allowMissing,
    {
      name: 'cpu',
      type: 'string',
      default: "''",
      usage:
        'Target CPU utilization over all the pods. When specified as a percentage (e.g."70%" for 70% of requested CPU) it will target average utilization. When specified as quantity (e.g."500m" for 500 milliCPU) it will target average value. Value without units is treated as a quantity with miliCPU being the unit (e.g."500" is "500m").',
    },
    {
      name: 'cpu-percent',
      type: 'int',
      default: '-1',
      usage:
        "The target average CPU utilization (represented as a percent of requested CPU) over all the pods. If it's not specified or negative, a default autoscaling policy will be used.",
      deprecated: "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
    },
    SHARED.dryRun,
    SHARED.fieldManager('kubectl-autoscale'),
    SHARED.filename('Filename, directory, or URL to files identifying the resource to autoscale.'),
    SHARED.kustomize,
    {
      name: 'max',
      type: 'int',
      default: '-1',
      usage: 'The upper limit for the number of pods that can be set by the autoscaler. Required.',
    },
    {
      name: 'memory',
      type: 'string',
      default: "''",
      usage:
        'Target memory utilization over all the pods. When specified as a percentage (e.g."60%" for 60% of requested memory) it will target average utilization. When specified as quantity (e.g."200Mi" for 200 MiB, "1Gi" for 1 GiB) it will target average value. Value without units is treated as a quantity with mebibytes being the unit (e.g."200" is "200Mi").',
    },
    {
      name: 'min',
      type: 'int',
      default: '-1',
      usage:
        "The lower limit for the number of pods that can be set by the autoscaler. If it's not specified or negative, the server will apply a default value.",
    },
    {
      name: 'name',
      type: 'string',
      default: "''",
      usage: 'The name for the newly created object. If not specified, the name of the input resource will be used.',
    },
    SHARED.output,
    SHARED.recursive(),
    SHARED.saveConfig,
    SHARED.showManagedFields,
    SHARED.template,
  ],
  *run(k, call) {
    const { flags } = call
    if (!flags.changed('max')) throw new CommandError('required flag(s) "max" not set')
    const max = flags.int('max')
    const min = flags.int('min')
    if (max < 1) throw new CommandError(`--max=MAXPODS is required and must be at least 1, max: ${max}`)
    if (max < min) throw new CommandError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`)
    const mapper = yield* k.mapper()
    for (const info of yield* selectObjects(k, call)) {
      if (!info.mapping.subresources.includes('scale'))
        throw new CommandError(`cannot autoscale a ${info.mapping.kind}: the server could not find the requested resource`)
      const metrics = [
        ...target('cpu', flags.string('cpu') || (flags.int('cpu-percent') >= 0 ? `${flags.int('cpu-percent')}%` : ''), 'm'),
        ...target('memory', flags.string('memory'), 'Mi'),
      ]
      const object = {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: flags.string('name') || info.name },
        spec: {
          maxReplicas: max,
          ...(metrics.length === 0 ? {} : { metrics }),
          ...(min > 0 ? { minReplicas: min } : {}),
          scaleTargetRef: { apiVersion: groupVersion(info.mapping), kind: info.mapping.kind, name: info.name },
        },
        status: { currentMetrics: null, desiredReplicas: 0 },
      }
      const mapping = mapper.forKind('autoscaling/v2', 'HorizontalPodAutoscaler') ?? mapper.resolve('horizontalpodautoscalers')
      yield* createObject(k, call, mapping, yield* k.namespace(), object, 'autoscaled')
    }
    return 0
  },
}

/** A metric of `--cpu` or `--memory`: a percentage of the request, or an amount. */
function target(name: string, value: string, unit: string): object[] {
  if (value === '') return []
  const percent = /^(\d+)%$/.exec(value)
  const amount = /^\d+$/.test(value) ? `${value}${unit}` : value
  const goal =
    percent === null ? { averageValue: amount, type: 'AverageValue' } : { averageUtilization: Number(percent[1]), type: 'Utilization' }
  return [{ resource: { name, target: goal }, type: 'Resource' }]
}
