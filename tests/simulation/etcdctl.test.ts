import { expect, test } from 'vitest'
import { bash, boot } from '../book/world.ts'

const FLAGS =
  '--endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key'

test('etcdctl in the etcd Pod: certificates are needed; what it reads is what the API server keeps', () => {
  const world = boot('kind', 1)
  const etcdctl = (args: string): string =>
    bash(world, 'laptop', `kubectl exec -n kube-system etcd-kind-control-plane -- etcdctl ${args}; echo "[exit $?]"`)
  const warning = (why: string): string =>
    `${'"error":"rpc error: code = DeadlineExceeded desc = latest balancer error: connection error: desc = '}\\"${why}\\""}\nError: context deadline exceeded\ncommand terminated with exit code 1\n[exit 1]\n`

  expect(etcdctl('get /registry')).toContain(warning('error reading server preface: EOF'))
  expect(etcdctl('--endpoints=https://127.0.0.1:2379 get /registry')).toContain(
    warning('transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority'),
  )
  expect(etcdctl('--endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt get /registry')).toContain(
    warning('error reading server preface: remote error: tls: certificate required'),
  )

  expect(etcdctl(`${FLAGS} get /registry/namespaces --prefix --keys-only`)).toBe(
    ['default', 'kube-node-lease', 'kube-public', 'kube-system', 'local-path-storage']
      .map((name) => `/registry/namespaces/${name}\n\n`)
      .join('') + '[exit 0]\n',
  )
  expect(etcdctl(`${FLAGS} get /registry/namespaces/default --print-value-only`)).toMatch(/^k8s\0\n\x0f\n\x02v1\x12\tNamespace\x12/)
  expect(etcdctl(`${FLAGS} endpoint health`)).toMatch(
    /^https:\/\/127\.0\.0\.1:2379 is healthy: successfully committed proposal: took = \S+\n\[exit 0\]\n$/,
  )

  // What is written behind the API server's back it hears of by its watch.
  bash(world, 'laptop', 'kubectl create configmap a --from-literal=x=1')
  expect(etcdctl(`${FLAGS} del /registry/configmaps/default/a`)).toBe('1\n[exit 0]\n')
  expect(bash(world, 'laptop', 'kubectl get configmap a')).toBe('Error from server (NotFound): configmaps "a" not found\n')
  expect(etcdctl(`${FLAGS} put greeting hello`)).toBe('OK\n[exit 0]\n')
  expect(etcdctl(`${FLAGS} get greeting`)).toBe('greeting\nhello\n[exit 0]\n')
})
