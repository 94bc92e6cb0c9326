/** Who asks: client certificates, bearer tokens, anonymous; then impersonation. */

import type { HttpRequest } from '#http/message.ts'
import { newUnauthorized, StatusError } from '#kubernetes/api/errors.ts'
import { certificateIdentity } from '#kubernetes/api/x509.ts'
import type { RequestInfo, UserInfo } from '../context.ts'
import type { ApiServer } from '../server.ts'
import { forbiddenError } from '../server.ts'
import { userOfToken } from './service-account-tokens.ts'

export interface Authentication {
  /** Bearer tokens that always work, such as those of the control plane's own parts. */
  readonly tokens?: ReadonlyMap<string, UserInfo>
  /** Whether requests without credentials are let in as system:anonymous (default: yes, as in kubeadm clusters). */
  readonly anonymous?: boolean
  /** Issuer's common name client certificates must have; any when absent. */
  readonly clientCa?: string
}

const ANONYMOUS: UserInfo = {
  name: 'system:anonymous',
  groups: ['system:unauthenticated'],
}

/** The user of a request. Throws Unauthorized. */
export function authenticate(server: ApiServer, request: HttpRequest): UserInfo {
  const options = server.options.authentication ?? {}
  const pem = request.peer.certificate
  if (pem !== undefined && pem !== '') {
    const identity = certificateIdentity(pem)
    if (identity !== undefined && identity.commonName !== '' && (options.clientCa === undefined || identity.issuer === options.clientCa)) {
      return authenticated({
        name: identity.commonName,
        groups: identity.organizations,
        extra: {
          'authentication.kubernetes.io/credential-id': [`X509SHA256=${identity.sha256}`],
        },
      })
    }
  }
  const header = request.headers.get('authorization') ?? ''
  const token = /^Bearer\s+(.*)$/i.exec(header)?.[1]?.trim()
  if (token !== undefined && token !== '') {
    const user = options.tokens?.get(token) ?? userOfToken(server, token)
    if (user === undefined) throw newUnauthorized()
    return authenticated(user)
  }
  if (options.anonymous === false) throw newUnauthorized()
  return ANONYMOUS
}

function authenticated(user: UserInfo): UserInfo {
  return user.groups.includes('system:authenticated') ? user : { ...user, groups: [...user.groups, 'system:authenticated'] }
}

/** The user the request wants to act as. Throws Forbidden when the real one may not. */
export function impersonate(server: ApiServer, request: HttpRequest, real: UserInfo, info: RequestInfo): UserInfo {
  const name = request.headers.get('impersonate-user')
  const groups = request.headers.getAll('impersonate-group')
  const uid = request.headers.get('impersonate-uid')
  if (name === undefined || name === '') {
    if (groups.length > 0 || (uid !== undefined && uid !== '')) {
      throw new StatusError(
        500,
        'InternalError',
        `Internal error occurred: requested ${JSON.stringify(groups)} without impersonating a user`,
        { causes: [{ message: 'requested without impersonating a user' }] },
      )
    }
    return real
  }
  const serviceAccount = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name)
  const check = (resource: string, group: string, namespace: string, target: string): void => {
    const asked: RequestInfo = {
      ...info,
      isResource: true,
      verb: 'impersonate',
      group,
      version: '',
      namespace,
      resource,
      subresource: '',
      name: target,
    }
    const decision = server.authorizer.authorize(real, asked)
    if (!decision.allowed) throw forbiddenError(real, asked, decision.reason)
  }
  if (serviceAccount !== null) check('serviceaccounts', '', serviceAccount[1] ?? '', serviceAccount[2] ?? '')
  else check('users', '', '', name)
  for (const group of groups) check('groups', '', '', group)
  const given = [...groups]
  if (serviceAccount !== null && given.length === 0) given.push('system:serviceaccounts', `system:serviceaccounts:${serviceAccount[1]}`)
  if (name === 'system:anonymous')
    return {
      name,
      groups: given.includes('system:unauthenticated') ? given : [...given, 'system:unauthenticated'],
    }
  if (!given.includes('system:authenticated')) given.push('system:authenticated')
  return {
    name,
    groups: given,
    ...(uid === undefined || uid === '' ? {} : { uid }),
  }
}
