import { str } from '#kubernetes/api/json.ts'
import type { Command } from '../../command.ts'
import { CommandError, ServerError, UsageError } from '../../errors.ts'
import { SHARED } from '../../global-flags.ts'
import { print } from '../../io.ts'
import { objectPrinter } from '../../print/object.ts'
import { array, text } from './generator.ts'

/** `kubectl create token`: asks for a token of a service account and prints it. */
export const token: Command = {
  name: 'token',
  use: 'SERVICE_ACCOUNT_NAME',
  short: 'Request a service account token',
  long: 'Request a service account token.',
  flags: [
    SHARED.allowMissing,
    array(
      'audience',
      'Audience of the requested token. If unset, defaults to requesting a token for use with the Kubernetes API server. May be repeated to request a token valid for multiple audiences.',
    ),
    text(
      'bound-object-kind',
      'Kind of an object to bind the token to. Supported kinds are Node, Pod, Secret. If set, --bound-object-name must be provided.',
    ),
    text(
      'bound-object-name',
      'Name of an object to bind the token to. The token will expire when the object is deleted. Requires --bound-object-kind.',
    ),
    text(
      'bound-object-uid',
      'UID of an object to bind the token to. Requires --bound-object-kind and --bound-object-name. If unset, the UID of the existing object is used.',
    ),
    {
      name: 'duration',
      type: 'duration',
      default: '0s',
      usage:
        'Requested lifetime of the issued token. If not set or if set to 0, the lifetime will be determined by the server automatically. The server may return a token with a longer or shorter lifetime.',
    },
    SHARED.output,
    SHARED.showManagedFields,
    SHARED.template,
  ],
  *run(k, call) {
    const [name] = call.args
    if (name === undefined || call.args.length !== 1)
      throw new UsageError(call.path, `exactly one NAME is required, got ${call.args.length}`)
    const { flags } = call
    const kind = flags.string('bound-object-kind')
    const bound = flags.string('bound-object-name')
    if (kind === '' && bound !== '') throw new CommandError('--bound-object-name can only be set if --bound-object-kind is provided')
    if (kind !== '' && bound === '') throw new CommandError('--bound-object-name must be provided if --bound-object-kind is set')
    const seconds = flags.seconds('duration')
    if (seconds < 0) throw new CommandError('--duration must be greater than or equal to 0')
    const ref =
      kind === ''
        ? {}
        : {
            boundObjectRef: {
              apiVersion: 'v1',
              kind,
              name: bound,
              ...(flags.string('bound-object-uid') === '' ? {} : { uid: flags.string('bound-object-uid') }),
            },
          }
    const spec = {
      audiences: flags.list('audience').length === 0 ? null : flags.list('audience'),
      expirationSeconds: seconds > 0 ? seconds : null,
      ...ref,
    }
    try {
      const path = `/api/v1/namespaces/${yield* k.namespace()}/serviceaccounts/${name}/token`
      const answer = yield* (yield* k.rest()).json('POST', path, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: {},
        spec,
      })
      const printer = yield* objectPrinter(k, call)
      yield* print(k.proc, printer === undefined ? `${str(answer, 'status', 'token')}\n` : printer(answer, undefined))
    } catch (error) {
      throw error instanceof ServerError ? new CommandError(`failed to create token: ${error.message}`) : error
    }
  },
}
