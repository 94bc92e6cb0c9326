/** A world of the book for the tests: booted as a lab boots it, driven by scripts, read by checks. */
import type { World } from '#lab/world.ts'
import { REST, World as LabWorld } from '#lab/world.ts'
import { lazyPrograms, loadPrograms } from '#lab/programs.ts'
import { joinKind } from '#cluster/kind.ts'
import { SECOND } from '#sim/time.ts'

const BOOT_LIMIT = 300 * SECOND
/** A script that has not ended by then has hung. */
const SCRIPT_LIMIT = 3600 * SECOND
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

await loadPrograms()

/** A world with all of its code here, run until the reader could begin. */
export function boot(scenario: string, seed: number): World {
  const world: World = new LabWorld(scenario, seed, {
    output: () => undefined,
    closed: () => undefined,
    request: () => undefined,
    needsProgram: (request, name) => {
      world.sim.soon(() => world.input({ type: 'answer', request, value: { program: name } }))
    },
  })
  world.rest = (cluster) => joinKind(cluster, { programs: lazyPrograms })
  world.sim.run({ until: world.sim.now + SECOND })
  if (world.scenario.rest !== undefined) world.input({ type: 'answer', request: REST, value: null })
  world.sim.run({ until: world.sim.now + BOOT_LIMIT, stop: () => world.ready })
  if (!world.ready) throw new Error(`the scenario ${scenario} did not become ready`)
  return world
}

let scripts = 0

/** Runs a script in bash on a machine, as its user in its home; what it printed, both streams together. */
export function bash(world: World, on: string, script: string): string {
  const machine = world.cluster.machine(on)
  if (machine?.init === undefined) throw new Error(`no machine ${on}`)
  const { name, uid, home } = machine.user
  const out = `/tmp/.book-${scripts++}`
  const shell = machine.kernel.spawn({
    path: '/bin/bash',
    argv: ['bash', '-c', `exec </dev/null >${out} 2>&1\n${script}`],
    environ: [`HOME=${home}`, `USER=${name}`, `LOGNAME=${name}`, 'TERM=dumb', `PATH=${PATH}`, 'LANG=C.UTF-8'],
    cwd: home,
    uid,
    gid: uid,
    parent: machine.init,
  })
  world.sim.run({ until: world.sim.now + SCRIPT_LIMIT, stop: () => shell.exited })
  if (!shell.exited) throw new Error(`the script did not end on ${on}:\n${script}\n${world.readFile(on, out) ?? ''}`)
  return world.readFile(on, out) ?? ''
}

export function wait(world: World, seconds: number): void {
  world.sim.run({ until: world.sim.now + seconds * SECOND })
}
