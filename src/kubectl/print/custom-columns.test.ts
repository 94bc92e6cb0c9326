import { expect, test } from 'vitest'
import { customColumns } from './custom-columns.ts'

const service = {
  metadata: { name: 'kube-dns' },
  spec: {
    selector: { 'k8s-app': 'kube-dns' },
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
    ],
  },
}

// recorded: kubectl 1.36.3 on the Service kube-dns, its third port left out here
test.each([
  ['.metadata.name', 'kube-dns'],
  ['metadata.name', 'kube-dns'],
  ['.spec.selector', 'map[k8s-app:kube-dns]'],
  ['.spec.ports', '[map[name:dns port:53 protocol:UDP targetPort:53] map[name:dns-tcp port:53 protocol:TCP targetPort:53]]'],
  ['.spec.ports[*].name', 'dns,dns-tcp'],
  ['.spec.nope', '<none>'],
])('the column %s shows %s', (path, shown) => {
  expect(customColumns([{ header: 'C', path }], [service], true)).toEqual([[shown]])
})
