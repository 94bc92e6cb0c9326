import { expect, test } from 'vitest'
import { joinKind } from '#cluster/kind.ts'
import { lazyPrograms, loadPrograms } from '#lab/programs.ts'
import { REST, World } from '#lab/world.ts'
import { decode } from '#sim/bytes.ts'
import { SECOND } from '#sim/time.ts'

await loadPrograms()

/** A world whose terminal output is kept. */
function world(): { world: World; screen: () => string } {
  let text = ''
  const made = new World('kind', 3, {
    output: (_, data) => {
      text += decode(data)
    },
    closed: () => undefined,
    request: () => undefined,
    needsProgram: () => undefined,
  })
  made.rest = (cluster) => joinKind(cluster, { programs: lazyPrograms })
  made.sim.run({ until: made.sim.now + SECOND })
  return { world: made, screen: () => text }
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
