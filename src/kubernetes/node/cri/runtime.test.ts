import { describe, expect, test } from 'vitest'
import { decode } from '#sim/bytes.ts'
import { readText } from './process.ts'
import { makeImage, say, sleepForever, TestNode } from './test-node.ts'
import type { ContainerConfig, PodSandboxConfig } from './types.ts'

const IMAGE = 'docker.io/library/box:1'

function node() {
  return new TestNode([makeImage(IMAGE, ['hello', 'fail', 'sleep', 'whoami', 'memory'], ['/bin/hello'])], {
    *hello(proc) {
      yield* say(proc, 'hello\nfrom ')
      yield* say(proc, `${proc.uname().nodename}\n`)
      yield* say(proc, 'oops\n', 2)
      return 0
    },
    *fail() {
      return 3
    },
    sleep: sleepForever,
    *whoami(proc) {
      yield* say(proc, `pid ${proc.pid} uid ${proc.credentials().euid} cwd ${proc.getcwd()} ${proc.environ.join(' ')}\n`)
      return 7
    },
    *memory(proc) {
      proc.setMemory(200 * 1024 * 1024)
      return yield* sleepForever(proc)
    },
  })
}

const SANDBOX: PodSandboxConfig = {
  name: 'p',
  namespace: 'default',
  uid: 'u1',
  attempt: 0,
  hostname: 'p',
  logDirectory: '/var/log/pods/default_p_u1',
  labels: {},
  annotations: {},
  portMappings: [],
  cgroupParent: '/kubelet.slice/pod1',
  hostNetwork: false,
  hostPid: false,
  hostIpc: false,
  sharePid: false,
  sysctls: {},
  resolvConf: 'nameserver 10.96.0.10\n',
}

function config(command: readonly string[], more: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    name: 'c',
    attempt: 0,
    image: 'box:1',
    imageId: 'box:1',
    command,
    args: [],
    workingDir: '',
    envs: [],
    mounts: [],
    labels: {},
    annotations: {},
    logPath: 'c/0.log',
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: { cpuShares: 2, oomScoreAdj: 1000 },
    supplementalGroups: [],
    privileged: false,
    readonlyRootfs: false,
    noNewPrivs: false,
    addCapabilities: [],
    dropCapabilities: [],
    ...more,
  }
}

function run(n: TestNode, c: ContainerConfig) {
  const sandbox = n.do(n.runtime.runPodSandbox(SANDBOX))
  n.do(n.imageService.pullImage(IMAGE))
  const id = n.do(n.runtime.createContainer(sandbox, c))
  n.do(n.runtime.startContainer(id))
  return { sandbox, id }
}

describe('containers on the kernel', () => {
  test('output goes to the log, the exit code to the status', () => {
    const n = node()
    const { id, sandbox } = run(n, config([]))
    n.go(1)
    expect(n.runtime.containerStatus(id)).toMatchObject({ state: 'exited', exitCode: 0, reason: 'Completed' })
    const proc = n.kernel.process(1)
    if (proc === undefined) throw new Error('no init')
    const log = n.do(readText(proc, '/var/log/pods/default_p_u1/c/0.log'))
    expect(log.replace(/^\S+ /gm, '').split('\n').sort()).toEqual(['', 'stderr F oops', 'stdout F from p', 'stdout F hello'])
    expect(n.runtime.listPodSandbox()[0]).toMatchObject({ id: sandbox, state: 'ready', ips: ['10.244.1.2'] })
  })

  test('a program that fails, one that is missing', () => {
    const n = node()
    const failed = run(n, config(['fail']))
    n.go(1)
    expect(n.runtime.containerStatus(failed.id)).toMatchObject({ exitCode: 3, reason: 'Error' })
    expect(() => run(n, config(['nosuchcmd']))).toThrow(
      'OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "nosuchcmd": executable file not found in $PATH',
    )
  })

  test('stop: a process without a handler as PID 1 ignores SIGTERM and is killed after the grace period', () => {
    const n = node()
    const { id } = run(n, config(['sleep']))
    expect(n.runtime.containerStatus(id)?.state).toBe('running')
    const before = n.sim.now
    n.do(n.runtime.stopContainer(id, 5))
    expect(n.sim.now - before).toBe(5_000_000)
    expect(n.runtime.containerStatus(id)).toMatchObject({ state: 'exited', exitCode: 137 })
  })

  test('exec runs beside it, in its namespaces', () => {
    const n = node()
    const { id } = run(n, config(['sleep'], { envs: ['A=b'], workingDir: '/work' }))
    const result = n.do(n.runtime.execSync(id, ['whoami'], 10))
    expect(decode(result.stdout)).toBe('pid 2 uid 0 cwd /work PATH=/bin HOSTNAME=p A=b HOME=/root\n')
    expect(result.exitCode).toBe(7)
  })

  test('its CPU limit holds, below a cgroup too that was there before without the controller', () => {
    const n = node()
    const init = n.kernel.process(1)
    if (init === undefined) throw new Error('no init')
    init.mkdir('/sys/fs/cgroup/kubelet.slice', 0o755)
    const resources = { cpuShares: 204, cpuQuota: 20_000, cpuPeriod: 100_000, oomScoreAdj: 1000 }
    const { id } = run(n, config(['sleep'], { resources }))
    expect(n.do(readText(init, `/sys/fs/cgroup/kubelet.slice/pod1/cri-containerd-${id}.scope/cpu.max`))).toBe('20000 100000\n')
  })

  test('beyond its memory limit a container is killed', () => {
    const n = node()
    const { id } = run(n, config(['memory'], { resources: { cpuShares: 2, oomScoreAdj: 1000, memoryLimit: 64 * 1024 * 1024 } }))
    n.go(1)
    expect(n.runtime.containerStatus(id)).toMatchObject({ state: 'exited', exitCode: 137, reason: 'OOMKilled' })
  })

  test('nothing is left of a removed sandbox but its logs', () => {
    const n = node()
    const mounts = () => n.do(readText(n.kernel.process(1) as never, '/proc/self/mounts'))
    const processes = () => n.kernel.pidns.processes.size
    const before = [mounts(), processes()]
    const { sandbox } = run(n, config(['sleep']))
    expect(processes()).toBe((before[1] as number) + 3)
    n.do(n.runtime.stopPodSandbox(sandbox))
    n.do(n.runtime.removePodSandbox(sandbox))
    n.go(1)
    expect([mounts(), processes()]).toEqual(before)
  })
})
