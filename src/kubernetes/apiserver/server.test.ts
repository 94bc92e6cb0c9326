import { describe, expect, it } from 'vitest'
import { directTransport } from '#http/direct.ts'
import { bodyBytes, bodyJson, Headers, JsonBody } from '#http/message.ts'
import { decode } from '#sim/bytes.ts'
import { Simulation } from '#sim/simulation.ts'
import { ApiServer } from './server.ts'

const ADMIN = { name: 'admin', groups: ['system:masters'] }

/** A server and a way to call it as an administrator. */
function cluster() {
  const sim = new Simulation({ seed: 1, start: 1_795_392_000_000_000 })
  const server = new ApiServer({
    sim,
    authentication: { tokens: new Map([['admin', ADMIN]]) },
  })
  const transport = directTransport(sim, (r) => server.handle(r), {
    address: '127.0.0.1',
    port: 1,
    tls: true,
  })
  const call = (method: string, target: string, body?: unknown, headers: readonly (readonly [string, string])[] = []) => {
    const task = sim.spawn(
      'call',
      (function* () {
        const response = yield* transport.roundTrip({
          method,
          target,
          headers: new Headers([['authorization', 'Bearer admin'], ['user-agent', 'test/1'], ...headers]),
          ...(body === undefined ? {} : { body: new JsonBody(body) }),
        })
        const bytes = yield* bodyBytes(response.body)
        return {
          status: response.status,
          text: decode(bytes),
          json: () => bodyJson(bytes) as { [key: string]: any },
          headers: response.headers,
        }
      })(),
    )
    sim.run({ until: sim.now + 10_000 })
    if (task.result === undefined) throw task.error ?? new Error('no answer')
    return task.result
  }
  return { sim, server, call }
}

describe('server', () => {
  it('creates, gets, lists and deletes pods', () => {
    const { call } = cluster()
    call('POST', '/api/v1/namespaces/default/serviceaccounts', {
      metadata: { name: 'default' },
    })
    const made = call('POST', '/api/v1/namespaces/default/pods', {
      metadata: { generateName: 'web-' },
      spec: {
        containers: [{ name: 'c', image: 'nginx', resources: { limits: { cpu: 0.5 } } }],
      },
    })
    expect(made.text).toContain('"cpu":"500m"')
    expect(made.status).toBe(201)
    const name = made.json().metadata.name
    expect(name).toMatch(/^web-[a-z0-9]{5}$/)
    expect(call('GET', '/api/v1/pods').json().items).toHaveLength(1)
    const table = call('GET', '/api/v1/namespaces/default/pods', undefined, [
      ['accept', 'application/json;as=Table;v=v1;g=meta.k8s.io'],
    ]).json()
    expect(table.rows[0].cells.slice(0, 4)).toEqual([name, '0/1', 'Pending', '0'])
    expect(call('DELETE', `/api/v1/namespaces/default/pods/${name}`).status).toBe(200)
    expect(call('GET', `/api/v1/namespaces/default/pods/${name}`).json().message).toBe(`pods "${name}" not found`)
  })
})
