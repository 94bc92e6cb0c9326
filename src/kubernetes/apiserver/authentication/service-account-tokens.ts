/**
 * Tokens of service accounts: JSON web tokens. Differs: the signature is a keyed hash, not RS256; nobody outside checks it.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { freeze, isObj, type Obj, obj, str } from '#kubernetes/api/json.ts'
import { decode, encode, fromBase64, toBase64 } from '#sim/bytes.ts'
import { SECOND } from '#sim/time.ts'
import type { UserInfo } from '../context.ts'
import type { ApiServer } from '../server.ts'

const ISSUER = 'https://kubernetes.default.svc.cluster.local'
const KEY = encode('podlab service account signing key')

export interface TokenSpec {
  readonly namespace: string
  readonly serviceAccount: string
  readonly serviceAccountUid: string
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
  /** The object the token dies with. */
  readonly bound?: {
    readonly kind: string
    readonly name: string
    readonly uid: string
  }
  readonly node?: { readonly name: string; readonly uid: string }
}

const base64Url = (bytes: Uint8Array): string => toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
const sign = (text: string): string => base64Url(hmac(sha256, KEY, encode(text)))

/** A token for a service account. */
export function issueToken(server: ApiServer, spec: TokenSpec): { readonly token: string; readonly expires: number } {
  const now = Math.floor(server.sim.now / SECOND)
  const kubernetes: { [key: string]: unknown } = {
    namespace: spec.namespace,
    ...(spec.node === undefined ? {} : { node: spec.node }),
    ...(spec.bound === undefined
      ? {}
      : {
          [spec.bound.kind.toLowerCase()]: {
            name: spec.bound.name,
            uid: spec.bound.uid,
          },
        }),
    serviceaccount: { name: spec.serviceAccount, uid: spec.serviceAccountUid },
  }
  const claims = {
    aud: spec.audiences.length === 0 ? [ISSUER] : spec.audiences,
    exp: now + spec.expirationSeconds,
    iat: now,
    iss: ISSUER,
    jti: server.random.uuid(),
    'kubernetes.io': kubernetes,
    nbf: now,
    sub: `system:serviceaccount:${spec.namespace}:${spec.serviceAccount}`,
  }
  const body = `${base64Url(encode(JSON.stringify({ alg: 'RS256', kid: 'podlab' })))}.${base64Url(encode(JSON.stringify(claims)))}`
  return {
    token: `${body}.${sign(body)}`,
    expires: (now + spec.expirationSeconds) * SECOND,
  }
}

/** Tokens whose signatures were found good, with their claims (upstream: the token cache). */
const verified = new Map<string, Obj>()
const VERIFIED_LIMIT = 5_000

/** The claims of a token with a good signature, whether it still holds or not. */
function signedClaims(token: string): Obj | undefined {
  const known = verified.get(token)
  if (known !== undefined) return known
  const parts = token.split('.')
  if (parts.length !== 3 || sign(`${parts[0]}.${parts[1]}`) !== parts[2]) return undefined
  const bytes = fromBase64(parts[1] ?? '')
  const claims: unknown = bytes === undefined ? undefined : JSON.parse(decode(bytes))
  if (!isObj(claims)) return undefined
  if (verified.size >= VERIFIED_LIMIT) verified.clear()
  verified.set(token, freeze(claims))
  return claims
}

/** The claims of a token that was issued here and still holds. */
export function verifyToken(server: ApiServer, token: string): Obj | undefined {
  const claims = signedClaims(token)
  if (claims === undefined) return undefined
  return typeof claims.exp === 'number' && claims.exp * SECOND > server.sim.now ? claims : undefined
}

/** The user a token stands for; undefined when it is not (or no longer) valid. */
export function userOfToken(server: ApiServer, token: string): UserInfo | undefined {
  const claims = verifyToken(server, token)
  if (claims === undefined) return undefined
  const bound = obj(claims, 'kubernetes.io')
  const namespace = str(bound, 'namespace')
  const name = str(bound, 'serviceaccount', 'name')
  const account = server.object('', 'serviceaccounts', namespace, name)
  if (account === undefined || str(account, 'metadata', 'uid') !== str(bound, 'serviceaccount', 'uid')) return undefined
  const pod = obj(bound, 'pod')
  const extra: { [key: string]: readonly string[] } = {
    'authentication.kubernetes.io/credential-id': [`JTI=${str(claims, 'jti')}`],
  }
  if (pod.name !== undefined) {
    if (str(server.object('', 'pods', namespace, str(pod, 'name')), 'metadata', 'uid') !== pod.uid) return undefined
    if (str(bound, 'node', 'name') !== '') {
      extra['authentication.kubernetes.io/node-name'] = [str(bound, 'node', 'name')]
      extra['authentication.kubernetes.io/node-uid'] = [str(bound, 'node', 'uid')]
    }
    extra['authentication.kubernetes.io/pod-name'] = [str(pod, 'name')]
    extra['authentication.kubernetes.io/pod-uid'] = [str(pod, 'uid')]
  }
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    uid: str(account, 'metadata', 'uid'),
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra,
  }
}
