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
  bash(world, 'laptop', 'kubectl delete pod web --now')
  expect(asNode('get secret mine')).toContain('no relationship found')
})
