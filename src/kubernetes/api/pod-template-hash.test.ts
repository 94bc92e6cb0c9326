// recorded: Kubernetes v1.36.2, scenario pod-template-hashes
import { expect, it } from 'vitest'
import { defaultPodSpec } from '../apiserver/registry/pod-defaults.ts'
import { decodeAs } from './decode.ts'
import { type Draft, type Obj, sorted } from './json.ts'
import { computeHash, controllerRevisionHash } from './pod-template-hash.ts'
import { definition } from './schema.ts'

const template = (app: string, container: Obj): Obj => {
  const out = decodeAs(
    { metadata: { labels: { app } }, spec: { containers: [container] } },
    definition('io.k8s.api.core.v1.PodTemplateSpec'),
    false,
  ).value
  defaultPodSpec(out.spec as Draft)
  return out
}

it.each([
  ['7545bf9c54', 'h1', { name: 'c', image: 'nginx:1.27' }],
  [
    '5f87477fdf',
    'h2',
    {
      name: 'c',
      image: 'nginx:1.27',
      ports: [{ containerPort: 80 }],
      env: [{ name: 'A', value: '1' }],
      resources: { requests: { cpu: '100m', memory: '64Mi' } },
    },
  ],
  ['7887448d46', 'web', { name: 'nginx', image: 'nginx' }],
  ['68467d79f', 'web-127', { name: 'nginx', image: 'nginx:1.27' }],
  ['789c68b8b', 'web-128', { name: 'nginx', image: 'nginx:1.28', ports: [{ containerPort: 80 }] }],
  ['bb7c44d6', 'busy', { name: 'busybox', image: 'busybox', command: ['sleep', '3600'] }],
])('%s is the hash of %s', (hash, app, container) => {
  expect(computeHash(template(app, container))).toBe(hash)
})

it('hashes the data of a revision', () => {
  const container = { name: 'c', image: 'nginx:1.27' }
  const data = { spec: { template: { $patch: 'replace', ...template('h4', container) } } }
  expect(controllerRevisionHash(sorted(data) as Obj, 0)).toBe('6f579647b8')
})

it('hashes the deprecated serviceAccount too', () => {
  const coredns = decodeAs(
    { spec: { serviceAccountName: 'coredns', containers: [{ name: 'c', image: 'x:1' }] } },
    definition('io.k8s.api.core.v1.PodTemplateSpec'),
    false,
  ).value
  defaultPodSpec(coredns.spec as Draft)
  expect((coredns.spec as Draft).serviceAccount).toBe('coredns')
})
