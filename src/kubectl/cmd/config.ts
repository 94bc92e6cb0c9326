import { at, type Draft, draft, isObj } from '#kubernetes/api/json.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import type { Call, Command } from '../command.ts'
import { configPaths, type KubeConfig, loadConfig } from '../config.ts'
import { CommandError, UsageError } from '../errors.ts'
import type { Flag } from '../flags.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError, writeFile } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { objectPrinter } from '../print/object.ts'
import { TabWriter } from '../print/table.ts'
import { toYaml } from '../print/yaml.ts'

/** Writes the configuration to the file that commands change. */
function* save(k: Kubectl, call: Call, config: KubeConfig): Sim<void> {
  const [path = ''] = configPaths(k.proc, call.flags)
  const folder = path.slice(0, path.lastIndexOf('/'))
  if (folder !== '' && !k.proc.access(folder, '')) k.proc.mkdir(folder, 0o750)
  yield* writeFile(k.proc, path, encode(toYaml(fileForm(config))), 0o600)
}

function fileForm(config: KubeConfig): object {
  const none = <T>(list: readonly T[] | undefined): readonly T[] | null => (list === undefined || list.length === 0 ? null : list)
  const byName = <T extends { name: string }>(list: readonly T[] | undefined): T[] =>
    [...(list ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    apiVersion: 'v1',
    clusters: none(byName(config.clusters)),
    contexts: none(byName(config.contexts)),
    'current-context': config['current-context'] ?? '',
    kind: 'Config',
    ...(config.preferences === undefined ? {} : { preferences: config.preferences }),
    users: none(byName(config.users)),
  }
}

const file = (k: Kubectl, call: Call): string => configPaths(k.proc, call.flags)[0] ?? ''

const simple = (name: string, short: string, use: string, run: Command['run'], flags: readonly Flag[] = []): Command => ({
  name,
  use,
  short,
  long: `${short}.`,
  flags,
  ...(run === undefined ? {} : { run }),
})

const view: Command = {
  name: 'view',
  use: '[flags]',
  short: 'Display merged kubeconfig settings or a specified kubeconfig file',
  flags: [
    SHARED.allowMissing,
    {
      name: 'flatten',
      type: 'bool',
      default: 'false',
      usage: 'Flatten the resulting kubeconfig file into self-contained output (useful for creating portable kubeconfig files)',
    },
    { name: 'merge', type: 'tristate', default: 'true', noOptDefault: 'true', usage: 'Merge the full hierarchy of kubeconfig files' },
    { name: 'minify', type: 'bool', default: 'false', usage: 'Remove all information not used by current-context from the output' },
    { ...SHARED.output, default: "'yaml'" },
    { name: 'raw', type: 'bool', default: 'false', usage: 'Display raw byte data and sensitive data' },
    SHARED.showManagedFields,
    SHARED.template,
  ],
  *run(k, call) {
    let config = yield* loadConfig(k.proc, call.flags)
    if (call.flags.bool('minify')) {
      const name = call.flags.string('context') || (config['current-context'] ?? '')
      const context = config.contexts?.find((c) => c.name === name)
      if (context === undefined)
        throw new CommandError(name === '' ? 'current-context must exist in order to minify' : `cannot locate context ${name}`)
      config = {
        ...config,
        'current-context': name,
        contexts: [context],
        clusters: config.clusters?.filter((c) => c.name === context.context.cluster) ?? [],
        users: config.users?.filter((u) => u.name === context.context.user) ?? [],
      }
    }
    const hide = call.flags.bool('raw') || call.flags.bool('flatten') ? config : redacted(config)
    const printer = yield* objectPrinter(k, call)
    if (printer !== undefined) yield* print(k.proc, printer({ ...fileForm(hide) }, undefined))
  },
}

function redacted(config: KubeConfig): KubeConfig {
  const cover = <T extends object>(map: T): T => {
    const copy = Object.entries(map).map(([key, value]: [string, unknown]) => [
      key,
      /-data$/.test(key) ? 'DATA+OMITTED' : key === 'token' || key === 'password' ? 'REDACTED' : value,
    ])
    return Object.fromEntries(copy) as T
  }
  return {
    ...config,
    clusters: config.clusters?.map((c) => ({ ...c, cluster: cover(c.cluster) })) ?? [],
    users: config.users?.map((u) => ({ ...u, user: cover(u.user) })) ?? [],
  }
}

const currentContext = simple('current-context', 'Display the current-context', '[flags]', function* (k, call) {
  const config = yield* loadConfig(k.proc, call.flags)
  const name = config['current-context'] ?? ''
  if (name === '') throw new CommandError('current-context is not set')
  yield* print(k.proc, `${name}\n`)
})

const useContext: Command = {
  ...simple('use-context', 'Set the current-context in a kubeconfig file', 'CONTEXT_NAME', function* (k, call) {
    const [name] = call.args
    if (name === undefined || call.args.length !== 1)
      throw new UsageError(call.path, `exactly one context name is required, got ${call.args.length}`)
    const config = yield* loadConfig(k.proc, call.flags)
    if (!config.contexts?.some((c) => c.name === name)) throw new CommandError(`no context exists with the name: ${JSON.stringify(name)}`)
    yield* save(k, call, { ...config, 'current-context': name })
    yield* print(k.proc, `Switched to context ${JSON.stringify(name)}.\n`)
  }),
  aliases: ['use'],
}

const getContexts = simple(
  'get-contexts',
  'Describe one or many contexts',
  '[(-o|--output=)name)]',
  function* (k, call) {
    const config = yield* loadConfig(k.proc, call.flags)
    const wanted = call.args
    const output = call.flags.string('output')
    if (output !== '' && output !== 'name') throw new CommandError(`output must be one of '' or 'name': ${output}`)
    const sorted = [...(config.contexts ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1))
    const missing = wanted.filter((w) => !sorted.some((c) => c.name === w))
    const shown = wanted.length === 0 ? sorted : sorted.filter((c) => wanted.includes(c.name))
    if (output === 'name') yield* print(k.proc, shown.map((c) => `${c.name}\n`).join(''))
    else {
      const rows = shown.map((c) => [
        c.name === config['current-context'] ? '*' : '',
        c.name,
        c.context.cluster ?? '',
        c.context.user ?? '',
        c.context.namespace ?? '',
      ])
      const header = call.flags.bool('no-headers') ? [] : [['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE']]
      yield* print(k.proc, new TabWriter().format([...header, ...rows]))
    }
    if (missing.length > 0) throw new CommandError(missing.map((m) => `context ${m} not found`).join('\n'))
    return 0
  },
  [
    {
      name: 'no-headers',
      type: 'bool',
      default: 'false',
      usage: "When using the default or custom-column output format, don't print headers (default print headers).",
    },
    { name: 'output', short: 'o', type: 'string', default: "''", usage: 'Output format. One of: (name).' },
  ],
)

const names = (name: string, short: string, key: 'clusters' | 'users'): Command =>
  simple(name, short, '', function* (k, call) {
    const config = yield* loadConfig(k.proc, call.flags)
    const list = (config[key] ?? []).map((c) => c.name).sort()
    yield* print(k.proc, `NAME\n${list.map((n) => `${n}\n`).join('')}`)
  })

const remove = (name: string, short: string, what: string, key: 'clusters' | 'contexts' | 'users'): Command =>
  simple(name, short, 'NAME', function* (k, call) {
    const [target] = call.args
    if (target === undefined || call.args.length !== 1) {
      yield* printError(k.proc, `error: ${what === 'user' ? 'user to delete is required' : `must specify a ${what} name`}\n`)
      return 1
    }
    const config = yield* loadConfig(k.proc, call.flags)
    if (!(config[key] ?? []).some((c) => c.name === target))
      throw new CommandError(`cannot delete ${what} ${target}, not in ${file(k, call)}`)
    if (key === 'contexts' && config['current-context'] === target)
      yield* printError(k.proc, 'warning: this removed your active context, use "kubectl config use-context" to select a different one\n')
    yield* save(k, call, { ...config, [key]: (config[key] ?? []).filter((c) => c.name !== target) })
    yield* print(k.proc, `deleted ${what} ${target} from ${file(k, call)}\n`)
    return 0
  })

const text = (name: string, usage: string): Flag => ({ name, type: 'string', default: "''", usage })

const setContext: Command = simple(
  'set-context',
  'Set a context entry in kubeconfig',
  '[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]',
  function* (k, call) {
    const config = yield* loadConfig(k.proc, call.flags)
    const current = call.flags.bool('current')
    if (current && call.args.length > 0) throw new CommandError('you cannot specify both a context name and --current')
    const name = current ? (config['current-context'] ?? '') : (call.args[0] ?? '')
    if (current && name === '') throw new CommandError('no current context is set')
    if (name === '') throw new UsageError(call.path, 'you must specify a non-empty context name or --current')
    const list = config.contexts ?? []
    const old = list.find((c) => c.name === name)
    const context = { ...old?.context }
    for (const key of ['cluster', 'user', 'namespace'] as const) if (call.flags.changed(key)) context[key] = call.flags.string(key)
    yield* save(k, call, {
      ...config,
      contexts: old === undefined ? [...list, { name, context }] : list.map((c) => (c === old ? { name, context } : c)),
    })
    yield* print(k.proc, `Context ${JSON.stringify(name)} ${old === undefined ? 'created' : 'modified'}.\n`)
  },
  [
    text('cluster', 'cluster for the context entry in kubeconfig'),
    { name: 'current', type: 'bool', default: 'false', usage: 'Modify the current context' },
    { ...text('namespace', 'namespace for the context entry in kubeconfig'), short: 'n' },
    text('user', 'user for the context entry in kubeconfig'),
  ],
)

const setCluster: Command = simple(
  'set-cluster',
  'Set a cluster entry in kubeconfig',
  'NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]',
  function* (k, call) {
    const [name] = call.args
    if (name === undefined || call.args.length !== 1) throw new UsageError(call.path, `Unexpected args: [${call.args.join(' ')}]`)
    const config = yield* loadConfig(k.proc, call.flags)
    const list = config.clusters ?? []
    const old = list.find((c) => c.name === name)
    const cluster = {
      ...old?.cluster,
      ...(call.flags.changed('server') ? { server: call.flags.string('server') } : {}),
      ...(call.flags.changed('certificate-authority') ? { 'certificate-authority': call.flags.string('certificate-authority') } : {}),
      ...(call.flags.changed('insecure-skip-tls-verify')
        ? { 'insecure-skip-tls-verify': call.flags.bool('insecure-skip-tls-verify') }
        : {}),
    }
    yield* save(k, call, {
      ...config,
      clusters: old === undefined ? [...list, { name, cluster }] : list.map((c) => (c === old ? { name, cluster } : c)),
    })
    yield* print(k.proc, `Cluster ${JSON.stringify(name)} set.\n`)
  },
  [
    text('certificate-authority', 'Path to certificate-authority file for the cluster entry in kubeconfig'),
    {
      name: 'insecure-skip-tls-verify',
      type: 'bool',
      default: 'false',
      usage: 'insecure-skip-tls-verify for the cluster entry in kubeconfig',
    },
    text('server', 'server for the cluster entry in kubeconfig'),
  ],
)

const setCredentials: Command = simple(
  'set-credentials',
  'Set a user entry in kubeconfig',
  'NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password]',
  function* (k, call) {
    const [name] = call.args
    if (name === undefined || call.args.length !== 1) throw new UsageError(call.path, `Unexpected args: [${call.args.join(' ')}]`)
    const config = yield* loadConfig(k.proc, call.flags)
    const list = config.users ?? []
    const old = list.find((u) => u.name === name)
    const user: Record<string, string> = { ...(old?.user as Record<string, string> | undefined) }
    for (const key of ['client-certificate', 'client-key', 'token', 'username', 'password'])
      if (call.flags.changed(key)) user[key] = call.flags.string(key)
    yield* save(k, call, {
      ...config,
      users: old === undefined ? [...list, { name, user }] : list.map((u) => (u === old ? { name, user } : u)),
    })
    yield* print(k.proc, `User ${JSON.stringify(name)} set.\n`)
  },
  [
    text('client-certificate', 'Path to client-certificate file for the user entry in kubeconfig'),
    text('client-key', 'Path to client-key file for the user entry in kubeconfig'),
    text('password', 'password for the user entry in kubeconfig'),
    text('token', 'token for the user entry in kubeconfig'),
    text('username', 'username for the user entry in kubeconfig'),
  ],
)

const renameContext = simple('rename-context', 'Rename a context from the kubeconfig file', 'CONTEXT_NAME NEW_NAME', function* (k, call) {
  const [from = '', to = ''] = call.args
  if (call.args.length !== 2) throw new UsageError(call.path, `Unexpected args: [${call.args.join(' ')}]`)
  const config = yield* loadConfig(k.proc, call.flags)
  const list = config.contexts ?? []
  if (!list.some((c) => c.name === from))
    throw new CommandError(`cannot rename the context ${JSON.stringify(from)}, it's not in ${file(k, call)}`)
  if (list.some((c) => c.name === to))
    throw new CommandError(
      `cannot rename the context ${JSON.stringify(from)}, the context ${JSON.stringify(to)} already exists in ${file(k, call)}`,
    )
  const current = config['current-context'] === from ? to : config['current-context']
  yield* save(k, call, {
    ...config,
    contexts: list.map((c) => (c.name === from ? { ...c, name: to } : c)),
    ...(current === undefined ? {} : { 'current-context': current }),
  })
  yield* print(k.proc, `Context ${JSON.stringify(from)} renamed to ${JSON.stringify(to)}.\n`)
})

/** Finds the map that a dotted property is in: `clusters.kind.server`. */
function place(config: Draft, path: string): { map: Draft; key: string } {
  const [section = '', ...rest] = path.split('.')
  if (!['clusters', 'contexts', 'users'].includes(section)) return { map: config, key: path }
  const key = rest.pop() ?? ''
  const name = rest.join('.')
  const inner = section.slice(0, -1)
  const list = (Array.isArray(config[section]) ? config[section] : []) as { name: string }[]
  let entry = list.find((e) => e.name === name) as Draft | undefined
  if (entry === undefined) {
    entry = { name, [inner]: {} }
    config[section] = [...list, entry]
  }
  return { map: draft(entry, inner), key }
}

const setValue: Command = simple(
  'set',
  'Set an individual value in a kubeconfig file',
  'PROPERTY_NAME PROPERTY_VALUE',
  function* (k, call) {
    const [path, value] = call.args
    if (path === undefined || value === undefined || call.args.length !== 2)
      throw new UsageError(call.path, `Unexpected args: [${call.args.join(' ')}]`)
    const config = JSON.parse(JSON.stringify(yield* loadConfig(k.proc, call.flags))) as Draft
    const { map, key } = place(config, path)
    map[key] = value === 'true' ? true : value === 'false' ? false : value
    yield* save(k, call, config as KubeConfig)
    yield* print(k.proc, `Property ${JSON.stringify(path)} set.\n`)
  },
)

const unset: Command = simple('unset', 'Unset an individual value in a kubeconfig file', 'PROPERTY_NAME', function* (k, call) {
  const [path] = call.args
  if (path === undefined || call.args.length !== 1) throw new UsageError(call.path, `Unexpected args: [${call.args.join(' ')}]`)
  const config = JSON.parse(JSON.stringify(yield* loadConfig(k.proc, call.flags))) as Draft
  if (isObj(at(config, path)) || Array.isArray(config[path])) config[path] = []
  else {
    const { map, key } = place(config, path)
    delete map[key]
  }
  yield* save(k, call, config as KubeConfig)
  yield* print(k.proc, `Property ${JSON.stringify(path)} unset.\n`)
})

export const config: Command = {
  name: 'config',
  use: 'SUBCOMMAND',
  short: 'Modify kubeconfig files',
  flags: [],
  commands: [
    currentContext,
    remove('delete-cluster', 'Delete the specified cluster from the kubeconfig', 'cluster', 'clusters'),
    remove('delete-context', 'Delete the specified context from the kubeconfig', 'context', 'contexts'),
    remove('delete-user', 'Delete the specified user from the kubeconfig', 'user', 'users'),
    names('get-clusters', 'Display clusters defined in the kubeconfig', 'clusters'),
    getContexts,
    names('get-users', 'Display users defined in the kubeconfig', 'users'),
    renameContext,
    setValue,
    setCluster,
    setContext,
    setCredentials,
    unset,
    useContext,
    view,
  ],
}
