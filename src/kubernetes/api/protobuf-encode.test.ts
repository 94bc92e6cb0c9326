import { expect, test } from 'vitest'
import { decode } from '#sim/bytes.ts'
import { decodeProtobuf } from './protobuf.ts'
import { encodeStored } from './protobuf-encode.ts'

test('an object of a built-in type comes back as it was, without its resourceVersion', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u',
      creationTimestamp: '2026-11-23T09:00:00Z',
      labels: { b: '2', a: '1' },
      resourceVersion: '7',
      managedFields: [{ manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:spec': {} } }],
    },
    spec: {
      containers: [
        {
          name: 'c',
          image: 'nginx',
          resources: { limits: { cpu: '500m' } },
          livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 10 },
        },
      ],
      volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }],
      tolerations: [{ key: 'k', operator: 'Exists', tolerationSeconds: 300 }],
    },
    status: { phase: 'Running', podIP: '10.244.1.2' },
  }
  const { resourceVersion: _, ...metadata } = pod.metadata
  expect(decodeProtobuf(encodeStored(pod))).toMatchObject({ ...pod, metadata })
})

test('bytes of a Namespace: prefix, envelope, fields by number, zero values written', () => {
  const bytes = encodeStored({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' }, spec: {}, status: { phase: 'Active' } })
  const meta = '\n\x01a\x12\x00\x1a\x00"\x00*\x002\x008\x00B\x00'
  const body = `\n${String.fromCharCode(meta.length)}${meta}\x12\x00\x1a\x08\n\x06Active`
  const envelope = `\n\x0f\n\x02v1\x12\tNamespace\x12${String.fromCharCode(body.length)}${body}\x1a\x00"\x00`
  expect(decode(bytes)).toBe(`k8s\0${envelope}`)
})

test('a custom resource is JSON', () => {
  const object = { apiVersion: 'example.com/v1', kind: 'Backup', metadata: { name: 'a', resourceVersion: '3' }, spec: { every: 5 } }
  expect(decode(encodeStored(object))).toBe('{"apiVersion":"example.com/v1","kind":"Backup","metadata":{"name":"a"},"spec":{"every":5}}\n')
})
