/** What stops a kubectl command. The top of the program prints it and sets the exit code. */

/** `error: message`, exit 1 (or `exit`). */
export class CommandError extends Error {
  readonly exit: number
  /** Shown without `error: `. */
  readonly bare: boolean = false

  constructor(message: string, exit = 1) {
    super(message)
    this.exit = exit
  }
}

/** `error: message` and the line that points to the help of the command. */
export class UsageError extends Error {
  constructor(path: string, message: string) {
    super(`${message}\nSee '${path} -h' for help and examples`)
  }
}

/** Several failures, each on its own line without `error: `. */
export class Failures extends Error {
  readonly list: readonly Error[]

  constructor(list: readonly Error[]) {
    super(list.map((e) => e.message).join(', '))
    this.list = list
  }
}

/** The parts of metav1.Status that clients look at. */
export interface Status {
  readonly status?: string
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly details?: {
    readonly name?: string
    readonly group?: string
    readonly kind?: string
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
    readonly retryAfterSeconds?: number
  }
}

/** The server answered with a failure. */
export class ServerError extends Error {
  readonly status: Status
  /** What was being done, put in front: `error when creating "web.yaml"`. */
  readonly doing: string | undefined

  constructor(status: Status, doing?: string) {
    super(status.message ?? '')
    this.status = status
    this.doing = doing
  }

  get notFound(): boolean {
    return this.status.reason === 'NotFound'
  }

  while(doing: string): ServerError {
    return new ServerError(this.status, doing)
  }
}

/** A refused listing, told with what was asked for, as cli-runtime does. */
export function listFailure(error: unknown, resource: string, label: string | undefined, field: string | undefined): unknown {
  if (!(error instanceof ServerError) || (error.status.reason !== 'BadRequest' && !error.notFound)) return error
  const selected = label !== undefined || field !== undefined
  const asked = selected ? ` that match label selector ${JSON.stringify(label ?? '')}, field selector ${JSON.stringify(field ?? '')}` : ''
  const message = `Unable to ${selected ? 'find' : 'list'} ${JSON.stringify(resource)}${asked}: ${error.message}`
  return new ServerError({ ...error.status, message })
}

/** The lines kubectl prints for a failure, as k8s.io/kubectl's CheckErr does. */
export function describeFailure(error: unknown): string {
  if (error instanceof ServerError) return describeStatus(error)
  if (error instanceof Failures) return error.list.map((e) => (e instanceof ServerError ? describeStatus(e) : e.message)).join('\n')
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof CommandError && error.bare) return message
  return /^(error: |Error |podlab: )/.test(message) ? message : `error: ${message}`
}

function describeStatus(error: ServerError): string {
  const { status, doing } = error
  const reason = status.reason ?? ''
  if (reason === 'Invalid' && doing === undefined) return invalid(status)
  if (reason === 'Unauthorized') {
    return `error: You must be logged in to the server (${doing === undefined ? '' : `${doing}: `}${status.message ?? 'Unauthorized'})`
  }
  const message = `${doing === undefined ? '' : `${doing}: `}${status.message ?? ''}`
  return reason === '' ? `Error from server: ${message}` : `Error from server (${reason}): ${message}`
}

/** What was wrong, a line each. Source: kubectl cmd/util checkErr. */
function invalid({ details, message = '' }: Status): string {
  if (details === undefined) return `The request is invalid${message === '' ? '' : `: ${message}`}`
  const { kind = '', name = '', causes = [] } = details
  const unnamed = kind === '' && name === ''
  const head = unnamed ? 'The request is invalid' : `The ${kind} ${JSON.stringify(name)} is invalid`
  if (causes.length === 0) return unnamed && message !== '' ? `${head}: ${message}` : head
  const lines = [...new Set(causes.map((c) => `${c.field ?? ''}: ${c.message ?? ''}`))]
  return lines.length === 1 ? `${head}: ${lines[0]}` : `${head}: \n${lines.map((l) => `* ${l}`).join('\n')}`
}
