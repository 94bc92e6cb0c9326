import { HOUR, parseRfc3339, SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import type { Client } from './client.ts'
import { isAlreadyExists } from './errors.ts'
import { SERVICE_ACCOUNTS } from './resources.ts'
import type { Scope } from './scope.ts'
import type { KubeObject } from './types/meta.ts'

interface TokenRequest extends KubeObject {
  readonly status: { readonly token: string; readonly expirationTimestamp: string }
}

/** Makes a service account unless it is there. */
export function* ensureServiceAccount(client: Client, namespace: string, name: string): Sim<void> {
  try {
    yield* client.create(SERVICE_ACCOUNTS, namespace, { metadata: { name, namespace } })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}

/**
 * A token of a service account (made when missing), kept fresh by a coroutine of `scope`. Waits for the first one.
 * Source: clientbuilder.DynamicControllerClientBuilder.
 */
export function* serviceAccountToken(client: Client, scope: Scope, namespace: string, name: string): Sim<() => string> {
  const { sim } = client
  let token = ''
  const request = function* (): Sim<number> {
    for (let attempt = 0; ; attempt++) {
      try {
        const account = yield* client.find(SERVICE_ACCOUNTS, namespace, name)
        if (account === undefined) yield* ensureServiceAccount(client, namespace, name)
        const body = {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          metadata: {},
          spec: { audiences: [], expirationSeconds: 3600 },
        }
        const answer = (yield* client.post(SERVICE_ACCOUNTS, namespace, name, 'token', body)) as TokenRequest
        token = answer.status.token
        const expires = parseRfc3339(answer.status.expirationTimestamp) ?? sim.now + HOUR
        return Math.max(10 * SECOND, Math.round((expires - sim.now) * 0.8))
      } catch (error) {
        if (error instanceof Error && error.name === 'AssertionError') throw error
        yield* sim.sleep(Math.min(attempt + 1, 10) * SECOND)
      }
    }
  }
  let left = yield* request()
  const refresh = function* (): Sim<never> {
    for (;;) {
      yield* sim.sleep(left)
      left = yield* request()
    }
  }
  scope.spawn(`token of ${name}`, refresh())
  return () => token
}
