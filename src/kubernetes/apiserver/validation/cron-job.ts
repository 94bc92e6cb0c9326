/** CronJobs. Source: k8s.io/kubernetes pkg/apis/batch/validation (ValidateCronJobCreate). */
import { type FieldError, invalid, notSupported } from '#kubernetes/api/field.ts'
import { num, type Obj, obj, str } from '#kubernetes/api/json.ts'
import { maxLen } from '#kubernetes/api/names.ts'
import { needed, nonNegative, oneOf } from './check.ts'
import { cronProblem, isTimeZone } from './cron.ts'
import { validateJobSpec } from './job.ts'

/** A job's name has eleven characters more, and may have 63. */
const LONGEST_NAME = 52
const TZ_IN_SCHEDULE = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
const TZ_TWICE = 'cannot use both timeZone field and TZ or CRON_TZ in schedule'

function schedule(spec: Obj, old: Obj): FieldError[] {
  const allowed = str(old, 'schedule').includes('TZ')
  return needed(str(spec, 'schedule'), 'spec.schedule', (text, path) => {
    const problem = cronProblem(text)
    const out = problem === undefined ? [] : [invalid(path, text, problem)]
    if (!text.includes('TZ')) return out
    if (!allowed) out.push(invalid(path, text, TZ_IN_SCHEDULE))
    else if (spec.timeZone !== undefined) out.push(invalid(path, text, TZ_TWICE))
    return out
  })
}

function timeZone(zone: unknown, path: string): FieldError[] {
  if (typeof zone !== 'string') return []
  if (zone === '') return [invalid(path, zone, 'timeZone must be nil or non-empty string')]
  if (zone.toLowerCase() === 'local')
    return [invalid(path, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')]
  return isTimeZone(zone) ? [] : [invalid(path, zone, `unknown time zone ${zone}`)]
}

function specErrors(spec: Obj, old: Obj): FieldError[] {
  const template = obj(spec, 'jobTemplate', 'spec')
  const path = 'spec.jobTemplate.spec'
  const out = [...schedule(spec, old), ...nonNegative(num(spec, 'startingDeadlineSeconds'), 'spec.startingDeadlineSeconds')]
  if (spec.timeZone !== old.timeZone) out.push(...timeZone(spec.timeZone, 'spec.timeZone'))
  out.push(...oneOf(spec.concurrencyPolicy, 'spec.concurrencyPolicy', ['Allow', 'Forbid', 'Replace']), ...validateJobSpec(template, path))
  if (template.selector !== undefined) out.push(invalid(`${path}.selector`, template.selector, '`selector` will be auto-generated'))
  if (template.manualSelector === true) out.push(notSupported(`${path}.manualSelector`, true, ['nil', 'false']))
  for (const name of ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit']) out.push(...nonNegative(num(spec, name), `spec.${name}`))
  return out
}

export function validateCronJob(o: Obj): FieldError[] {
  const out = specErrors(obj(o, 'spec'), {})
  const name = str(o, 'metadata', 'name')
  if (name.length > LONGEST_NAME) out.push(invalid('metadata.name', name, maxLen(LONGEST_NAME)))
  return out
}

/** Names that are too long were let in once. */
export const validateCronJobUpdate = (o: Obj, old: Obj): FieldError[] => specErrors(obj(o, 'spec'), obj(old, 'spec'))
