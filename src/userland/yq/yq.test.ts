// Not recorded: yq 4's manual (mikefarah.gitbook.io/yq)
import { expect, it } from 'vitest'
import { box } from '../test-box.ts'
import { programs } from './index.ts'

const POD = `kind: Pod
metadata:
  name: web
  labels:
    app-name: shop
spec:
  containers:
  - name: nginx
    image: nginx:1.27
  - name: log
    image: busybox
`

const run = (...argv: string[]) =>
  box(programs, { files: { '/pod.yaml': POD, '/two.yaml': 'a: 1\n---\na: 2\n' }, env: ['NAME=x'] })(...argv)

it.each([
  [['.metadata.name', '/pod.yaml'], 'web\n'],
  [['.metadata.labels.app-name', '/pod.yaml'], 'shop\n'],
  [['.spec.containers[].name', '/pod.yaml'], 'nginx\nlog\n'],
  [['.metadata', '/pod.yaml'], 'name: web\nlabels:\n  app-name: shop\n'],
  [['.spec.containers[0]', '-o', 'json', '/pod.yaml'], '{\n  "name": "nginx",\n  "image": "nginx:1.27"\n}\n'],
  [['-o=json', '-I0', '.metadata.labels', '/pod.yaml'], '{"app-name":"shop"}\n'],
  [['.a', '/two.yaml'], '1\n---\n2\n'],
  [['-N', '.a', '/two.yaml'], '1\n2\n'],
  [['e', '.spec.containers |= map(select(.name == "log"))|.spec', '/pod.yaml'], 'containers:\n  - name: log\n    image: busybox\n'],
  [['-n', '.name = strenv(NAME)'], 'name: x\n'],
  [['.nosuch', '/pod.yaml'], 'null\n'],
])('%j', (words, out) => {
  expect(run('yq', ...words)).toEqual({ out, err: '', exit: 0 })
})

it('writes back, and says what is wrong', () => {
  const all = box(programs, { files: { '/a.yaml': 'spec:\n  replicas: 2\n' } })
  expect(all('yq', '-i', '.spec.replicas = 5', '/a.yaml').exit).toBe(0)
  expect(all('yq', '.', '/a.yaml').out).toBe('spec:\n  replicas: 5\n')
  expect(all('yq', '-e', '.x', '/a.yaml')).toEqual({ out: 'null\n', err: 'Error: no matches found\n', exit: 1 })
  expect(all('yq', '.', '/nosuch.yaml')).toEqual({ out: '', err: 'Error: open /nosuch.yaml: no such file or directory\n', exit: 1 })
})
