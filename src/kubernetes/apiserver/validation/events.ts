/** Events. Source: k8s.io/kubernetes pkg/apis/core/validation/events.go. */
import { type FieldError, invalid, required } from '#kubernetes/api/field.ts'
import { equal, type Obj, str } from '#kubernetes/api/json.ts'
import { isQualifiedName } from '#kubernetes/api/names.ts'
import { complain, immutable } from './check.ts'

const LONGEST = 128
const LONGEST_NOTE = 1024

/** An object without a namespace has its events in `default`. */
function legacy(o: Obj): FieldError[] {
  const [namespace, about] = [str(o, 'metadata', 'namespace'), str(o, 'involvedObject', 'namespace')]
  const fits = about === '' ? namespace === 'default' || namespace === '' : about === namespace
  return fits ? [] : [invalid('involvedObject.namespace', about, 'does not match event.namespace')]
}

/** `strict`: in the version that has rules of its own. */
export function validateEvent(o: Obj, strict: boolean): FieldError[] {
  const out = legacy(o)
  if (!strict) return out
  if (str(o, 'eventTime') === '') out.push(required('eventTime'))
  const limited = (field: string, shown: string, limit: number, needed: boolean): void => {
    const value = str(o, field)
    if (needed && value === '') out.push(required(shown))
    if (value.length > limit) out.push(invalid(shown, value, `can have at most ${limit} characters`))
  }
  const controller = str(o, 'reportingComponent')
  if (controller === '') out.push(required('reportingController'))
  out.push(...(controller === '' ? [] : complain(isQualifiedName(controller), 'reportingController', controller)))
  limited('reportingInstance', 'reportingInstance', LONGEST, true)
  limited('action', 'action', LONGEST, true)
  limited('reason', 'reason', LONGEST, true)
  limited('message', 'message', LONGEST_NOTE, false)
  const type = str(o, 'type')
  if (type !== 'Normal' && type !== 'Warning') out.push(invalid('type', type, 'has invalid value: '))
  return out
}

const FIXED: readonly (readonly [string, string])[] = [
  ['involvedObject', 'involvedObject'],
  ['reason', 'reason'],
  ['message', 'message'],
  ['source', 'source'],
  ['firstTimestamp', 'firstTimestamp'],
  ['lastTimestamp', 'lastTimestamp'],
  ['count', 'count'],
  ['type', 'type'],
  ['eventTime', 'eventTime'],
  ['action', 'action'],
  ['related', 'related'],
  ['reportingComponent', 'reportingController'],
  ['reportingInstance', 'reportingInstance'],
]

export function validateEventUpdate(o: Obj, old: Obj, strict: boolean): FieldError[] {
  const out = validateEvent(o, strict)
  if (!strict) return out
  for (const [field, path] of FIXED) if (!equal(o[field], old[field])) out.push(...immutable(o[field], old[field], path))
  return out
}
