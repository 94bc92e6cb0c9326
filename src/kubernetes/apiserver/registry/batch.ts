/** batch */

import { humanDuration } from '#kubernetes/api/duration.ts'
import { bool, draft, isObj, num, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { formatLabelSelector } from '#kubernetes/api/labels.ts'
import { parseRfc3339 } from '#sim/time.ts'
import { AGE, age, ageOf, NAME } from '../table.ts'
import { validateCronJob, validateCronJobUpdate } from '../validation/cron-job.ts'
import { validateJob, validateJobUpdate } from '../validation/job.ts'
import { nameWarnings, templateWarnings, workloadWarnings } from '../validation/pod-warnings.ts'
import { defaultJobLabels, jobDefaults, jobSelector } from './job-defaults.ts'
import { builtIn, type Kind } from './kind.ts'
import { containersAndImages } from './pod-table.ts'

const base = { group: 'batch', pkg: 'batch', namespaced: true } as const

function duration(o: Obj, now: number): string {
  const start = parseRfc3339(str(o, 'status', 'startTime'))
  if (start === undefined) return ''
  const end = parseRfc3339(str(o, 'status', 'completionTime'))
  return humanDuration((end ?? now) - start)
}

function completions(o: Obj): string {
  const wanted = num(o, 'spec', 'completions')
  const done = num(o, 'status', 'succeeded') ?? 0
  if (wanted !== undefined) return `${done}/${wanted}`
  const parallelism = num(o, 'spec', 'parallelism') ?? 0
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`
}

/** The first condition that says how the job ended. */
function jobStatus(o: Obj): string {
  const types = objs(o, 'status', 'conditions')
    .filter((c) => c.status === 'True')
    .map((c) => str(c, 'type'))
  if (types.includes('Complete')) return 'Complete'
  if (types.includes('Failed')) return 'Failed'
  if (str(o, 'metadata', 'deletionTimestamp') !== '') return 'Terminating'
  if (types.includes('Suspended')) return 'Suspended'
  if (types.includes('FailureTarget')) return 'FailureTarget'
  if (types.includes('SuccessCriteriaMet')) return 'SuccessCriteriaMet'
  return 'Running'
}

const MANY =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail'

/** Source: WarningsForJobSpec. */
const jobWarnings = (spec: Obj, path: string): string[] =>
  spec.completionMode === 'Indexed' && (num(spec, 'completions') ?? 0) > 100_000 && (num(spec, 'parallelism') ?? 0) > 10_000
    ? [`${path}: ${MANY}`]
    : []

const TZ_IN_SCHEDULE =
  'CRON_TZ or TZ used in spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details'

function cronJobWarnings(o: Obj, old: Obj | undefined): string[] {
  return [
    ...(old === undefined ? nameWarnings(o) : []),
    ...jobWarnings(obj(o, 'spec', 'jobTemplate', 'spec'), 'spec.jobTemplate.spec'),
    ...templateWarnings(o, old, ['spec', 'jobTemplate', 'spec', 'template']),
    ...(str(o, 'spec', 'schedule').includes('TZ') ? [TZ_IN_SCHEDULE] : []),
  ]
}

const wide = [
  { name: 'Containers', priority: 1 },
  { name: 'Images', priority: 1 },
  { name: 'Selector', priority: 1 },
] as const

export const BATCH: readonly Kind[] = [
  builtIn({
    ...base,
    kind: 'Job',
    plural: 'jobs',
    categories: ['all'],
    status: true,
    fields: {
      'status.successful': (o) => String(num(o, 'status', 'succeeded') ?? 0),
    },
    columns: [NAME, { name: 'Status' }, { name: 'Completions' }, { name: 'Duration' }, AGE, ...wide],
    row: (o, { now }) => [
      str(o, 'metadata', 'name'),
      jobStatus(o),
      completions(o),
      duration(o, now),
      ageOf(o, now),
      ...containersAndImages(obj(o, 'spec', 'template', 'spec')),
      formatLabelSelector(obj(o, 'spec').selector),
    ],
    strategy: {
      generationOf: (o) => o.spec,
      defaults(o) {
        jobDefaults(draft(o, 'spec'))
        defaultJobLabels(o)
      },
      prepareForCreate(o) {
        jobSelector(o)
        o.status = {}
      },
      validate: validateJob,
      validateUpdate: validateJobUpdate,
      warnings: (o, old) => [...jobWarnings(obj(o, 'spec'), 'spec'), ...workloadWarnings(o, old)],
    },
  }),
  builtIn({
    ...base,
    kind: 'CronJob',
    plural: 'cronjobs',
    shortNames: ['cj'],
    categories: ['all'],
    status: true,
    columns: [
      NAME,
      { name: 'Schedule' },
      { name: 'Timezone' },
      { name: 'Suspend', type: 'boolean' },
      { name: 'Active', type: 'integer' },
      { name: 'Last Schedule' },
      AGE,
      ...wide,
    ],
    row: (o, { now }) => {
      const last = str(o, 'status', 'lastScheduleTime')
      return [
        str(o, 'metadata', 'name'),
        str(o, 'spec', 'schedule'),
        str(o, 'spec', 'timeZone') || '<none>',
        bool(o, 'spec', 'suspend') === true ? 'True' : 'False',
        objs(o, 'status', 'active').length,
        last === '' ? '<none>' : age(last, now),
        ageOf(o, now),
        ...containersAndImages(obj(o, 'spec', 'jobTemplate', 'spec', 'template', 'spec')),
        formatLabelSelector(obj(o, 'spec', 'jobTemplate', 'spec').selector),
      ]
    },
    strategy: {
      generationOf: (o) => o.spec,
      defaults(o) {
        const spec = draft(o, 'spec')
        spec.concurrencyPolicy ??= 'Allow'
        spec.suspend ??= false
        spec.successfulJobsHistoryLimit ??= 3
        spec.failedJobsHistoryLimit ??= 1
        if (isObj(spec.jobTemplate)) jobDefaults(draft(draft(spec, 'jobTemplate'), 'spec'), true)
      },
      prepareForCreate(o) {
        o.status = {}
      },
      validate: validateCronJob,
      validateUpdate: validateCronJobUpdate,
      warnings: cronJobWarnings,
    },
  }),
]
