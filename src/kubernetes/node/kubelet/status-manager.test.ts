import { expect, test } from 'vitest'
import { Headers, JsonBody } from '#http/message.ts'
import type { Transport } from '#http/transport.ts'
import { Client } from '#kubernetes/client/client.ts'
import { Scope } from '#kubernetes/client/scope.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'
import { StatusManager } from './status-manager.ts'

test('a status that comes while others are sent is the one that is told', () => {
  const sim = new Simulation({ seed: 1, start: 0 })
  const sent: string[] = []
  const transport: Transport = {
    *roundTrip(request) {
      yield* sim.sleep(SECOND)
      const body = request.body instanceof JsonBody ? (request.body.value as { status: { phase: string } }) : undefined
      sent.push(`${request.target.split('/').at(-2)} ${body?.status.phase}`)
      return { status: 200, headers: new Headers([['content-type', 'application/json']]), body: new JsonBody({}) }
    },
    *upgrade() {
      throw new Error('not asked for')
    },
  }
  const pod = (name: string): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name },
    spec: { containers: [] },
  })
  const manager = new StatusManager(new Client(sim, transport, { userAgent: 'kubelet' }), new Scope(sim), (p) => p)
  manager.set(pod('a'), { phase: 'Pending' })
  manager.set(pod('b'), { phase: 'Pending' })
  sim.run({ until: SECOND / 2 })
  manager.set(pod('b'), { phase: 'Running' })
  sim.run({ until: 10 * SECOND })
  expect(sent).toEqual(['a Pending', 'b Running'])
})
