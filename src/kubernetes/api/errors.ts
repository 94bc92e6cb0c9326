/**
 * The API's errors: a `Status` object and the HTTP code it travels with. Constructors are named as in
 * apimachinery/pkg/api/errors, and say the same.
 */
import type { FieldError } from './field.ts'
import type { Draft, Obj } from './json.ts'

export interface Cause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

/** An error an API client may see. `status` is the object of the response. */
export class StatusError extends Error {
  override name = 'StatusError'
  readonly status: Obj

  constructor(code: number, reason: string, message: string, details?: Obj) {
    super(message)
    const status: Draft = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
    }
    if (reason !== '') status.reason = reason
    if (details !== undefined) status.details = details
    status.code = code
    this.status = status
  }

  get code(): number {
    return this.status.code as number
  }

  get reason(): string {
    return (this.status.reason as string | undefined) ?? ''
  }
}

/** Group and resource as errors name them: `deployments.apps`, `pods`. */
export interface GroupResource {
  readonly group: string
  readonly resource: string
}

export const resourceText = (gr: GroupResource): string => (gr.group === '' ? gr.resource : `${gr.resource}.${gr.group}`)

function details(gr: GroupResource, name: string, more: Obj = {}): Obj {
  const out: Draft = {}
  if (name !== '') out.name = name
  if (gr.group !== '') out.group = gr.group
  if (gr.resource !== '') out.kind = gr.resource
  return { ...out, ...more }
}

export const newNotFound = (gr: GroupResource, name: string): StatusError =>
  new StatusError(404, 'NotFound', `${resourceText(gr)} "${name}" not found`, details(gr, name))

export const newAlreadyExists = (gr: GroupResource, name: string): StatusError =>
  new StatusError(409, 'AlreadyExists', `${resourceText(gr)} "${name}" already exists`, details(gr, name))

export const newGenerateNameConflict = (gr: GroupResource, name: string): StatusError =>
  new StatusError(
    409,
    'AlreadyExists',
    `${resourceText(gr)} "${name}" already exists, the server was not able to generate a unique name for the object`,
    details(gr, name, { retryAfterSeconds: 1 }),
  )

export const newConflict = (gr: GroupResource, name: string, why: string): StatusError =>
  new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${resourceText(gr)} "${name}": ${why}`, details(gr, name))

export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again'

export const newForbidden = (gr: GroupResource, name: string, why: string): StatusError => {
  const message =
    gr.resource === ''
      ? `forbidden: ${why}`
      : name === ''
        ? `${resourceText(gr)} is forbidden: ${why}`
        : `${resourceText(gr)} "${name}" is forbidden: ${why}`
  return new StatusError(403, 'Forbidden', message, details(gr, name))
}

export const newUnauthorized = (why = 'Unauthorized'): StatusError => new StatusError(401, 'Unauthorized', why)

export const newBadRequest = (why: string): StatusError => new StatusError(400, 'BadRequest', why)

export const newMethodNotSupported = (gr: GroupResource, action: string): StatusError =>
  new StatusError(405, 'MethodNotAllowed', `${action} is not supported on resources of kind "${resourceText(gr)}"`, details(gr, ''))

export const newInternalError = (why: string): StatusError =>
  new StatusError(500, 'InternalError', `Internal error occurred: ${why}`, {
    causes: [{ message: why }],
  })

export const newServiceUnavailable = (why: string): StatusError => new StatusError(503, 'ServiceUnavailable', why)

export const newTooManyRequests = (why: string, retryAfterSeconds: number): StatusError =>
  new StatusError(429, 'TooManyRequests', why, retryAfterSeconds > 0 ? { retryAfterSeconds } : undefined)

export const newResourceExpired = (why: string): StatusError => new StatusError(410, 'Expired', why)

export const newTimeoutError = (why: string): StatusError => new StatusError(504, 'Timeout', why)

export const newRequestEntityTooLarge = (why: string): StatusError =>
  new StatusError(413, 'RequestEntityTooLarge', `Request entity is too large: ${why}`)

/** The conflict of a server-side apply: a cause for each field. */
export const newApplyConflict = (causes: readonly Cause[], message: string): StatusError =>
  new StatusError(409, 'Conflict', message, { causes })

/** What path nobody serves. */
export const newPathNotFound = (): StatusError => new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})

/** Invalid objects: the errors of their fields. */
export function newInvalid(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const causes = errors.map(
    (e): Cause => ({
      reason: REASONS[e.type] ?? e.type,
      message: e.text(),
      field: e.field,
    }),
  )
  const out: Draft = {}
  if (name !== '') out.name = name
  if (kind.group !== '') out.group = kind.group
  out.kind = kind.kind
  out.causes = causes
  const texts = [...new Set(errors.map((e) => e.toString()))]
  const list = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
  return new StatusError(422, 'Invalid', `${qualified} "${name}" is invalid: ${list}`, out)
}

const REASONS: { readonly [type: string]: string } = {
  required: 'FieldValueRequired',
  invalid: 'FieldValueInvalid',
  duplicate: 'FieldValueDuplicate',
  forbidden: 'FieldValueForbidden',
  notSupported: 'FieldValueNotSupported',
  notFound: 'FieldValueNotFound',
  tooLong: 'FieldValueTooLong',
  tooMany: 'FieldValueTooMany',
  internal: 'InternalError',
  typeInvalid: 'FieldValueTypeInvalid',
}
