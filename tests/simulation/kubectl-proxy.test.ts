import { expect, test } from 'vitest'
import { bash, boot } from '../book/world.ts'

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
