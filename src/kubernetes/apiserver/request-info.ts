/** Takes a request's path apart. Source: k8s.io/apiserver pkg/endpoints/request/requestinfo.go. */
import type { Query } from '#http/message.ts'
import type { RequestInfo } from './context.ts'

/** Words under a namespace that are its own subresources. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize'])

export function requestInfo(method: string, path: string, query: Query): RequestInfo {
  const parts: string[] = []
  for (const part of path.split('/')) if (part !== '') parts.push(unescapeSegment(part))
  const plain: RequestInfo = {
    isResource: false,
    path,
    verb: method.toLowerCase(),
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    rest: '',
  }
  let i: number
  let group = ''
  if (parts[0] === 'api' && parts.length >= 3) i = 1
  else if (parts[0] === 'apis' && parts.length >= 4) {
    group = parts[1] ?? ''
    i = 2
  } else return plain
  const version = parts[i++] ?? ''
  let namespace = ''
  let rest = parts.slice(i)
  if (rest[0] === 'namespaces') {
    namespace = rest[1] ?? ''
    if (rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2] ?? '')) rest = rest.slice(2)
  }
  const [resource = '', name = '', subresource = '', ...more] = rest
  return {
    isResource: true,
    path,
    verb: verbOf(method, name, query, subresource),
    group,
    version,
    namespace,
    resource,
    subresource,
    name: name === '' && method === 'GET' ? nameFromSelector(query) : name,
    rest: more.length === 0 ? '' : path.split('/').slice(-more.length).join('/'),
  }
}

function nameFromSelector(query: Query): string {
  return /^metadata\.name=([^,]+)$/.exec(query.get('fieldSelector') ?? '')?.[1] ?? ''
}

function verbOf(method: string, name: string, query: Query, subresource: string): string {
  switch (method) {
    case 'POST':
      return 'create'
    case 'GET':
    case 'HEAD': {
      const watch = query.get('watch')
      if (watch !== undefined && watch !== 'false' && watch !== '0' && subresource === '') return 'watch'
      return name === '' ? 'list' : 'get'
    }
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete'
    default:
      return ''
  }
}

function unescapeSegment(text: string): string {
  return text.includes('%') ? decodeURIComponent(text) : text
}
