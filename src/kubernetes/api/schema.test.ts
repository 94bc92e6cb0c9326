import { expect, it } from 'vitest'
import { decodeAs } from './decode.ts'
import { definition, definitionNames } from './schema.ts'

it('knows the type of every field', () => {
  for (const name of definitionNames()) for (const field of definition(name).json.values()) expect(field.type.kind).toBeTruthy()
})

it('decodes as Go does', () => {
  const service = {
    metadata: { name: 's', foo: 1 },
    spec: { ports: [{ port: 80, nodeport: 1 }] },
  }
  const { value, strict } = decodeAs(service, definition('io.k8s.api.core.v1.Service'))
  expect(strict).toEqual(['unknown field "metadata.foo"', 'unknown field "spec.ports[0].nodeport"'])
  expect(value).toEqual({
    metadata: { name: 's' },
    spec: { ports: [{ port: 80, targetPort: 0 }] },
    status: { loadBalancer: {} },
  })
})
