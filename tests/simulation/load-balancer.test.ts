import { expect, test } from 'vitest'
import { bash, boot, wait } from '../book/world.ts'

test('a Service of type LoadBalancer: an address that answers, follows its ports, and goes with it', () => {
  const world = boot('kind', 1)
  const sh = (script: string): string => bash(world, 'laptop', script)
  sh('kubectl create deployment web --image=nginx --replicas=2 && kubectl rollout status deployment web')
  expect(sh('docker ps -q | wc -l')).toBe('4\n')
  sh('kubectl expose deployment web --type=LoadBalancer --port=8765 --target-port=80')
  wait(world, 10)
  expect(sh("kubectl get svc web -o jsonpath='{.status.loadBalancer.ingress}'")).toBe(
    '[{"ip":"172.18.0.6","ipMode":"Proxy","ports":[{"port":8765,"protocol":"TCP"}]}]',
  )
  expect(sh('curl -s http://172.18.0.6:8765 | grep title')).toBe('<title>Welcome to nginx!</title>\n')
  expect(sh('docker ps | grep -c kindccm-')).toBe('1\n')
  expect(sh('kubectl events --for service/web --no-headers').replace(/^\S+\s+/gm, '')).toBe(
    'Normal   EnsuringLoadBalancer   Service/web   Ensuring load balancer\nNormal   EnsuredLoadBalancer    Service/web   Ensured load balancer\n',
  )

  sh(`kubectl patch svc web --type=json -p '[{"op":"replace","path":"/spec/ports/0/port","value":81}]'`)
  wait(world, 10)
  expect(sh('curl -s http://172.18.0.6:81 | grep -c nginx.org; curl -s http://172.18.0.6:8765; echo $?')).toMatch(/^[1-9]\n7\n$/)

  // A node that is no longer Ready is left out; the others still answer.
  world.cluster.stopKubelet('kind-worker')
  wait(world, 90)
  expect(sh('for i in 1 2 3 4 5 6 7 8; do curl -s -o /dev/null -w "%{http_code} " http://172.18.0.6:81; done')).toBe('200 '.repeat(8))

  expect(sh('kubectl delete svc web')).toBe('service "web" deleted from default namespace\n')
  wait(world, 5)
  expect(sh('docker ps -q | wc -l; kubectl get svc web')).toBe('4\nError from server (NotFound): services "web" not found\n')
})
