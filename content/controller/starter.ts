import {
  CustomObjectsApi,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
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

// What we know: a list that the API server keeps up to date for us.
const websites = makeInformer<Website>(config, '/apis/example.podlab/v1/websites', () => custom.listClusterCustomObject(WEBSITES))

/** The objects that a Website stands for. */
function wanted(site: Website): KubernetesObject[] {
  const { name, namespace, uid } = site.metadata ?? {}
  const metadata = {
    name,
    namespace,
    ownerReferences: [{ apiVersion: 'example.podlab/v1', kind: 'Website', name, uid, controller: true }],
  }
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'index.html': site.spec.html } }
  // GAP 1: a Deployment of site.spec.replicas Pods with the label website=NAME, that mount the ConfigMap
  // at /usr/share/nginx/html in an nginx:1.27.
  return [configMap] as KubernetesObject[]
}

/** Brings the cluster one step closer to what a Website asks for. Called as often as you like. */
async function reconcile(name: string, namespace: string): Promise<void> {
  const site = websites.get(name, namespace)
  if (site === undefined) return
  for (const object of wanted(site)) {
    await objects.patch(object, undefined, undefined, ME, true, PatchStrategy.ServerSideApply)
  }
  console.log(`${name}: applied`)
  // GAP 2: write status.readyReplicas, taken from the Deployment, unless it says so already.
  // custom.patchNamespacedCustomObjectStatus takes { ...WEBSITES, namespace, name, body } and, as its second argument,
  // setHeaderOptions('Content-Type', PatchStrategy.MergePatch); the client library has that function, too.
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
// GAP 3: nobody looks at Deployments yet. Make an informer for '/apis/apps/v1/deployments' (AppsV1Api has
// listDeploymentForAllNamespaces()), start it with the other, and enqueue the Website that owns what changed.
for (const informer of [websites]) {
  informer.on('error', (error) => {
    console.error(`list or watch failed (${error.code ?? error.message}); once more in a second`)
    setTimeout(() => informer.start(), 1000)
  })
}
await Promise.all([websites.start()])
console.log('Watching Websites')
