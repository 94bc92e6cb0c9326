/** A node's credentials reach what its Pods need, and nothing else. */
import { expect, it } from 'vitest'
import { bash, boot } from '../book/world.ts'

it('lets a node read what its Pods refer to, and change only itself', () => {
  const world = boot('kind', 1)
  bash(
    world,
    'laptop',
    `kubectl create secret generic mine --from-literal=a=b; kubectl create secret generic other --from-literal=a=b
kubectl run web --image=nginx:1.27 --overrides='{"spec":{"nodeName":"kind-worker","containers":[{"name":"web","image":"nginx:1.27","envFrom":[{"secretRef":{"name":"mine"}}]}]}}'
kubectl run far --image=nginx:1.27 --overrides='{"spec":{"nodeName":"kind-worker2"}}'
kubectl wait --for=condition=Ready pod/web pod/far --timeout=60s`,
  )
  const asNode = (command: string): string => bash(world, 'kind-worker', `kubectl --kubeconfig /etc/kubernetes/kubelet.conf ${command}`)
  expect(asNode('get secret mine -o name')).toBe('secret/mine\n')
  expect(asNode('get secret other')).toContain("no relationship found between node 'kind-worker' and this object")
  expect(asNode('get pod web -o name')).toBe('pod/web\n')
  expect(asNode('get pod far')).toContain('no relationship found')
  expect(asNode('get pods')).toContain('can only list/watch pods with spec.nodeName field selector')
  expect(asNode('get pods --field-selector spec.nodeName=kind-worker -o name')).toBe('pod/web\n')
  expect(asNode('label node kind-worker team=a')).toBe('node/kind-worker labeled\n')
  expect(asNode('label node kind-worker node-role.kubernetes.io/x=')).toContain(
    'is not allowed to modify labels: node-role.kubernetes.io/x',
  )
  expect(asNode('taint node kind-worker a=b:NoSchedule')).toContain('is not allowed to modify taints')
  expect(asNode('delete pod far')).toContain('can only delete pods with spec.nodeName set to itself')
  expect(asNode('run evil --image=nginx')).toContain('can only create mirror pods')
  expect(asNode('get pods --field-selector=spec.nodeName!=kind-worker')).toContain('can only list/watch pods')
  expect(asNode('get nodes --field-selector metadata.name=kind-worker -o name')).toBe('node/kind-worker\n')
  bash(
    world,
    'laptop',
    `kubectl get --raw /api/v1/namespaces/default/pods/web > pod.json
jq '.spec.ephemeralContainers = [{name: "dbg", image: "busybox", envFrom: [{secretRef: {name: "other"}}]}]' pod.json > debug.json
kubectl replace --raw /api/v1/namespaces/default/pods/web/ephemeralcontainers -f debug.json`,
  )
  expect(asNode('get secret other -o name')).toBe('secret/other\n')
  bash(world, 'laptop', 'kubectl delete pod web --now')
  expect(asNode('get secret mine')).toContain('no relationship found')
})

it('lets a node read the mirror of its static Pod', () => {
  const world = boot('kind', 1)
  expect(
    bash(
      world,
      'kind-control-plane',
      'kubectl --kubeconfig /etc/kubernetes/kubelet.conf -n kube-system get pod etcd-kind-control-plane -o name',
    ),
  ).toBe('pod/etcd-kind-control-plane\n')
})
