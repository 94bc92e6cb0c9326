/** URLs. Source: apiserver pkg/cel/library/urls.go, Go's net/url. */
import { decode } from '#sim/bytes.ts'
import { fn, method, type Overload } from '../functions.ts'
import { BOOL, listOf, mapOf, opaque, STRING } from '../types.ts'
import { EvaluationError, List, MapValue, Opaque, type Value } from '../values.ts'

class Url extends Opaque {
  readonly typeName = 'kubernetes.URL'
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly text: string

  constructor(text: string, scheme: string, host: string, path: string, query: string) {
    super()
    this.text = text
    this.scheme = scheme
    this.host = host
    this.path = path
    this.query = query
  }

  equals(other: Opaque): boolean {
    return other instanceof Url && other.text === this.text
  }
}

const URL_TYPE = opaque('kubernetes.URL', (v): v is Url => v instanceof Url)

/** An absolute URL or a path taken apart, or why it is none, in Go's words. */
export function parseUrl(text: string): Url | string {
  const fail = (why: string): string => `parse "${text}": ${why}`
  if (text === '') return fail('empty url')
  if (/[\u0000-\u001f\u007f]/.test(text)) return fail('net/url: invalid control character in URL')
  const [beforeHash = ''] = text.split('#')
  const m = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(beforeHash)
  if (m === null && beforeHash.startsWith(':')) return fail('missing protocol scheme')
  const scheme = (m?.[1] ?? '').toLowerCase()
  const rest = m?.[2] ?? beforeHash
  if (!rest.startsWith('/'))
    return scheme === '' || rest === '' || !rest.startsWith('/') ? opaqueUrl(text, scheme, rest, fail) : fail('invalid URI for request')
  const mark = rest.indexOf('?')
  const query = mark < 0 ? '' : rest.slice(mark + 1)
  let path = mark < 0 ? rest : rest.slice(0, mark)
  let host = ''
  if (path.startsWith('//') && (scheme !== '' || !path.startsWith('///'))) {
    const slash = path.indexOf('/', 2)
    const authority = slash < 0 ? path.slice(2) : path.slice(2, slash)
    path = slash < 0 ? '' : path.slice(slash)
    host = authority.slice(authority.lastIndexOf('@') + 1)
    const port = /:([^:\]]*)$/.exec(host)
    if (port !== null && !/^\d*$/.test(port[1] ?? '')) return fail(`invalid port ":${port[1]}" after host`)
    if (/[ "<>]/.test(host)) return fail(`invalid character "${/[ "<>]/.exec(host)?.[0] ?? ''}" in host name`)
  }
  const escaping = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(path)
  if (escaping !== null) return fail(`invalid URL escape "${escaping[0]}"`)
  return new Url(text, scheme, host, path, query)
}

/** `mailto:x` is a URL, `x` is none. */
function opaqueUrl(text: string, scheme: string, rest: string, fail: (why: string) => string): Url | string {
  if (scheme === '') return fail('invalid URI for request')
  const mark = rest.indexOf('?')
  return new Url(text, scheme, '', '', mark < 0 ? '' : rest.slice(mark + 1))
}

function url(text: string): Url {
  const parsed = parseUrl(text)
  if (typeof parsed === 'string') throw new EvaluationError(`URL parse error during conversion from string: ${parsed}`)
  return parsed
}

const hostname = (host: string): string => host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')

/** A path as Go's EscapedPath gives it: what was escaped stays, what must be is. */
const escapedPath = (path: string): string => path.replace(/[^A-Za-z0-9\-._~$&+,/:;=@!'()*%[\]]/gu, (c) => encodeURIComponent(c))

function unescapeQuery(text: string): string {
  const bytes: number[] = []
  for (const [part, hex] of text.replaceAll('+', ' ').matchAll(/%([0-9A-Fa-f]{2})|./gsu)) {
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16))
    else
      bytes.push(
        ...[...encodeURI(part).matchAll(/%([0-9A-F]{2})|./g)].map(([c, h]) => (h === undefined ? c.charCodeAt(0) : Number.parseInt(h, 16))),
      )
  }
  return decode(new Uint8Array(bytes))
}

function query(text: string): MapValue {
  const found = new Map<string, Value[]>()
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    const key = unescapeQuery(at < 0 ? pair : pair.slice(0, at))
    const values = found.get(key) ?? []
    values.push(at < 0 ? '' : unescapeQuery(pair.slice(at + 1)))
    found.set(key, values)
  }
  return new MapValue([...found].map(([key, values]): readonly [Value, Value] => [key, new List(values)]))
}

export const URLS: readonly Overload[] = [
  fn('url', [STRING], URL_TYPE, url),
  fn('isURL', [STRING], BOOL, (s) => typeof parseUrl(s) !== 'string'),
  method('getScheme', [URL_TYPE], STRING, (u) => u.scheme),
  method('getHost', [URL_TYPE], STRING, (u) => u.host),
  method('getHostname', [URL_TYPE], STRING, (u) => hostname(u.host)),
  method('getPort', [URL_TYPE], STRING, (u) => /:(\d*)$/.exec(u.host)?.[1] ?? ''),
  method('getEscapedPath', [URL_TYPE], STRING, (u) => escapedPath(u.path)),
  method('getQuery', [URL_TYPE], mapOf(STRING, listOf(STRING)), (u) => query(u.query)),
]
