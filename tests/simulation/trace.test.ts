import { expect, test } from 'vitest'
import { bash, boot } from '../book/world.ts'

/** What happens in a world, as far as two runs of one seed must agree on it. */
function run(scenario: string, seed: number, script: string): { hash: string; events: number; output: string } {
  const world = boot(scenario, seed)
  const output = bash(world, 'laptop', script)
  return { hash: world.sim.traceHash(), events: world.sim.events, output }
}

const SCRIPTS: readonly (readonly [scenario: string, script: string])[] = [
  ['laptop', 'for i in 1 2 3; do echo $RANDOM | tee -a n; done; (sleep 1; kill $$) & wait; ls -la'],
  [
    'kind',
    'kubectl create deployment web --image=nginx:1.27 --replicas=5 && kubectl rollout status deployment/web && kubectl get pods -A -o wide && kubectl delete deployment web',
  ],
]

test.each(SCRIPTS)('one seed gives one run of %s, to the event and the byte', (scenario, script) => {
  const first = run(scenario, 7, script)
  expect(run(scenario, 7, script)).toEqual(first)
})

test('another seed gives another run', () => {
  const [scenario, script] = SCRIPTS[1] as (typeof SCRIPTS)[number]
  expect(run(scenario, 8, script).output).not.toBe(run(scenario, 7, script).output)
})
