/** @kubernetes/client-node: informers that survive compaction, server-side apply, exec, logs, port-forward, credentials. */
import { PassThrough, Writable } from 'node:stream'
import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  Log,
  makeInformer,
  PatchStrategy,
  PortForward,
  type V1Pod,
  VersionApi,
  Watch,
} from '@kubernetes/client-node'
import { Served, type Tally } from './suite.ts'

const POD: V1Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] },
}
/** Fast enough that five minutes, after which etcd is compacted, are a few seconds. */
const SPEED = 120
const PATIENCE_MS = 40_000

/** Waits until something holds; looks again whenever `poke` is called, and on a timer of the test. */
async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what} did not come`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

class Collected extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

export async function clientNodeSuite(tally: Tally): Promise<void> {
  const served = await Served.start(SPEED)
  const config = new KubeConfig()
  config.loadFromFile(served.config)
  const core = config.makeApiClient(CoreV1Api)
  const tests: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['create, wait until it runs', () => running(core)],
    ['logs are followed to their end', () => logs(config, core)],
    ['exec: both streams, input, exit code', () => exec(config)],
    ['port-forward: a request through it', () => forward(config)],
    ['server-side apply: fields have owners, a conflict names them', () => apply(config)],
    ['an informer survives compaction, a watch from before it is told 410', () => informer(config, core)],
    ['nobody in particular is system:anonymous, and may look at the version only', () => anonymous(config)],
    ['a service account’s token may do what its role says, and no more', () => token(config, core)],
  ]
  try {
    for (const [name, run] of tests) {
      try {
        const problem = await run()
        tally.check(`client-node: ${name}`, problem === undefined, JSON.stringify(problem))
      } catch (error) {
        tally.check(`client-node: ${name}`, false, error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error))
      }
    }
  } finally {
    served.stop()
  }
}

async function running(core: CoreV1Api): Promise<unknown> {
  await core.createNamespacedPod({ namespace: 'default', body: POD })
  await until(
    async () => (await core.readNamespacedPod({ namespace: 'default', name: 'web' })).status?.phase === 'Running',
    'phase Running',
  )
  const { items } = await core.listNode()
  return items.length === 4 ? undefined : items.map((n) => n.metadata?.name)
}

async function logs(config: KubeConfig, core: CoreV1Api): Promise<unknown> {
  const command = ['sh', '-c', 'for i in 1 2 3; do echo line $i; sleep 20; done']
  const container = { name: 'count', image: 'busybox:1.37', command }
  await core.createNamespacedPod({
    namespace: 'default',
    body: { metadata: { name: 'count' }, spec: { restartPolicy: 'Never', containers: [container] } },
  })
  const phase = async (): Promise<string | undefined> =>
    (await core.readNamespacedPod({ namespace: 'default', name: 'count' })).status?.phase
  await until(async () => (await phase()) !== 'Pending', 'the start of the container')
  const out = new Collected()
  const ended = new Promise((resolve) => out.on('finish', resolve))
  await new Log(config).log('default', 'count', 'count', out, { follow: true })
  await ended
  return out.text === 'line 1\nline 2\nline 3\n' ? undefined : out.text
}

async function exec(config: KubeConfig): Promise<unknown> {
  const out = new Collected()
  const err = new Collected()
  const input = new PassThrough()
  const status = new Promise<{ readonly status?: string; readonly message?: string }>((resolve, reject) => {
    new Exec(config)
      .exec('default', 'web', 'web', ['sh', '-c', 'cat; echo oops >&2; exit 3'], out, err, input, false, resolve)
      .catch(reject)
  })
  input.end('hello\n')
  const { message } = await status
  const seen = { out: out.text, err: err.text, message }
  return out.text === 'hello\n' &&
    err.text === 'oops\n' &&
    message === 'command terminated with non-zero exit code: error executing command [sh -c cat; echo oops >&2; exit 3], exit code 3'
    ? undefined
    : seen
}

async function forward(config: KubeConfig): Promise<unknown> {
  const out = new Collected()
  const input = new PassThrough()
  const socket = await new PortForward(config).portForward('default', 'web', [80], out, null, input)
  input.write('GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n')
  await until(() => out.text.includes('</html>'), 'the page of nginx')
  if (typeof socket === 'function') socket()?.close()
  else socket.close()
  return out.text.startsWith('HTTP/1.1 200 OK') ? undefined : out.text
}

async function apply(config: KubeConfig): Promise<unknown> {
  const objects = KubernetesObjectApi.makeApiClient(config)
  const wish = (replicas: number): object => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'shop' } },
      template: { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } },
    },
  })
  const send = (replicas: number, manager: string, force: boolean): Promise<object> =>
    objects.patch(wish(replicas), undefined, undefined, manager, force, PatchStrategy.ServerSideApply)
  await send(2, 'one', false)
  const refused = await refusal(send(3, 'two', false))
  if (refused !== 'Apply failed with 1 conflict: conflict with "one": .spec.replicas') return refused
  await send(3, 'two', true)
  const { metadata, spec } = await config.makeApiClient(AppsV1Api).readNamespacedDeployment({ namespace: 'default', name: 'shop' })
  const managers = metadata?.managedFields?.filter((f) => f.operation === 'Apply').map((f) => f.manager)
  return spec?.replicas === 3 && managers?.join() === 'one,two' ? undefined : { replicas: spec?.replicas, managers }
}

async function informer(config: KubeConfig, core: CoreV1Api): Promise<unknown> {
  const seen = new Set<string>()
  const watched = makeInformer(config, '/api/v1/namespaces/default/configmaps', () =>
    core.listNamespacedConfigMap({ namespace: 'default' }),
  )
  watched.on('add', (object) => seen.add(object.metadata?.name ?? ''))
  watched.on('error', () => void watched.start())
  await watched.start()
  const make = (name: string): Promise<unknown> =>
    core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name }, data: { a: 'b' } } })
  await make('before')
  await until(() => seen.has('before'), 'the first event')
  const { metadata } = await core.listNamespacedConfigMap({ namespace: 'default' })
  const old = metadata?.resourceVersion ?? ''
  // More changes than a watch cache keeps, then a compaction.
  for (let i = 0; i < 120; i++) {
    await core.patchNamespacedConfigMap({
      namespace: 'default',
      name: 'before',
      body: [{ op: 'replace', path: '/data/a', value: String(i) }],
    })
  }
  const gone = await untilGone(config, old)
  await make('after')
  await until(() => seen.has('after'), 'an event after the compaction')
  await watched.stop()
  return gone === 410 ? undefined : gone
}

/** Watches from a revision until that is refused; the code of the refusal. */
async function untilGone(config: KubeConfig, resourceVersion: string): Promise<number | undefined> {
  let code: number | undefined
  await until(async () => {
    let finish: () => void = () => undefined
    const ended = new Promise<void>((resolve) => {
      finish = resolve
    })
    const controller = await new Watch(config).watch(
      '/api/v1/namespaces/default/configmaps',
      { resourceVersion },
      (type: string, object: { readonly code?: number }) => {
        if (type === 'ERROR') code = object.code
        finish()
      },
      finish,
    )
    await ended
    controller.abort()
    return code !== undefined
  }, '410')
  return code
}

async function token(config: KubeConfig, core: CoreV1Api): Promise<unknown> {
  const { token: bearer = '' } = (
    await core.createNamespacedServiceAccountToken({ namespace: 'default', name: 'default', body: { spec: { audiences: [] } } })
  ).status ?? { token: '' }
  const cluster = config.getCurrentCluster()
  if (cluster === null) return 'no cluster'
  const other = new KubeConfig()
  other.loadFromClusterAndUser(cluster, { name: 'sa', token: bearer })
  const refused = await refusal(other.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'default' }))
  return refused?.startsWith('pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods"')
    ? undefined
    : refused
}

async function anonymous(config: KubeConfig): Promise<unknown> {
  const cluster = config.getCurrentCluster()
  if (cluster === null) return 'no cluster'
  const nobody = new KubeConfig()
  nobody.loadFromClusterAndUser(cluster, { name: 'nobody' })
  const refused = await refusal(nobody.makeApiClient(CoreV1Api).listNode())
  if (refused !== 'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope')
    return refused
  const { gitVersion } = await nobody.makeApiClient(VersionApi).getCode()
  return gitVersion.startsWith('v1.36.') ? undefined : gitVersion
}

/** The message of the Status that a request is refused with. */
async function refusal(request: Promise<unknown>): Promise<string | undefined> {
  try {
    await request
    return undefined
  } catch (error) {
    if (!(error instanceof ApiException)) throw error
    return (JSON.parse(String(error.body)) as { readonly message?: string }).message
  }
}
