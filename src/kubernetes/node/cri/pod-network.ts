/** Networks of pods: a namespace each, and the plugins that /etc/cni/net.d names. Source: containerd, go-cni; CNI specification 1.1. */
import type { Kernel } from '#linux/kernel.ts'
import type { Process } from '#linux/process/process.ts'
import { CLONE, MNT, MS, type Proc } from '#linux/syscalls.ts'
import type { Random } from '#sim/random.ts'
import { anyOf, type Sim, WaitQueue } from '#sim/wait.ts'
import type { CniConfigList, CniPlugin, CniRequest, CniResult } from '../cni/types.ts'
import { ignoreErrno, tryReadText, writeFile } from './process.ts'
import { type PodSandboxConfig, RpcError } from './types.ts'

export const CNI_CONFIG = '/etc/cni/net.d'

/** What a pod's network needs to know of its sandbox. */
interface Member {
  readonly id: string
  readonly config: PodSandboxConfig
  readonly netnsPath: string
}

export class PodNetwork {
  readonly #kernel: Kernel
  readonly #runtime: () => Process
  readonly #plugins: (type: string) => CniPlugin | undefined
  readonly #random: Random
  #list: CniConfigList | undefined

  /** `runtime`: the process that does it all. */
  constructor(kernel: Kernel, runtime: () => Process, plugins: (type: string) => CniPlugin | undefined, random: Random) {
    this.#kernel = kernel
    this.#runtime = runtime
    this.#plugins = plugins
    this.#random = random
  }

  get ready(): boolean {
    return this.#list !== undefined
  }

  /** Reads the configuration, now and whenever the folder changes. For a thread of the runtime. */
  *watch(changed: () => void): Sim<never> {
    const proc = this.#runtime()
    for (;;) {
      const before = JSON.stringify(this.#list)
      this.#list = yield* configuration(proc)
      if (JSON.stringify(this.#list) !== before) changed()
      // A file may be made first and written afterwards.
      const files = proc.readdir(CNI_CONFIG).map((entry) => `${CNI_CONFIG}/${entry.name}`)
      yield* anyOf([CNI_CONFIG, ...files].map((path) => proc.watchPath(path)))
    }
  }

  /** Attaches a pod by all plugins, one after another. Its addresses. Throws RpcError. */
  *add(pod: Member): Sim<readonly string[]> {
    const list = this.#list
    if (list === undefined) throw new RpcError('Unknown', `failed to setup network for sandbox "${pod.id}": cni plugin not initialized`)
    try {
      let result: CniResult | undefined
      for (const config of list.plugins)
        result = yield* this.#plugin(config.type).add(this.#runtime(), request(pod, list.name, config, result))
      return (result?.ips ?? []).map((ip) => ip.address.replace(/\/\d+$/, ''))
    } catch (error) {
      if (error instanceof RpcError) throw error
      const text = error instanceof Error ? error.message : String(error)
      throw new RpcError(
        'Unknown',
        `failed to setup network for sandbox "${pod.id}": plugin type="${list.plugins[0]?.type ?? ''}" name="${list.name}" failed (add): ${text}`,
      )
    }
  }

  /** Takes a pod off, and its namespace away. What a plugin can't undo is left. */
  *remove(pod: Member): Sim<void> {
    const proc = this.#runtime()
    const path = pod.netnsPath.replace('/var/run/', '/run/')
    try {
      for (const config of [...(this.#list?.plugins ?? [])].reverse())
        yield* this.#plugin(config.type).del(proc, request(pod, this.#list?.name ?? '', config, undefined))
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') throw error
    }
    ignoreErrno(() => proc.umount(path, MNT.DETACH))
    ignoreErrno(() => proc.unlink(path))
  }

  /** A network namespace that stays without a process: a mount of its nsfs file. Its path. */
  *makeNamespace(): Sim<string> {
    const proc = this.#runtime()
    const name = `cni-${this.#random.uuid()}`
    const path = `/run/netns/${name}`
    yield* writeFile(proc, path, '')
    const done = new WaitQueue()
    const outcome: { ended: boolean } = { ended: false }
    const make = function* (child: Proc): Sim<number> {
      child.net.setLink('lo', { up: true })
      child.mount('/proc/self/ns/net', path, '', MS.BIND, '')
      outcome.ended = true
      done.wakeAll()
      return 0
    }
    const pid = proc.fork(make, CLONE.NEWNET)
    while (!outcome.ended) {
      const child = this.#kernel.process(pid)
      if (child === undefined || child.exited) break
      yield* done.wait()
    }
    yield* proc.wait(pid)
    return `/var/run/netns/${name}`
  }

  #plugin(type: string): CniPlugin {
    const plugin = this.#plugins(type)
    if (plugin === undefined) throw new Error(`failed to find plugin "${type}" in path [/opt/cni/bin]`)
    return plugin
  }
}

/** The first file of the folder that is a list of plugins. */
function* configuration(proc: Proc): Sim<CniConfigList | undefined> {
  const names = proc
    .readdir(CNI_CONFIG)
    .map((e) => e.name)
    .filter((n) => /\.(conf|conflist|json)$/.test(n))
    .sort()
  for (const name of names) {
    const text = yield* tryReadText(proc, `${CNI_CONFIG}/${name}`)
    try {
      const parsed = JSON.parse(text ?? '') as CniConfigList
      if (Array.isArray(parsed.plugins)) return parsed
    } catch {
      // Half written, or broken: the next one counts.
    }
  }
  return undefined
}

function request(
  pod: Member,
  networkName: string,
  config: CniConfigList['plugins'][number],
  prevResult: CniResult | undefined,
): CniRequest {
  const base = {
    containerId: pod.id,
    netnsPath: pod.netnsPath,
    ifName: 'eth0',
    networkName,
    config,
    portMappings: pod.config.portMappings,
  }
  return prevResult === undefined ? base : { ...base, prevResult }
}
