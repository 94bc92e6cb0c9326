import { describe, expect, test } from 'vitest'
import { Simulation } from '#sim/simulation.ts'
import { MILLISECOND, SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { runWorker, WorkQueue } from './work-queue.ts'

function world(sync?: (sim: Simulation, key: string, run: number) => Sim<void>) {
  const sim = new Simulation({ seed: 1, start: 0 })
  const queue = new WorkQueue(sim)
  const log: string[] = []
  let runs = 0
  const work = function* (key: string): Sim<void> {
    log.push(`${sim.now / MILLISECOND} ${key}`)
    if (sync !== undefined) yield* sync(sim, key, ++runs)
  }
  for (let i = 0; i < 2; i++) sim.spawn(`worker ${i}`, runWorker(queue, work))
  return { sim, queue, log }
}

describe('work queue', () => {
  test('a key added many times is worked on once', () => {
    const { sim, queue, log } = world()
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
    sim.run()
    expect(log).toEqual(['0 a', '0 b'])
  })

  test('a key added while it is worked on comes again, never to two workers at once', () => {
    const { sim, queue, log } = world((s) => s.sleep(10 * MILLISECOND))
    queue.add('a')
    sim.after(5 * MILLISECOND, () => queue.add('a'))
    sim.run()
    expect(log).toEqual(['0 a', '10 a'])
  })

  test('a failing key comes again after 5, 10, 20 ms; success starts over', () => {
    const { sim, queue, log } = world(function* (_, __, run) {
      if (run <= 3) throw new Error('not yet')
    })
    queue.add('a')
    sim.run()
    expect(log).toEqual(['0 a', '5 a', '15 a', '35 a'])
    expect(queue.requeues('a')).toBe(0)
  })

  test('of two times the earlier one counts', () => {
    const { sim, queue, log } = world()
    queue.addAfter('a', 3 * SECOND)
    queue.addAfter('a', 1 * SECOND)
    queue.addAfter('a', 2 * SECOND)
    sim.run()
    expect(log).toEqual(['1000 a'])
  })
})
