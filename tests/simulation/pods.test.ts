/** Pods on the whole cluster: what kubectl, kubelet, runtime and images must agree on. */
import { expect, it } from 'vitest'
import { bash, boot } from '../book/world.ts'

it('runs a container that ends at once, attached: its log is shown and its exit code returned', () => {
  const world = boot('kind', 1)
  expect(
    bash(
      world,
      'laptop',
      'kubectl run once -q -i --rm --restart=Never --image=busybox:1.37 -- sh -c "echo hi; exit 3" 2>/dev/null; echo $?',
    ),
  ).toBe('hi\npod "once" deleted from default namespace\n3\n')
  expect(bash(world, 'laptop', 'kubectl get pods')).toBe('No resources found in default namespace.\n')
})

it('lets a Pod in that asks for a label its node has just got', () => {
  const script = `kubectl label node kind-worker2 disk=ssd
kubectl run fast --image=nginx:1.28 --overrides='{"spec":{"nodeSelector":{"disk":"ssd"}}}'
kubectl wait --for=condition=Ready pod/fast --timeout=30s`
  expect(bash(boot('kind', 1), 'laptop', script)).toBe('node/kind-worker2 labeled\npod/fast created\npod/fast condition met\n')
})

it('is ready once its readiness gates are, and orders the ports of endpoints as upstream', () => {
  const manifest = `apiVersion: v1
kind: Pod
metadata: {name: gate, labels: {app: gate}}
spec:
  readinessGates: [{conditionType: example.com/ok}]
  containers: [{name: c, image: "nginx:1.28", ports: [{name: http, containerPort: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: two}
spec:
  selector: {app: gate}
  ports: [{name: http, port: 80, targetPort: http}, {name: dns, port: 53, protocol: UDP, targetPort: 5353}]
`
  const script = `cat >gate.yaml <<'EOF'
${manifest}EOF
kubectl apply -f gate.yaml >/dev/null
kubectl wait --for=jsonpath='{.status.conditions[?(@.type=="ContainersReady")].status}'=True pod/gate
sleep 1; kubectl get pod gate -o jsonpath='{.status.conditions[?(@.type=="Ready")].reason}{"\\n"}'
kubectl patch pod gate --subresource=status -p '{"status":{"conditions":[{"type":"example.com/ok","status":"True"}]}}'
kubectl wait --for=condition=Ready pod/gate --timeout=5s; sleep 1
kubectl get endpoints two -o jsonpath='{.subsets[*].ports[*].name}{"\\n"}' 2>/dev/null
kubectl get endpointslices -l kubernetes.io/service-name=two -o jsonpath='{.items[*].ports[*].name}{"\\n"}'`
  expect(bash(boot('kind', 1), 'laptop', script)).toBe(
    'pod/gate condition met\nReadinessGatesNotReady\npod/gate patched\npod/gate condition met\nhttp dns\ndns http\n',
  )
})

it('shows the devices of the node to a privileged container only', () => {
  const script = `kubectl run plain --image=alpine:3.22 -- sleep infinity
kubectl run mighty --image=alpine:3.22 --privileged -- sleep infinity
kubectl wait --for=condition=Ready pod/plain pod/mighty >/dev/null
for pod in plain mighty; do kubectl exec $pod -- sh -c 'test -b /dev/vda; echo $?'; done`
  expect(bash(boot('kind', 1), 'laptop', script)).toBe('pod/plain created\npod/mighty created\n1\n0\n')
})

it('passes requests on through nginx, and says why when it cannot', () => {
  const world = boot('kind', 1)
  const script = `kubectl create configmap conf --from-literal=default.conf='server { root /usr/share/nginx/html; location /api/ { proxy_pass http://api/; } }'
kubectl create deployment front --image=nginx:1.28
kubectl patch deployment front -p '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","volumeMounts":[{"name":"c","mountPath":"/etc/nginx/conf.d"}]}],"volumes":[{"name":"c","configMap":{"name":"conf"}}]}}}}'
kubectl create service nodeport front --tcp=80 --node-port=30080
sleep 5; kubectl logs deploy/front --tail=1
kubectl create service clusterip api --tcp=80:5678
kubectl wait --for=condition=Available deployment/front --timeout=5m; sleep 2
ask() { curl -s -o /dev/null -w '%{http_code}\\n' http://172.18.0.3:30080$1; }
ask /; ask /nope; ask /api/
kubectl create deployment api --image=hashicorp/http-echo:1.0 -- /http-echo -text=hi
kubectl wait --for=condition=Available deployment/api; sleep 2
ask /api/`
  const printed = bash(world, 'laptop', script)
  expect(printed).toContain('nginx: [emerg] host not found in upstream "api" in /etc/nginx/conf.d/default.conf:1\n')
  expect(printed.match(/^\d{3}$/gm)).toEqual(['200', '404', '502', '200'])
})
