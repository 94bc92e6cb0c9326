/**
 * The configuration language of nginx, and the part of it that is modelled: servers with ports, and locations that serve files, pass
 * requests on, or answer at once. Source: nginx documentation, ngx_http_core_module, ngx_http_proxy_module, ngx_http_rewrite_module.
 */

/** What stops nginx at its start: `text in file:line`, printed behind `nginx: [emerg] `. */
export class ConfigError extends Error {}

interface Directive {
  readonly name: string
  readonly args: readonly string[]
  readonly line: number
  readonly block: readonly Directive[] | undefined
}

export interface Upstream {
  readonly host: string
  readonly port: number
  /** Replaces the location's prefix in what is asked for; absent: passed on as it came. */
  readonly uri: string | undefined
  readonly file: string
  readonly line: number
}

export interface Location {
  readonly path: string
  /** `location = /path`. */
  readonly exact: boolean
  readonly root: string
  readonly proxy: Upstream | undefined
  readonly answer: { readonly status: number; readonly text: string } | undefined
}

export interface Server {
  readonly ports: readonly number[]
  readonly name: string
  readonly locations: readonly Location[]
}

const BLOCKS = new Set(['server', 'location'])
/** Accepted without effect on what is modelled. */
const HARMLESS = new Set([
  'access_log',
  'charset',
  'client_max_body_size',
  'default_type',
  'error_log',
  'error_page',
  'gzip',
  'index',
  'internal',
  'keepalive_timeout',
  'proxy_buffering',
  'proxy_connect_timeout',
  'proxy_http_version',
  'proxy_read_timeout',
  'proxy_redirect',
  'proxy_set_header',
  'sendfile',
  'server_tokens',
])
const NOT_MODELLED = new Set([
  'allow',
  'auth_basic',
  'deny',
  'if',
  'map',
  'resolver',
  'rewrite',
  'set',
  'ssl_certificate',
  'try_files',
  'upstream',
])
const DEFAULT_ROOT = '/etc/nginx/html'

/** Words, `;`, `{` and `}` with their lines; quotes and comments as nginx reads them. */
function tokens(text: string): { readonly word: string; readonly mark: boolean; readonly line: number }[] {
  const found: { word: string; mark: boolean; line: number }[] = []
  let line = 1
  for (const match of text.matchAll(/\n|#[^\n]*|[;{}]|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(?:\$\{|[^\s;{}])+/g)) {
    const [whole, double, single] = match
    if (whole === '\n') line++
    else if (!whole.startsWith('#')) {
      const quoted = double ?? single
      found.push({ word: quoted?.replace(/\\(["'\\])/g, '$1') ?? whole, mark: quoted === undefined && /^[;{}]$/.test(whole), line })
      line += (quoted ?? '').split('\n').length - 1
    }
  }
  return found
}

function parse(text: string, file: string): readonly Directive[] {
  const list = tokens(text)
  let at = 0
  const block = (inner: boolean): Directive[] => {
    const out: Directive[] = []
    for (;;) {
      const first = list[at++]
      if (first === undefined) {
        if (inner) throw new ConfigError(`unexpected end of file, expecting "}" in ${file}:${list.at(-1)?.line ?? 1}`)
        return out
      }
      if (first.mark) {
        if (first.word === '}' && inner) return out
        throw new ConfigError(`unexpected "${first.word}" in ${file}:${first.line}`)
      }
      const args: string[] = []
      let token = list[at++]
      for (; token !== undefined && !token.mark; token = list[at++]) args.push(token.word)
      if (token === undefined) throw new ConfigError(`unexpected end of file, expecting ";" or "}" in ${file}:${list.at(-1)?.line ?? 1}`)
      if (token.word === '}') throw new ConfigError(`directive "${first.word}" is not terminated by ";" in ${file}:${token.line}`)
      out.push({ name: first.word, args, line: first.line, block: token.word === '{' ? block(true) : undefined })
    }
  }
  return block(false)
}

/** Servers of one file of the http context. Throws {@link ConfigError}. */
export function parseServers(text: string, file: string): readonly Server[] {
  return parse(text, file).map((directive) => {
    check(directive, file, ['server'])
    return server(directive, file)
  })
}

function check(directive: Directive, file: string, allowed: readonly string[]): void {
  const { name, line } = directive
  if (NOT_MODELLED.has(name)) throw new ConfigError(`podlab: the directive "${name}" is not modelled in ${file}:${line}`)
  if (allowed.includes(name)) {
    if (BLOCKS.has(name) && directive.block === undefined)
      throw new ConfigError(`directive "${name}" has no opening "{" in ${file}:${line}`)
    if (directive.args.length === 0 && name !== 'server')
      throw new ConfigError(`invalid number of arguments in "${name}" directive in ${file}:${line}`)
    return
  }
  if (HARMLESS.has(name)) return
  const known = ['server', 'location', 'listen', 'server_name', 'root', 'proxy_pass', 'return'].includes(name)
  throw new ConfigError(
    known ? `"${name}" directive is not allowed here in ${file}:${line}` : `unknown directive "${name}" in ${file}:${line}`,
  )
}

function server(directive: Directive, file: string): Server {
  const ports: number[] = []
  const locations: Location[] = []
  let name = ''
  let root = DEFAULT_ROOT
  for (const inner of directive.block ?? []) {
    check(inner, file, ['listen', 'server_name', 'root', 'location', 'return'])
    if (inner.name === 'listen') ports.push(Number(inner.args[0]?.split(':').at(-1)))
    else if (inner.name === 'server_name') name = inner.args[0] ?? ''
    else if (inner.name === 'root') root = inner.args[0] ?? root
  }
  for (const inner of directive.block ?? []) {
    if (inner.name === 'location') locations.push(location(inner, file, root))
    else if (inner.name === 'return') locations.push({ path: '', exact: false, root, proxy: undefined, answer: answer(inner) })
  }
  return {
    ports: ports.length === 0 ? [80] : ports,
    name,
    locations: [...locations, { path: '', exact: false, root, proxy: undefined, answer: undefined }],
  }
}

function location(directive: Directive, file: string, inherited: string): Location {
  const [first = '', second] = directive.args
  if (first.startsWith('~')) throw new ConfigError(`podlab: locations by regular expression are not modelled in ${file}:${directive.line}`)
  let root = inherited
  let proxy: Upstream | undefined
  let text: Location['answer']
  for (const inner of directive.block ?? []) {
    check(inner, file, ['root', 'proxy_pass', 'return'])
    if (inner.name === 'root') root = inner.args[0] ?? root
    else if (inner.name === 'return') text = answer(inner)
    else if (inner.name === 'proxy_pass') proxy = upstream(inner, file)
  }
  return { path: second ?? first, exact: first === '=', root, proxy, answer: text }
}

function answer(directive: Directive): { readonly status: number; readonly text: string } {
  return { status: Number(directive.args[0]), text: directive.args[1] ?? '' }
}

function upstream(directive: Directive, file: string): Upstream {
  const match = /^http:\/\/([^/:]+)(?::(\d+))?(\/.*)?$/.exec(directive.args[0] ?? '')
  if (match === null) throw new ConfigError(`invalid URL prefix in ${file}:${directive.line}`)
  return { host: match[1] ?? '', port: Number(match[2] ?? 80), uri: match[3], file, line: directive.line }
}

/** The location for a path: an exact one, else the longest prefix. The server itself ends the list. */
export function locate(server: Server, path: string): Location | undefined {
  const exact = server.locations.find((l) => l.exact && l.path === path)
  if (exact !== undefined) return exact
  let best: Location | undefined
  for (const l of server.locations) if (!l.exact && path.startsWith(l.path) && l.path.length > (best?.path.length ?? -1)) best = l
  return best
}
