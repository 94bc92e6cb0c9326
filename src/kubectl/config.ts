import { parse } from 'yaml'
import { Errno, strerror } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import { decode, fromBase64 } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { CommandError } from './errors.ts'
import type { FlagValues } from './flags.ts'
import { readFile } from './io.ts'

/** A kubeconfig file, client.authentication's v1 Config. */
export interface KubeConfig {
  apiVersion?: string
  kind?: string
  'current-context'?: string
  preferences?: Record<string, unknown>
  clusters?: NamedCluster[]
  contexts?: NamedContext[]
  users?: NamedUser[]
}

export interface NamedCluster {
  name: string
  cluster: {
    server?: string
    'certificate-authority-data'?: string
    'certificate-authority'?: string
    'insecure-skip-tls-verify'?: boolean
    'tls-server-name'?: string
  }
}

export interface NamedContext {
  name: string
  context: { cluster?: string; user?: string; namespace?: string }
}

export interface NamedUser {
  name: string
  user: {
    'client-certificate-data'?: string
    'client-key-data'?: string
    'client-certificate'?: string
    'client-key'?: string
    token?: string
    tokenFile?: string
    username?: string
    password?: string
  }
}

/** What a request needs to know: where, and as whom. */
export interface Target {
  readonly server: string
  readonly namespace: string
  /** The context says which namespace; false: `default` for want of anything. */
  readonly namespaceSet: boolean
  readonly ca?: string
  readonly insecure: boolean
  readonly certificate?: string
  readonly key?: string
  readonly token?: string
  /** Name the server's certificate must bear; the host of the address by default. */
  readonly serverName?: string
  /** Basic authentication. */
  readonly basic?: { readonly username: string; readonly password: string }
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The files that make up the configuration, in order of precedence. */
export function configPaths(proc: Proc, flags: FlagValues): string[] {
  const flag = flags.string('kubeconfig')
  if (flag !== '') return [flag]
  const env = proc.getenv('KUBECONFIG')
  if (env !== undefined && env !== '') return env.split(':').filter((p) => p !== '')
  return [`${proc.getenv('HOME') ?? '/root'}/.kube/config`]
}

/** Loads and merges the kubeconfig files; a missing one counts as empty unless the flag named it. */
export function* loadConfig(proc: Proc, flags: FlagValues): Sim<KubeConfig> {
  const merged: KubeConfig = { clusters: [], contexts: [], users: [] }
  for (const path of configPaths(proc, flags)) {
    let text: string
    try {
      text = decode(yield* readFile(proc, path))
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error.code === 'ENOENT' && flags.string('kubeconfig') === '') continue
      if (error.code === 'ENOENT') throw new CommandError(`stat ${path}: no such file or directory`)
      throw new CommandError(`error loading config file ${JSON.stringify(path)}: open ${path}: ${strerror(error).toLowerCase()}`)
    }
    merge(merged, parseConfig(text, path))
  }
  return merged
}

function parseConfig(text: string, path: string): KubeConfig {
  try {
    return (parse(text) as KubeConfig | null) ?? {}
  } catch (error) {
    throw new CommandError(
      `error loading config file ${JSON.stringify(path)}: ${error instanceof Error ? error.message.split('\n')[0] : ''}`,
    )
  }
}

function merge(into: KubeConfig, from: KubeConfig): void {
  const first = <T extends { name: string }>(a: T[] | undefined, b: T[] | undefined): T[] => {
    const known = new Set((a ?? []).map((x) => x.name))
    return [...(a ?? []), ...(b ?? []).filter((x) => !known.has(x.name))]
  }
  into.clusters = first(into.clusters, from.clusters)
  into.contexts = first(into.contexts, from.contexts)
  into.users = first(into.users, from.users)
  const current = into['current-context'] ?? from['current-context']
  if (current !== undefined) into['current-context'] = current
}

function* pemOf(proc: Proc, data: string | undefined, file: string | undefined): Sim<string | undefined> {
  if (data !== undefined) {
    const bytes = fromBase64(data)
    return bytes === undefined ? undefined : decode(bytes)
  }
  return file === undefined ? undefined : decode(yield* readFile(proc, file))
}

/** Resolves the configuration and the flags that override it; in a Pod without a kubeconfig: its service account. `ownUser`: the command's `--user` means something else. */
export function* resolveTarget(proc: Proc, flags: FlagValues, ownUser = false): Sim<Target> {
  const config = yield* loadConfig(proc, flags)
  const wanted = flags.string('context')
  const name = wanted === '' ? (config['current-context'] ?? '') : wanted
  const context = config.contexts?.find((c) => c.name === name)?.context
  if (context === undefined && wanted !== '') {
    throw new CommandError(`Error in configuration: context was not found for specified context: ${wanted}`)
  }
  const clusterName = flags.string('cluster') || (context?.cluster ?? '')
  const cluster = config.clusters?.find((c) => c.name === clusterName)?.cluster
  if (cluster === undefined && flags.changed('cluster'))
    throw new CommandError(`no server found for cluster ${JSON.stringify(clusterName)}`)
  const userFlag = ownUser ? '' : flags.string('user')
  const userName = userFlag || (context?.user ?? '')
  const user = config.users?.find((u) => u.name === userName)?.user
  if (user === undefined && !ownUser && flags.changed('user'))
    throw new CommandError(`auth info ${JSON.stringify(userName)} does not exist`)
  if (cluster === undefined && flags.string('server') === '') {
    const inside = yield* inCluster(proc, flags)
    if (inside !== undefined) return inside
  }
  const namespace = flags.string('namespace') || context?.namespace
  const pem = function* (flag: string, data: string | undefined, configured: string | undefined, of: string): Sim<string | undefined> {
    const file = flags.changed(flag) ? flags.string(flag) : configured
    try {
      return yield* pemOf(proc, flags.changed(flag) ? undefined : data, file)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      const what = flag === 'client-certificate' ? 'client-cert' : flag
      throw new CommandError(
        `Error in configuration: unable to read ${what} ${file} for ${of} due to open ${file}: ${strerror(error).toLowerCase()}`,
      )
    }
  }
  const ca = yield* pem('certificate-authority', cluster?.['certificate-authority-data'], cluster?.['certificate-authority'], clusterName)
  const certificate = yield* pem('client-certificate', user?.['client-certificate-data'], user?.['client-certificate'], userName)
  const key = yield* pem('client-key', user?.['client-key-data'], user?.['client-key'], userName)
  const serverName = flags.string('tls-server-name') || cluster?.['tls-server-name']
  const username = flags.string('username') || user?.username
  const password = flags.string('password') || user?.password
  const token =
    flags.string('token') || user?.token || (user?.tokenFile === undefined ? '' : decode(yield* readFile(proc, user.tokenFile)).trim())
  return {
    server: flags.string('server') || cluster?.server || 'http://localhost:8080',
    namespace: namespace ?? 'default',
    namespaceSet: namespace !== undefined,
    insecure: flags.bool('insecure-skip-tls-verify') || cluster?.['insecure-skip-tls-verify'] === true,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(token === '' ? {} : { token }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(username === undefined ? {} : { basic: { username, password: password ?? '' } }),
  }
}

/** rest.InClusterConfig: the environment of a Pod and its mounted token. */
function* inCluster(proc: Proc, flags: FlagValues): Sim<Target | undefined> {
  const host = proc.getenv('KUBERNETES_SERVICE_HOST')
  const port = proc.getenv('KUBERNETES_SERVICE_PORT')
  if (host === undefined || port === undefined || !proc.access(`${SERVICE_ACCOUNT}/token`, 'r')) return undefined
  const read = function* (name: string): Sim<string> {
    return decode(yield* readFile(proc, `${SERVICE_ACCOUNT}/${name}`)).trim()
  }
  return {
    server: `https://${host}:${port}`,
    namespace: flags.string('namespace') || (yield* read('namespace')),
    namespaceSet: true,
    ca: yield* read('ca.crt'),
    insecure: false,
    token: flags.string('token') || (yield* read('token')),
  }
}
