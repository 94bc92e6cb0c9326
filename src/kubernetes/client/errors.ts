/** A `Status` object of the API: what a failed request answers with. */
export interface Status {
  readonly status?: string
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly details?: {
    readonly name?: string
    readonly kind?: string
    readonly uid?: string
    readonly retryAfterSeconds?: number
    readonly causes?: readonly {
      readonly reason?: string
      readonly message?: string
      readonly field?: string
    }[]
  }
}

/** The server answered a request with a failure. `message` is the server's. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly code: number
  readonly status: Status

  constructor(code: number, status: Status) {
    super(status.message ?? `the server responded with the status code ${code}`)
    this.code = code
    this.status = status
  }

  get reason(): string {
    return this.status.reason ?? ''
  }

  /** True when a cause of this reason is given (`NamespaceTerminating`). */
  hasCause(reason: string): boolean {
    return this.status.details?.causes?.some((c) => c.reason === reason) ?? false
  }
}

function hasReason(error: unknown, code: number, reason: string): boolean {
  return error instanceof ApiError && (error.reason === reason || (error.reason === '' && error.code === code))
}

export const isNotFound = (error: unknown): boolean => hasReason(error, 404, 'NotFound')
export const isAlreadyExists = (error: unknown): boolean => hasReason(error, 409, 'AlreadyExists')
export const isConflict = (error: unknown): boolean => hasReason(error, 409, 'Conflict')
export const isForbidden = (error: unknown): boolean => hasReason(error, 403, 'Forbidden')
export const isInvalid = (error: unknown): boolean => hasReason(error, 422, 'Invalid')
export const isExpired = (error: unknown): boolean => hasReason(error, 410, 'Expired') || hasReason(error, 410, 'Gone')
/** The namespace of what was to be created is being deleted. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  isForbidden(error) && error instanceof ApiError && error.hasCause('NamespaceTerminating')

/** What went wrong, in words, for an event or a log line. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
