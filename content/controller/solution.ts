import {
  AppsV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
} from '@kubernetes/client-node'

interface Website extends KubernetesObject {
  spec: { replicas: number; html: string }
  status?: { readyReplicas?: number }
}

const WEBSITES = { group: 'example.podlab', version: 'v1', plural: 'websites' }
const ME = 'website-controller'

const config = new KubeConfig()
config.loadFromDefault()
const objects = KubernetesObjectApi.makeApiClient(config)
const custom = config.makeApiClient(CustomObjectsApi)
const apps = config.makeApiClient(AppsV1Api)

// What we know: lists that the API server keeps up to date for us.
const websites = makeInformer<Website>(config, '/apis/example.podlab/v1/websites', () => custom.listClusterCustomObject(WEBSITES))
const deployments = makeInformer(config, '/apis/apps/v1/deployments', () => apps.listDeploymentForAllNamespaces())

/** The objects that a Website stands for. */
function wanted(site: Website): KubernetesObject[] {
  const { name, namespace, uid } = site.metadata ?? {}
  const metadata = {
    name,
    namespace,
    ownerReferences: [{ apiVersion: 'example.podlab/v1', kind: 'Website', name, uid, controller: true }],
  }
  const labels = { website: name }
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'index.html': site.spec.html } }
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: site.spec.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: 'web', image: 'nginx:1.27', volumeMounts: [{ name: 'pages', mountPath: '/usr/share/nginx/html' }] }],
          volumes: [{ name: 'pages', configMap: { name } }],
        },
      },
    },
  }
  return [configMap, deployment] as KubernetesObject[]
}

/** Brings the cluster one step closer to what a Website asks for. Called as often as you like. */
async function reconcile(name: string, namespace: string): Promise<void> {
  const site = websites.get(name, namespace)
  if (site === undefined) return
  for (const object of wanted(site)) {
    await objects.patch(object, undefined, undefined, ME, true, PatchStrategy.ServerSideApply)
  }
  const readyReplicas = deployments.get(name, namespace)?.status?.readyReplicas ?? 0
  if (site.status?.readyReplicas === readyReplicas) return
  await custom.patchNamespacedCustomObjectStatus(
    { ...WEBSITES, namespace, name, body: { status: { readyReplicas } } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  )
  console.log(`${name}: ${readyReplicas} of ${site.spec.replicas} ready`)
}

// One after the other, each name at most once in the queue.
const queue = new Set<string>()
let working = false
async function work(): Promise<void> {
  if (working) return
  working = true
  for (const key of queue) {
    queue.delete(key)
    const [namespace = '', name = ''] = key.split('/')
    try {
      await reconcile(name, namespace)
    } catch (error) {
      console.error(`${key}: ${error instanceof Error ? error.message : error}; once more in a second`)
      setTimeout(() => enqueue(name, namespace), 1000)
    }
  }
  working = false
}
function enqueue(name = '', namespace = ''): void {
  queue.add(`${namespace}/${name}`)
  void work()
}

websites.on('change', (site) => enqueue(site.metadata?.name, site.metadata?.namespace))
deployments.on('change', (deployment) => {
  const owner = deployment.metadata?.ownerReferences?.find((reference) => reference.kind === 'Website')
  if (owner !== undefined) enqueue(owner.name, deployment.metadata?.namespace)
})
for (const informer of [websites, deployments]) {
  informer.on('error', (error) => {
    console.error(`list or watch failed (${error.code ?? error.message}); once more in a second`)
    setTimeout(() => informer.start(), 1000)
  })
}
await Promise.all([websites.start(), deployments.start()])
console.log('Watching Websites and Deployments')
