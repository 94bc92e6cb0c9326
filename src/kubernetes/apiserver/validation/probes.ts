/** Probes and hooks of containers. Source: k8s.io/kubernetes pkg/apis/core/validation (validateProbe, validateHandler, validateLifecycle). */
import { type FieldError, forbidden, invalid, required } from '#kubernetes/api/field.ts'
import { isObj, num, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { isHttpHeaderName, isValidPortName, isValidPortNumber } from '#kubernetes/api/names.ts'
import { among, complain, needed, nonNegative } from './check.ts'

/** A number or name of a port. */
export function portNumberOrName(value: unknown, path: string): FieldError[] {
  if (typeof value === 'string') return complain(isValidPortName(value), path, value)
  const port = typeof value === 'number' ? value : 0
  return complain(isValidPortNumber(port), path, port)
}

function httpGet(get: Obj, path: string): FieldError[] {
  const out = needed(str(get, 'path'), `${path}.path`)
  out.push(...portNumberOrName(get.port, `${path}.port`), ...among(str(get, 'scheme'), `${path}.scheme`, ['HTTP', 'HTTPS']))
  for (const header of objs(get, 'httpHeaders'))
    out.push(...complain(isHttpHeaderName(str(header, 'name')), `${path}.httpHeaders`, str(header, 'name')))
  return out
}

/** `grace`: seconds the pod has to end. */
type Rule = (action: Obj, path: string, grace: number | undefined) => FieldError[]

const ACTIONS: { readonly [name: string]: Rule } = {
  exec: (a, path) => (strs(a, 'command').length === 0 ? [required(`${path}.command`)] : []),
  httpGet,
  tcpSocket: (a, path) => portNumberOrName(a.port, `${path}.port`),
  grpc: (a, path) => portNumberOrName(num(a, 'port') ?? 0, `${path}.port`),
  sleep: (a, path, grace) => {
    const seconds = num(a, 'seconds') ?? 0
    return grace !== undefined && (seconds < 0 || seconds > grace)
      ? [invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)]
      : []
  },
}
const OF_PROBES = ['exec', 'httpGet', 'tcpSocket', 'grpc']
const OF_HOOKS = ['exec', 'httpGet', 'tcpSocket', 'sleep']

/** The action of a probe or hook: exactly one. */
function handler(h: Obj, path: string, names: readonly string[], grace: number | undefined): FieldError[] {
  const out: FieldError[] = []
  const given = names.filter((name) => isObj(h[name]))
  for (const [i, name] of given.entries()) {
    if (i > 0) out.push(forbidden(`${path}.${name}`, 'may not specify more than 1 handler type'))
    else out.push(...(ACTIONS[name]?.(obj(h, name), `${path}.${name}`, grace) ?? []))
  }
  if (given.length === 0) out.push(required(path, 'must specify a handler type'))
  return out
}

const NUMBERS = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold']

export function validateProbes(c: Obj, path: string): FieldError[] {
  const out: FieldError[] = []
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = c[name]
    if (!isObj(probe)) continue
    const at = `${path}.${name}`
    out.push(...handler(probe, at, OF_PROBES, undefined))
    for (const n of NUMBERS) out.push(...nonNegative(num(probe, n), `${at}.${n}`))
    const grace = num(probe, 'terminationGracePeriodSeconds')
    if (grace !== undefined && grace <= 0) out.push(invalid(`${at}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'))
    if (name === 'readinessProbe') {
      if (grace !== undefined) out.push(invalid(`${at}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'))
      continue
    }
    const successes = num(probe, 'successThreshold') ?? 1
    if (successes !== 1) out.push(invalid(`${at}.successThreshold`, successes, 'must be 1'))
  }
  return out
}

export function validateLifecycle(c: Obj, path: string, grace: number | undefined): FieldError[] {
  const hooks = obj(c, 'lifecycle')
  return ['postStart', 'preStop'].flatMap((name) => {
    const hook = hooks[name]
    return isObj(hook) ? handler(hook, `${path}.lifecycle.${name}`, OF_HOOKS, grace) : []
  })
}
