/** A server with the engine at hand, and ways to call it. */
import { directTransport } from '#http/direct.ts'
import { bodyBytes, bodyJson, Headers, JsonBody } from '#http/message.ts'
import { str } from '#kubernetes/api/json.ts'
import { Simulation } from '#sim/simulation.ts'
import { ApiServer } from '../server.ts'
import { engine } from './engine.ts'

const USERS = new Map([
  ['admin', { name: 'admin', groups: ['system:masters', 'system:authenticated'] }],
  ['ann', { name: 'ann', groups: ['system:authenticated'] }],
])

export interface Reply {
  readonly status: number
  readonly body: { readonly [key: string]: unknown }
  /** The message of a Status; `''` when there is none. */
  readonly message: string
  readonly warnings: readonly string[]
}

/** `loads` counts how often the engine was asked for. */
export function celCluster() {
  const sim = new Simulation({ seed: 1, start: 1_795_392_000_000_000 })
  let loads = 0
  const server = new ApiServer({
    sim,
    authentication: { tokens: USERS },
    *cel() {
      loads++
      yield* sim.sleep(1000)
      return engine
    },
  })
  const transport = directTransport(sim, (r) => server.handle(r), { address: '127.0.0.1', port: 1, tls: true })
  const call = (method: string, target: string, body?: unknown, type = 'application/json', user = 'admin'): Reply => {
    const task = sim.spawn(
      'call',
      (function* () {
        const response = yield* transport.roundTrip({
          method,
          target,
          headers: new Headers([
            ['authorization', `Bearer ${user}`],
            ['user-agent', 'test/1'],
            ['content-type', type],
          ]),
          ...(body === undefined ? {} : { body: new JsonBody(body) }),
        })
        const json = bodyJson(yield* bodyBytes(response.body)) as { [key: string]: unknown }
        const warnings = response.headers.getAll('warning').map((w) => w.replace(/^299 - "|"$/g, '').replaceAll('\\"', '"'))
        return { status: response.status, body: json, message: str(json, 'message'), warnings }
      })(),
    )
    sim.run({ until: sim.now + 100_000 })
    if (task.result === undefined) throw task.error ?? new Error('no answer')
    return task.result
  }
  return { sim, server, call, loads: () => loads }
}
