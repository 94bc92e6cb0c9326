import { expect, test } from 'vitest'
import { joinKind } from '#cluster/kind.ts'
import { CEL } from '#images/control-plane/cel.ts'
import { lazyPrograms, loadPrograms } from '#lab/programs.ts'
import type { HttpPart, LabInput } from '#lab/protocol.ts'
import { REST, World } from '#lab/world.ts'
import { decode } from '#sim/bytes.ts'
import { SECOND } from '#sim/time.ts'

await loadPrograms([CEL])

/** A world whose terminal output is kept. */
function world(): { world: World; screen: () => string; answers: Map<number, HttpPart[]> } {
  let text = ''
  const answers = new Map<number, HttpPart[]>()
  const made = new World('kind', 3, {
    output: (_, data) => {
      text += decode(data)
    },
    closed: () => undefined,
    request: () => undefined,
    requestCancelled: () => undefined,
    http: (request, part) => answers.set(request, [...(answers.get(request) ?? []), part]),
    needsProgram: () => undefined,
  })
  made.rest = (cluster) => joinKind(cluster, { programs: lazyPrograms, cloud: true })
  made.sim.run({ until: made.sim.now + SECOND })
  return { world: made, screen: () => text, answers }
}

/** Runs for some time, answering requests for programs from outside as a lab does. */
function advance(world: World, duration: number, stop: () => boolean = () => false): void {
  const until = world.sim.now + duration
  while (world.sim.run({ until, stop: () => world.awaited.size > 0 || stop() }) === 'stopped' && !stop()) {
    for (const [request, name] of [...world.awaited]) world.input({ type: 'answer', request, value: { program: name } })
  }
}

test('the log of inputs gives the same run again', () => {
  const first = world()
  const { sim } = first.world
  first.world.input({ type: 'answer', request: REST, value: null })
  advance(first.world, 60 * SECOND, () => first.world.ready)
  first.world.input({ type: 'open', terminal: 'laptop-1', machine: 'laptop', rows: 24, cols: 80 })
  for (const line of [
    'kubectl create deployment web --image=nginx:1.27 --replicas=2',
    'kubectl rollout status deployment/web',
    'kubectl get pods -o wide',
    'sleep 100',
  ]) {
    advance(first.world, 5 * SECOND)
    first.world.input({ type: 'data', terminal: 'laptop-1', data: `${line}\r` })
  }
  advance(first.world, SECOND)
  first.world.input({ type: 'data', terminal: 'laptop-1', data: '\x03' })
  advance(first.world, SECOND)

  const again = world()
  const log = structuredClone(first.world.log)
  for (const record of log.inputs) expect(again.world.replay(record)).toBe(true)
  again.world.sim.run({ until: sim.now, stop: () => again.world.sim.events >= sim.events })
  expect(again.screen()).toBe(first.screen())
  expect(again.world.sim.traceHash()).toBe(sim.traceHash())
  expect(again.screen()).toContain('successfully rolled out')
})

test('requests of a program outside are inputs: they are answered, watched, cancelled, and replayed', () => {
  const get = (request: number, target: string): LabInput => ({ type: 'http', request, method: 'GET', target, headers: [] })
  const text = (parts: readonly HttpPart[] = []): string => parts.map((p) => (p.kind === 'chunk' ? decode(p.data) : p.kind)).join('|')
  const first = world()
  const { sim } = first.world
  first.world.input(get(1, '/api'))
  advance(first.world, SECOND)
  expect(first.answers.get(1)).toEqual([{ kind: 'error', message: 'connect ECONNREFUSED 127.0.0.1:6443' }])

  first.world.input({ type: 'answer', request: REST, value: null })
  advance(first.world, 60 * SECOND, () => first.world.ready)
  first.world.input(get(2, '/api/v1/namespaces/default/configmaps?watch=true&fieldSelector=metadata.name%3Dnote'))
  advance(first.world, SECOND)
  first.world.input({
    type: 'http',
    request: 3,
    method: 'POST',
    target: '/api/v1/namespaces/default/configmaps',
    headers: [['content-type', 'application/json']],
    body: JSON.stringify({ metadata: { name: 'note' }, data: { is: 'written' } }),
  })
  advance(first.world, SECOND)
  expect(first.answers.get(3)?.[0]).toMatchObject({ kind: 'head', status: 201 })
  expect(text(first.answers.get(3))).toContain('"is":"written"')
  expect(text(first.answers.get(2))).toContain('"type":"ADDED"')
  expect(first.world.openRequests).toEqual([2])
  first.world.input({ type: 'httpCancel', request: 2 })
  first.world.input({ type: 'httpCancel', request: 2 })
  expect(first.world.openRequests).toEqual([])
  advance(first.world, SECOND)

  const again = world()
  for (const record of structuredClone(first.world.log).inputs) expect(again.world.replay(record)).toBe(true)
  again.world.sim.run({ until: sim.now, stop: () => again.world.sim.events >= sim.events })
  expect([...again.answers]).toEqual([...first.answers])
  expect(again.world.sim.traceHash()).toBe(sim.traceHash())
})

test('what evaluates CEL is asked for with the first policy, and is there again in a replay', () => {
  const post = (request: number, target: string, body: object): LabInput => ({
    type: 'http',
    request,
    method: 'POST',
    target,
    headers: [['content-type', 'application/json']],
    body: JSON.stringify(body),
  })
  const admission = '/apis/admissionregistration.k8s.io/v1'
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }
  const first = world()
  const { sim } = first.world
  first.world.input({ type: 'answer', request: REST, value: null })
  advance(first.world, 60 * SECOND, () => first.world.ready)
  first.world.input(
    post(1, `${admission}/validatingadmissionpolicies`, {
      metadata: { name: 'no-notes' },
      spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: "object.metadata.name != 'note'" }] },
    }),
  )
  const waits = first.world.sim.run({ until: sim.now + SECOND, stop: () => first.world.awaited.size > 0 })
  expect([waits, [...first.world.awaited.values()]]).toEqual(['stopped', [CEL]])
  advance(first.world, SECOND)
  first.world.input(
    post(2, `${admission}/validatingadmissionpolicybindings`, {
      metadata: { name: 'no-notes' },
      spec: { policyName: 'no-notes', validationActions: ['Deny'] },
    }),
  )
  advance(first.world, SECOND)
  first.world.input(post(3, '/api/v1/namespaces/default/configmaps', { metadata: { name: 'note' } }))
  advance(first.world, SECOND)
  const heads = [1, 2, 3].map((request) => first.answers.get(request)?.[0])
  expect(heads).toMatchObject([{ status: 201 }, { status: 201 }, { status: 422 }])

  const again = world()
  for (const record of structuredClone(first.world.log).inputs) expect(again.world.replay(record)).toBe(true)
  again.world.sim.run({ until: sim.now, stop: () => again.world.sim.events >= sim.events })
  expect([...again.answers]).toEqual([...first.answers])
  expect(again.world.sim.traceHash()).toBe(sim.traceHash())
})
