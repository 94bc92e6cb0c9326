import { describe, expect, it } from 'vitest'
import { directTransport } from '#http/direct.ts'
import { bodyBytes, bodyJson, Headers, JsonBody } from '#http/message.ts'
import { objs, str, strs } from '#kubernetes/api/json.ts'
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
          json: () => bodyJson(bytes) as { [key: string]: unknown },
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
  it('binds a pod once, by its subresource or by a Binding beside it', () => {
    const { call } = cluster()
    const at = '/api/v1/namespaces/default'
    call('POST', `${at}/serviceaccounts`, { metadata: { name: 'default' } })
    for (const name of ['a', 'b']) call('POST', `${at}/pods`, { metadata: { name }, spec: { containers: [{ name: 'c', image: 'nginx' }] } })
    const to = (name: string) => ({ metadata: { name }, target: { kind: 'Node', name: 'n1' } })
    expect(call('POST', `${at}/pods/a/binding`, to('a')).json()).toMatchObject({ status: 'Success', code: 201 })
    expect(call('POST', `${at}/bindings`, to('b')).json()).toMatchObject({ status: 'Success', code: 201 })
    for (const name of ['a', 'b']) expect(str(call('GET', `${at}/pods/${name}`).json(), 'spec', 'nodeName')).toBe('n1')
    expect(call('POST', `${at}/bindings`, to('b')).json().message).toBe(
      'Operation cannot be fulfilled on pods/binding "b": pod b is already assigned to node "n1"',
    )
  })

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
    const name = str(made.json(), 'metadata', 'name')
    expect(name).toMatch(/^web-[a-z0-9]{5}$/)
    expect(call('GET', '/api/v1/pods').json().items).toHaveLength(1)
    const table = call('GET', '/api/v1/namespaces/default/pods', undefined, [
      ['accept', 'application/json;as=Table;v=v1;g=meta.k8s.io'],
    ]).json()
    expect(strs(objs(table, 'rows')[0], 'cells').slice(0, 4)).toEqual([name, '0/1', 'Pending', '0'])
    expect(call('DELETE', `/api/v1/namespaces/default/pods/${name}`).status).toBe(200)
    expect(call('GET', `/api/v1/namespaces/default/pods/${name}`).json().message).toBe(`pods "${name}" not found`)
  })

  it('watches from a revision, and tells of deletions', () => {
    const { server, call } = cluster()
    const before = str(call('GET', '/api/v1/configmaps').json(), 'metadata', 'resourceVersion')
    call('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'a' }, data: { k: 'v' } })
    call('DELETE', '/api/v1/namespaces/default/configmaps/a')
    const watch = call('GET', `/api/v1/configmaps?watch=true&resourceVersion=${before}&timeoutSeconds=0.005`)
    expect(
      watch.text
        .trim()
        .split('\n')
        .map((line) => str(JSON.parse(line), 'type')),
    ).toEqual(['ADDED', 'DELETED'])
    expect(server.store.revision).toBeGreaterThan(Number(before))
  })

  it("refuses a stale update, and an apply that would take another manager's field", () => {
    const { call } = cluster()
    const target = '/api/v1/namespaces/default/configmaps'
    const made = call('POST', target, { metadata: { name: 'a' }, data: { k: 'v' } }).json()
    call('PUT', `${target}/a`, { ...made, data: { k: 'w' } })
    expect(call('PUT', `${target}/a`, made).json().message).toBe(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    )
    const apply = call(
      'PATCH',
      `${target}/a?fieldManager=me`,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { k: 'x' } },
      [['content-type', 'application/apply-patch+yaml']],
    )
    expect([apply.status, apply.json().message]).toEqual([409, 'Apply failed with 1 conflict: conflict with "test" using v1: .data.k'])
  })
})
