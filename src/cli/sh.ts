import fs from 'node:fs'
import path from 'node:path'
import { bareMachine } from '#cluster/bare.ts'
import type { Machine } from '#cluster/machine.ts'
import type { Process } from '#linux/process/process.ts'
import { O } from '#linux/syscalls.ts'
import { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'
import { program } from '#userland/programs.ts'
import { type Parsed, parseArgs, UsageError } from './args.ts'
import { hostFiles, readHostInput } from './host-files.ts'

/** How long a machine takes to come up, at the most. */
const BOOT_SECONDS = 60
/** Host files larger than this in all are not copied by --mount. */
const MOUNT_LIMIT = 256 * 1024 * 1024

/** `podlab sh`: bash, headless, in a fresh world. Returns the script's exit code. */
export async function sh(argv: readonly string[]): Promise<number> {
  const args = parseArgs(argv, { on: 'text', bare: 'flag', cloud: 'flag', mount: 'text', seed: 'number', c: 'text' }, true)
  const script = args.texts.get('c')
  const file = script === undefined ? args.rest[0] : undefined
  if (file !== undefined && !fs.existsSync(file)) throw new UsageError(`${file}: no such file`)
  const sim = new Simulation({ seed: args.numbers.get('seed') ?? 1, start: Date.now() * 1000 })
  sim.onExternal = (request) => {
    sim.soon(() => sim.resolve(request.id, request.kind === 'stdin' ? readHostInput() : { unsupported: true }))
  }
  const machine = await world(sim, args)
  const mount = args.texts.get('mount')
  const cwd = mount === undefined ? undefined : path.resolve(mount)
  const user = machine.name === 'laptop' ? { name: 'learner', uid: 1000, home: '/home/learner' } : { name: 'root', uid: 0, home: '/root' }
  if (cwd !== undefined) copyIn(machine, cwd, user.uid)
  if (file !== undefined) copyIn(machine, path.resolve(file), user.uid)
  const interactive = script === undefined && file === undefined && process.stdin.isTTY === true
  const words = script === undefined ? args.rest : ['-c', script, ...args.rest]
  const environ = [`HOME=${user.home}`, 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', `PWD=${cwd ?? user.home}`]
  if (user.uid !== 0) environ.push(`USER=${user.name}`, `LOGNAME=${user.name}`)
  const start = {
    argv: ['bash', ...words],
    path: '/bin/bash',
    environ,
    cwd: cwd ?? user.home,
    uid: user.uid,
    gid: user.uid,
    groups: user.uid === 0 ? [0] : [user.uid, 27],
  }
  if (interactive) return (await import('./interactive.ts')).interact(machine, { ...start, argv: ['-bash'] })
  const shell = machine.kernel.spawn({ ...start, files: hostFiles(machine.kernel, machine.init as Process) })
  return run(sim, machine, shell)
}

async function world(sim: Simulation, { flags, texts }: Parsed): Promise<Machine> {
  const on = texts.get('on')
  if (flags.has('bare')) {
    if (on !== undefined) throw new UsageError('--on needs a cluster: leave out --bare')
    const machine = bareMachine(sim, program)
    sim.run({ until: sim.now + BOOT_SECONDS * SECOND })
    return machine
  }
  const { startCluster } = await import('./cluster.ts')
  const cluster = startCluster(sim, { cloud: flags.has('cloud') })
  const machine = on === undefined ? cluster.laptop : cluster.machine(on)
  if (machine === undefined) throw new UsageError(`no machine ${on}; there are ${[...cluster.machines.keys()].join(', ')}`)
  return machine
}

/** Runs until the shell has ended and what it wrote has been passed on. */
function run(sim: Simulation, machine: Machine, shell: Process): number {
  const until = Number.POSITIVE_INFINITY
  const result = sim.run({ until, stop: () => shell.exited })
  if (!shell.exited) {
    process.stderr.write(`podlab: nothing more can happen and the script has not ended (${result})\n`)
    return 1
  }
  sim.run({ until: sim.now })
  const { exit, signal } = shell.exitStatus
  machine.kernel.onHalt = undefined
  return signal === undefined ? (exit ?? 0) : 128 + signal
}

/** Copies a host file or folder to the same path of the machine. */
function copyIn(machine: Machine, from: string, uid: number): void {
  const { vfs } = machine.kernel
  const ctx = (machine.init as Process).fs
  let bytes = 0
  const parents = (folder: string): void => {
    if (folder === '/' || folder === '.') return
    parents(path.dirname(folder))
    if (!vfs.access(ctx, folder, '')) {
      vfs.mkdir(ctx, folder, 0o755)
      vfs.chown(ctx, folder, uid, uid)
    }
  }
  const copy = (name: string): void => {
    const stat = fs.lstatSync(name)
    if (stat.isSymbolicLink()) vfs.symlink(ctx, fs.readlinkSync(name), name)
    else if (stat.isDirectory()) {
      parents(name)
      for (const entry of fs.readdirSync(name)) {
        if (entry !== 'node_modules' && entry !== '.git') copy(path.join(name, entry))
      }
      vfs.chmod(ctx, name, stat.mode & 0o7777)
    } else if (stat.isFile()) {
      bytes += stat.size
      if (bytes > MOUNT_LIMIT) throw new UsageError(`--mount: more than ${MOUNT_LIMIT / 1024 / 1024} MiB`)
      const file = vfs.openNow(ctx, name, O.WRONLY | O.CREAT | O.TRUNC, 0o644)
      const task = machine.kernel.sim.spawn('copy', file.write(ctx, fs.readFileSync(name)))
      while (!task.ended) machine.kernel.sim.run({ events: 1 })
      file.release()
      vfs.chmod(ctx, name, stat.mode & 0o7777)
    } else return
    if (!stat.isSymbolicLink()) vfs.chown(ctx, name, uid, uid)
    vfs.utimens(ctx, name, Math.round(stat.atimeMs * 1000), Math.round(stat.mtimeMs * 1000), false)
  }
  parents(path.dirname(from))
  if (vfs.access(ctx, from, '') && !fs.statSync(from).isDirectory()) return
  copy(from)
}
