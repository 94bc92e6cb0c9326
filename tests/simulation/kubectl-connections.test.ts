import { expect, test } from 'vitest'
import { bash, boot, typed } from '../book/world.ts'

test('kubectl --request-timeout: a server that never answers, a watch that ends', () => {
  const world = boot('kind', 1)
  const printed = bash(
    world,
    'laptop',
    `nc -lk -p 7789 >/dev/null &
sleep 0.1; SECONDS=0
kubectl -s http://127.0.0.1:7789 --request-timeout=2s get pods 2>&1 | sed 's/^E.*err=//'; echo $SECONDS
SECONDS=0; kubectl get nodes -w --request-timeout=3 -o name; echo $? $SECONDS`,
  )
  const refused =
    '"couldn\'t get current server API group list: Get \\"http://127.0.0.1:7789/api?timeout=2s\\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"\n'
  expect(
    printed,
  ).toBe(`${refused.repeat(5)}Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)
10
node/kind-control-plane
node/kind-worker
node/kind-worker2
node/kind-worker3
0 3
`)
})

test('kubectl proxy: requests, watches and refusals pass through; it ends when it is killed', () => {
  const world = boot('kind', 1)
  expect(
    bash(
      world,
      'laptop',
      `kubectl proxy & sleep 1
curl -s localhost:8001/api/v1/namespaces/default/pods | grep '"kind"'
timeout 3 curl -sN 'localhost:8001/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=0' | grep -o '"type":"[A-Z]*"' &
sleep 1; kubectl create configmap x; wait %2
curl -s localhost:8001/api/v1/nodes/none | grep message
curl -s -o /dev/null -w '%{http_code}\\n' -X POST localhost:8001/api/v1/namespaces/default/pods/web/exec
kubectl proxy
kill %1; sleep 1; curl -s localhost:8001; echo $?`,
    ),
  ).toBe(`Starting to serve on 127.0.0.1:8001
  "kind": "PodList",
configmap/x created
"type":"ADDED"
"type":"ADDED"
  "message": "nodes \\"none\\" not found",
403
error: listen tcp 127.0.0.1:8001: bind: address already in use
7
`)
})

test('kubectl debug: a pod on a node, a container beside a pod, a changed copy; kubectl run tells how it ended', () => {
  const world = boot('kind', 1)
  const printed = bash(
    world,
    'laptop',
    `exec </dev/null
kubectl run web --image=nginx:1.27; kubectl wait --for=condition=Ready pod/web
kubectl debug node/kind-worker -q -i --image=busybox -- chroot /host hostname
kubectl get pods -l app.kubernetes.io/managed-by=kubectl-debug -o jsonpath='{.items[*].spec.hostPID} {.items[*].spec.nodeName}{"\\n"}'
kubectl debug web -q -i --image=busybox --target=web -- ps 2>/dev/null
kubectl debug web -q -i --image=busybox -c own -- id 2>/dev/null
kubectl debug web --copy-to=web2 --set-image='*=nginx:1.28' --same-node
kubectl get pod web2 -o jsonpath='{.spec.containers[*].image} {.metadata.labels}{"\\n"}'
kubectl debug web --copy-to=web3 --keep-labels -c web -- sleep 9
kubectl get pod web3 -o jsonpath='{.spec.containers[*].command} {.metadata.labels}{"\\n"}'
kubectl debug web --image=busybox --profile=nope
kubectl debug service/kubernetes --image=busybox
kubectl run bad -q -i --rm --restart=Never --image=busybox -- sh -c 'sleep 1; echo hi; exit 3'; echo $?`,
  )
  expect(printed).toBe(`pod/web created
pod/web condition met
kind-worker
true kind-worker
PID   USER     TIME  COMMAND
    1 root      0:00 nginx: master process nginx -g daemon off;
    2 101       0:00 nginx: worker process
    4 root      0:00 ps
uid=0(root) gid=0(root) groups=0(root),10(wheel)
nginx:1.28 {"run":"web"}
["sleep","9"] {"run":"web"}
error: unknown profile: nope
error: "v1, Kind=Service" not supported by debug
hi
pod "bad" deleted from default namespace
pod default/bad terminated (Error)
3
`)
})

test('kubectl run -it: the prompt of busybox says where one is', () => {
  const shown = typed(boot('kind', 1), 'laptop', 'kubectl run box -q -it --image=busybox --restart=Never', ['cd /tmp', 'pwd', 'exit'])
  expect(shown).toContain('/tmp # pwd\n/tmp\n/tmp # exit\n')
})
