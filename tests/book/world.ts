/** A world of the book for the tests: a scenario with every program loaded, driven by scripts, read by checks. */
import type { CheckWorld } from '#book/checks.ts'
import type { JsonObject } from '#book/path.ts'
import { startCluster } from '#cli/cluster.ts'
import { allPrograms } from '#cli/programs.ts'
import { type Cluster, laptop } from '#cluster/cluster.ts'
import { machineState, readFile } from '#lab/machine-state.ts'
import { decode, encode } from '#sim/bytes.ts'
import { Simulation } from '#sim/simulation.ts'
import { MINUTE, SECOND } from '#sim/time.ts'

const START = Date.UTC(2026, 10, 23, 9, 0, 0) * 1000
/** A script that has not ended by then has hung. */
const SCRIPT_LIMIT = 60 * MINUTE
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface BookWorld extends CheckWorld {
  readonly sim: Simulation
  readonly cluster: Cluster
}

/** Boots a scenario by the name that `lab.yaml` uses. */
export function boot(scenario: string, seed: number): BookWorld {
  const sim = new Simulation({ seed, start: START })
  const cluster = build(scenario, sim)
  return {
    sim,
    cluster,
    list: (apiVersion, kind, namespace) => cluster.objects(apiVersion, kind, namespace) as readonly JsonObject[], // Objects of the API are JSON.
    readFile: (name, path) => {
      const machine = cluster.machine(name)
      return machine === undefined ? undefined : readFile(machine, path)
    },
    machine: (name, subject) => {
      const machine = cluster.machine(name)
      return machine === undefined ? [] : machineState(machine, subject)
    },
  }
}

function build(scenario: string, sim: Simulation): Cluster {
  if (scenario === 'kind') return startCluster(sim, { cloud: true })
  if (scenario !== 'laptop') throw new Error(`no scenario ${scenario}`)
  const cluster = laptop({ sim, programs: allPrograms }, false)
  sim.run({ until: sim.now + MINUTE })
  return cluster
}

let scripts = 0

/** Runs a script in bash on a machine, as its user in its home; what it printed, both streams together. */
export function bash(world: BookWorld, on: string, script: string): string {
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

/** A line has this long to show its effect on a terminal. */
const LINE_SECONDS = 5

/** A session on a terminal: a command and the lines typed after it; what the screen shows, without the command itself. */
export function typed(world: BookWorld, on: string, command: string, lines: readonly string[]): string {
  const machine = world.cluster.machine(on)
  if (machine === undefined) throw new Error(`no machine ${on}`)
  const terminal = machine.kernel.openTerminal({ rows: 40, cols: 200 })
  let shown = ''
  terminal.onOutput((data) => {
    shown += decode(data)
  })
  machine.login(terminal, () => undefined)
  wait(world, LINE_SECONDS)
  shown = ''
  for (const line of [command, ...lines]) {
    terminal.write(encode(`${line}\r`))
    wait(world, LINE_SECONDS)
  }
  terminal.close()
  wait(world, LINE_SECONDS)
  const screen = shown
    .replace(/\x1b\[[?0-9;]*[a-zA-Z]/g, '')
    .replaceAll('\r', '')
    .split('\n')
    .slice(1)
    .map((line) => line.trimEnd())
  // The prompt of the shell that was there before is not part of the session.
  const last = screen.at(-1) ?? ''
  if (lines.at(-1) === 'exit' && /[#$]$/.test(last)) screen.pop()
  return `${screen.join('\n').trimEnd()}\n`
}

export function wait(world: BookWorld, seconds: number): void {
  world.sim.run({ until: world.sim.now + seconds * SECOND })
}
