/** The kubelet's side of its machine: directories, volumes, cgroups, probes, by system calls. */

import { equal } from '#kubernetes/api/json.ts'
import {
  CONFIG_MAPS,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  type Resource,
  SECRETS,
  SERVICE_ACCOUNTS,
} from '#kubernetes/client/resources.ts'
import type { KubeObject } from '#kubernetes/client/types/meta.ts'
import type { KeyToPath, Pod, Volume } from '#kubernetes/client/types/pod.ts'
import { Errno, strerror } from '#linux/errno.ts'
import { MNT, MS, type Proc, S } from '#linux/syscalls.ts'
import { concat, decode, encode, fromBase64 } from '#sim/bytes.ts'
import { civil, MINUTE, parseRfc3339, SECOND } from '#sim/time.ts'
import { anyOf, type Micros, type Sim, WaitQueue } from '#sim/wait.ts'
import { cpuWeight } from '../cri/cgroups.ts'
import { ensureCgroup, exists, ignoreErrno, mkdirs, readFile, removeAll, tryReadText, writeControl, writeFile } from '../cri/process.ts'
import { podHostname } from './container-config.ts'
import { fieldValue, resourceValue } from './env.ts'
import { type HttpProbe, MountError, type PodHost } from './host.ts'
import type { Kubelet } from './kubelet.ts'
import { podCgroup, podResources } from './qos.ts'

const ROOT = '/var/lib/kubelet/pods'

/** A file of a volume: path below it, content, permission bits. */
interface Payload {
  readonly path: string
  readonly data: Uint8Array
  readonly mode: number
}

interface Token {
  readonly token: string
  readonly refreshAt: Micros
}

export class MachineHost implements PodHost {
  readonly #proc: Proc
  readonly #kubelet: Kubelet
  readonly #tokens = new Map<string, Token>()
  /** What was written last, by volume directory. */
  readonly #written = new Map<string, readonly Payload[]>()
  readonly #mounted = new Set<string>()

  constructor(proc: Proc, kubelet: Kubelet) {
    this.#proc = proc
    this.#kubelet = kubelet
    for (const dir of [ROOT, '/var/log/pods', '/var/log/containers']) mkdirs(proc, dir)
  }

  #dir(pod: Pod): string {
    return `${ROOT}/${pod.metadata.uid}`
  }

  // Volumes

  *setUpVolumes(pod: Pod): Sim<ReadonlyMap<string, string>> {
    const paths = new Map<string, string>()
    mkdirs(this.#proc, this.#dir(pod))
    for (const volume of pod.spec.volumes ?? []) {
      try {
        paths.set(volume.name, yield* this.#setUp(pod, volume))
      } catch (error) {
        if (error instanceof Errno)
          throw new MountError(`MountVolume.SetUp failed for volume "${volume.name}" : ${strerror(error).toLowerCase()}`)
        if (error instanceof MountError || !(error instanceof Error) || error.name === 'AssertionError' || error.name === 'TypeError')
          throw error
        throw new MountError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`)
      }
    }
    return paths
  }

  #volumeDir(pod: Pod, plugin: string, volume: Volume): string {
    return `${this.#dir(pod)}/volumes/kubernetes.io~${plugin}/${volume.name}`
  }

  *#setUp(pod: Pod, volume: Volume): Sim<string> {
    const proc = this.#proc
    if (volume.hostPath !== undefined) return yield* this.#hostPath(volume.hostPath.path, volume.hostPath.type ?? '')
    if (volume.emptyDir !== undefined) {
      const dir = this.#volumeDir(pod, 'empty-dir', volume)
      if (!exists(proc, dir)) {
        mkdirs(proc, dir)
        if (volume.emptyDir.medium === 'Memory') this.#tmpfs(dir, volume.emptyDir.sizeLimit)
        proc.chmod(dir, 0o777)
        this.#own(pod, dir, 0o2777)
      }
      return dir
    }
    if (volume.configMap !== undefined) {
      const { name = '', items, defaultMode = 0o644, optional } = volume.configMap
      const payload = yield* this.#configMap(pod, name, items, defaultMode, optional === true)
      return yield* this.#write(pod, this.#volumeDir(pod, 'configmap', volume), payload, false)
    }
    if (volume.secret !== undefined) {
      const { secretName = '', items, defaultMode = 0o644, optional } = volume.secret
      const payload = yield* this.#secret(pod, secretName, items, defaultMode, optional === true)
      return yield* this.#write(pod, this.#volumeDir(pod, 'secret', volume), payload, true)
    }
    if (volume.downwardAPI !== undefined) {
      const payload = this.#downward(pod, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? 0o644)
      return yield* this.#write(pod, this.#volumeDir(pod, 'downward-api', volume), payload, true)
    }
    if (volume.projected !== undefined) return yield* this.#projected(pod, volume)
    if (volume.persistentVolumeClaim !== undefined) return yield* this.#claim(pod, volume.persistentVolumeClaim.claimName)
    if (volume.ephemeral !== undefined) return yield* this.#claim(pod, `${pod.metadata.name}-${volume.name}`)
    throw new MountError(
      `podlab: volumes of the kind of "${volume.name}" (${Object.keys(volume)
        .filter((k) => k !== 'name')
        .join(', ')}) are not modelled`,
    )
  }

  #tmpfs(dir: string, size?: string): void {
    this.#proc.mount('tmpfs', dir, 'tmpfs', MS.RELATIME, size === undefined ? '' : `size=${size.replace(/i$/, '').toLowerCase()}`)
    this.#mounted.add(dir)
  }

  #own(pod: Pod, path: string, mode: number): void {
    const gid = pod.spec.securityContext?.fsGroup
    if (gid === undefined) return
    this.#proc.chown(path, -1, gid)
    this.#proc.chmod(path, mode)
  }

  *#hostPath(path: string, type: string): Sim<string> {
    const proc = this.#proc
    if (type === 'DirectoryOrCreate') mkdirs(proc, path)
    if (type === 'FileOrCreate' && !exists(proc, path)) yield* writeFile(proc, path, '')
    const want: Readonly<Record<string, readonly [number, string]>> = {
      Directory: [S.IFDIR, 'a directory'],
      File: [S.IFREG, 'a file'],
      Socket: [S.IFSOCK, 'a socket file'],
      CharDevice: [S.IFCHR, 'a character device'],
      BlockDevice: [S.IFBLK, 'a block device'],
    }
    const wanted = want[type]
    if (wanted !== undefined) {
      const found = exists(proc, path) ? proc.stat(path).mode & S.IFMT : 0
      if (found !== wanted[0]) throw new Error(`hostPath type check failed: ${path} is not ${wanted[1]}`)
    }
    // The runtime makes what is missing, as a directory.
    if (type === '' && !exists(proc, path)) mkdirs(proc, path)
    return path
  }

  *#object<T extends KubeObject>(pod: Pod, resource: Resource<T>, name: string): Sim<T | undefined> {
    const uid = pod.metadata.uid ?? ''
    return yield* this.#kubelet.objects.get(resource, pod.metadata.namespace ?? 'default', name, `${uid}`, () => this.#refreshLater(uid))
  }

  /** Changed content reaches the volumes with the kubelet's next look at the pod, within a minute or so. */
  #refreshLater(uid: string): void {
    const { sim, random } = this.#kubelet
    sim.after(Math.round(random.unit() * MINUTE), () => this.#kubelet.worker(uid)?.refreshVolumes())
  }

  *#configMap(pod: Pod, name: string, items: readonly KeyToPath[] | undefined, mode: number, optional: boolean): Sim<Payload[]> {
    const map = yield* this.#object(pod, CONFIG_MAPS, name)
    if (map === undefined && !optional) throw new Error(`configmap "${name}" not found`)
    const data = new Map<string, Uint8Array>()
    for (const [key, value] of Object.entries(map?.data ?? {})) data.set(key, encode(value))
    for (const [key, value] of Object.entries(map?.binaryData ?? {})) data.set(key, fromBase64(value) ?? new Uint8Array(0))
    return pick(data, items, mode, optional || map === undefined, 'configmap')
  }

  *#secret(pod: Pod, name: string, items: readonly KeyToPath[] | undefined, mode: number, optional: boolean): Sim<Payload[]> {
    const secret = yield* this.#object(pod, SECRETS, name)
    if (secret === undefined && !optional) throw new Error(`secret "${name}" not found`)
    const data = new Map<string, Uint8Array>()
    for (const [key, value] of Object.entries(secret?.data ?? {})) data.set(key, fromBase64(value) ?? new Uint8Array(0))
    return pick(data, items, mode, optional || secret === undefined, 'secret')
  }

  #downward(pod: Pod, items: NonNullable<NonNullable<Volume['downwardAPI']>['items']>, mode: number): Payload[] {
    const sources = { podIp: this.#kubelet.podIp(pod), hostIp: this.#kubelet.nodeIp }
    return items.map((item) => {
      let text = ''
      if (item.fieldRef !== undefined) text = fieldValue(pod, item.fieldRef.fieldPath, sources)
      else if (item.resourceFieldRef !== undefined) {
        const { containerName, resource, divisor } = item.resourceFieldRef
        const container = pod.spec.containers.find((c) => c.name === containerName)
        if (container !== undefined) text = resourceValue(container, resource, divisor, this.#kubelet.facts.allocatable)
      }
      return { path: item.path, data: encode(text), mode: item.mode ?? mode }
    })
  }

  *#projected(pod: Pod, volume: Volume): Sim<string> {
    const { sources = [], defaultMode = 0o644 } = volume.projected ?? {}
    const payload: Payload[] = []
    for (const source of sources) {
      if (source.configMap !== undefined)
        payload.push(
          ...(yield* this.#configMap(
            pod,
            source.configMap.name ?? '',
            source.configMap.items,
            defaultMode,
            source.configMap.optional === true,
          )),
        )
      if (source.secret !== undefined)
        payload.push(
          ...(yield* this.#secret(pod, source.secret.name ?? '', source.secret.items, defaultMode, source.secret.optional === true)),
        )
      if (source.downwardAPI !== undefined) payload.push(...this.#downward(pod, source.downwardAPI.items ?? [], defaultMode))
      if (source.serviceAccountToken !== undefined) {
        const { path, audience, expirationSeconds = 3600 } = source.serviceAccountToken
        const token = yield* this.#token(pod, audience, expirationSeconds)
        // Readable for whoever the pod runs as. Source: projected volume, token mode.
        const mode =
          pod.spec.securityContext?.fsGroup !== undefined ? 0o640 : pod.spec.securityContext?.runAsUser !== undefined ? 0o600 : defaultMode
        payload.push({ path, data: encode(token), mode })
      }
    }
    return yield* this.#write(pod, this.#volumeDir(pod, 'projected', volume), payload, true)
  }

  *#token(pod: Pod, audience: string | undefined, expirationSeconds: number): Sim<string> {
    const { client, sim } = this.#kubelet
    const { name, namespace = 'default', uid = '' } = pod.metadata
    const account = pod.spec.serviceAccountName ?? 'default'
    const key = `${uid}/${audience ?? ''}/${expirationSeconds}`
    const known = this.#tokens.get(key)
    if (known !== undefined && sim.now < known.refreshAt) return known.token
    const spec = {
      audiences: audience === undefined || audience === '' ? [] : [audience],
      expirationSeconds,
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid },
    }
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: { name: account, namespace }, spec }
    let status: { readonly token: string; readonly expirationTimestamp: string }
    try {
      const answer = (yield* client.post(SERVICE_ACCOUNTS, namespace, account, 'token', request)) as { readonly status: typeof status }
      status = answer.status
    } catch (error) {
      if (!(error instanceof Error) || error.name === 'AssertionError') throw error
      throw new Error(`failed to fetch token: ${error.message}`)
    }
    const expires = parseRfc3339(status.expirationTimestamp) ?? sim.now + expirationSeconds * SECOND
    const refreshAt = sim.now + Math.round((expires - sim.now) * 0.8)
    this.#tokens.set(key, { token: status.token, refreshAt })
    sim.at(refreshAt + MINUTE, () => this.#kubelet.worker(uid)?.refreshVolumes())
    return status.token
  }

  *#claim(pod: Pod, name: string): Sim<string> {
    const { client } = this.#kubelet
    const claim = yield* client.find(PERSISTENT_VOLUME_CLAIMS, pod.metadata.namespace, name)
    if (claim === undefined) throw new Error(`persistentvolumeclaims "${name}" not found`)
    const volumeName = claim.spec.volumeName ?? ''
    const volume = volumeName === '' ? undefined : yield* client.find(PERSISTENT_VOLUMES, undefined, volumeName)
    if (volume === undefined) throw new Error(`persistentvolume "${volumeName}" not found`)
    if (volume.spec.hostPath !== undefined) return yield* this.#hostPath(volume.spec.hostPath.path, volume.spec.hostPath.type ?? '')
    if (volume.spec.local !== undefined) {
      if (!exists(this.#proc, volume.spec.local.path)) throw new Error(`path "${volume.spec.local.path}" does not exist`)
      return volume.spec.local.path
    }
    throw new MountError(`podlab: persistent volumes of the kind of "${volumeName}" are not modelled`)
  }

  /** Writes files so that readers see all of the old or all of the new ones. Source: pkg/volume/util/atomic_writer.go. */
  *#write(pod: Pod, dir: string, payload: readonly Payload[], memory: boolean): Sim<string> {
    const proc = this.#proc
    const old = this.#written.get(dir)
    if (old !== undefined && equal(old, payload)) return dir
    if (!exists(proc, dir)) {
      mkdirs(proc, dir)
      if (memory) this.#tmpfs(dir)
      proc.chmod(dir, 0o777)
      this.#own(pod, dir, 0o2777)
    }
    const { year, month, day, hour, minute, second } = civil(proc.now())
    const pad = (n: number): string => String(n).padStart(2, '0')
    const stamp = `..${year}_${pad(month)}_${pad(day)}_${pad(hour)}_${pad(minute)}_${pad(second)}.${String(this.#kubelet.random.below(4_294_967_295)).padStart(10, '0')}`
    mkdirs(proc, `${dir}/${stamp}`)
    const gid = pod.spec.securityContext?.fsGroup
    for (const { path, data, mode } of payload) {
      const full = `${dir}/${stamp}/${path}`
      if (path.includes('/')) mkdirs(proc, full.slice(0, full.lastIndexOf('/')))
      yield* writeFile(proc, full, data, mode)
      proc.chmod(full, gid === undefined ? mode : mode | 0o440)
      const user = pod.spec.securityContext?.runAsUser
      if (gid !== undefined) proc.chown(full, -1, gid)
      else if (user !== undefined && mode === 0o600) proc.chown(full, user, -1)
    }
    const before = exists(proc, `${dir}/..data`) ? proc.readlink(`${dir}/..data`) : undefined
    proc.symlink(stamp, `${dir}/..data_tmp`)
    proc.rename(`${dir}/..data_tmp`, `${dir}/..data`)
    const tops = new Set(payload.map((p) => p.path.split('/')[0] ?? ''))
    for (const name of tops) ignoreErrno(() => proc.symlink(`..data/${name}`, `${dir}/${name}`))
    for (const { path } of old ?? []) {
      const top = path.split('/')[0] ?? ''
      if (!tops.has(top)) ignoreErrno(() => proc.unlink(`${dir}/${top}`))
    }
    if (before !== undefined) removeAll(proc, `${dir}/${before}`)
    this.#written.set(dir, payload)
    return dir
  }

  *tearDownVolumes(pod: Pod): Sim<void> {
    const prefix = `${this.#dir(pod)}/`
    for (const dir of this.#mounted) {
      if (!dir.startsWith(prefix)) continue
      ignoreErrno(() => this.#proc.umount(dir, MNT.DETACH))
      this.#mounted.delete(dir)
    }
    for (const dir of this.#written.keys()) if (dir.startsWith(prefix)) this.#written.delete(dir)
    for (const key of this.#tokens.keys()) if (key.startsWith(`${pod.metadata.uid}/`)) this.#tokens.delete(key)
    removeAll(this.#proc, `${prefix}volumes`)
  }

  *subPath(_pod: Pod, _container: string, _index: number, volume: string, path: string): Sim<string> {
    const full = `${volume}/${path}`
    if (!exists(this.#proc, full)) mkdirs(this.#proc, full)
    return full
  }

  // Cgroups

  *makePodCgroup(pod: Pod): Sim<string> {
    const path = podCgroup(pod)
    const proc = this.#proc
    if (exists(proc, `/sys/fs/cgroup${path}`)) return path
    yield* ensureCgroup(proc, path)
    const { cpuShares, cpuQuota, cpuPeriod, memoryLimit } = podResources(pod)
    const write = function* (file: string, value: string): Sim<void> {
      try {
        yield* writeControl(proc, `/sys/fs/cgroup${path}/${file}`, value)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    yield* write('cpu.weight', String(cpuWeight(cpuShares)))
    if (cpuQuota !== undefined) yield* write('cpu.max', `${cpuQuota} ${cpuPeriod ?? 100_000}`)
    if (memoryLimit !== undefined) yield* write('memory.max', String(memoryLimit))
    return path
  }

  *removePodCgroup(pod: Pod): Sim<void> {
    ignoreErrno(() => this.#proc.rmdir(`/sys/fs/cgroup${podCgroup(pod)}`))
  }

  // Files

  *hostsFile(pod: Pod, ip: string): Sim<string | undefined> {
    const proc = this.#proc
    const path = `${this.#dir(pod)}/etc-hosts`
    if (exists(proc, path)) return path
    const { hostNetwork, hostAliases = [], subdomain } = pod.spec
    const host = podHostname(pod)
    const fqdn =
      subdomain === undefined || subdomain === ''
        ? ''
        : `${host}.${subdomain}.${pod.metadata.namespace}.svc.${this.#kubelet.clusterDomain}\t`
    const lines =
      hostNetwork === true
        ? `# Kubernetes-managed hosts file (host network).\n${(yield* tryReadText(proc, '/etc/hosts')) ?? ''}`
        : `# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n${ip}\t${fqdn}${host}\n`
    const aliases =
      hostAliases.length === 0
        ? ''
        : `\n# Entries added by HostAliases.\n${hostAliases.map((a) => `${a.ip}\t${(a.hostnames ?? []).join('\t')}\n`).join('')}`
    mkdirs(proc, this.#dir(pod))
    yield* writeFile(proc, path, lines + aliases)
    return path
  }

  *resolvConf(pod: Pod): Sim<string> {
    const { dnsPolicy = 'ClusterFirst', dnsConfig, hostNetwork } = pod.spec
    const host = parseResolvConf((yield* tryReadText(this.#proc, '/etc/resolv.conf')) ?? '')
    const domain = this.#kubelet.clusterDomain
    const clusterFirst = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && hostNetwork !== true)
    const cluster = {
      nameservers: [this.#kubelet.clusterDns],
      searches: [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...host.searches],
      options: ['ndots:5', ...host.options.filter((o) => !o.startsWith('ndots'))],
    }
    const base = dnsPolicy === 'None' ? { nameservers: [], searches: [], options: [] } : clusterFirst ? cluster : host
    const extra = (dnsConfig?.options ?? []).map((o) => (o.value === undefined ? (o.name ?? '') : `${o.name}:${o.value}`))
    const names = new Set(extra.map((o) => o.split(':')[0]))
    const nameservers = [...new Set([...base.nameservers, ...(dnsConfig?.nameservers ?? [])])]
    const searches = [...new Set([...base.searches, ...(dnsConfig?.searches ?? [])])]
    const options = [...base.options.filter((o) => !names.has(o.split(':')[0])), ...extra]
    return `${searches.length > 0 ? `search ${searches.join(' ')}\n` : ''}${nameservers.map((n) => `nameserver ${n}\n`).join('')}${options.length > 0 ? `options ${options.join(' ')}\n` : ''}`
  }

  *terminationFile(pod: Pod, container: string, id: string): Sim<string | undefined> {
    const dir = `${this.#dir(pod)}/containers/${container}`
    mkdirs(this.#proc, dir)
    const path = `${dir}/${id}`
    yield* writeFile(this.#proc, path, '', 0o666)
    this.#proc.chmod(path, 0o666)
    return path
  }

  *lastWords(path: string, limit: number): Sim<string> {
    try {
      const data = yield* readFile(this.#proc, path)
      const text = decode(data.subarray(Math.max(0, data.length - limit)))
      return path.endsWith('.log') ? text.replace(/^\S+ \S+ [FP] /gm, '') : text
    } catch (error) {
      if (error instanceof Errno) return ''
      throw error
    }
  }

  linkLog(pod: Pod, container: string, id: string, log: string): void {
    ignoreErrno(() => this.#proc.symlink(log, this.#logLink(pod, container, id)))
  }

  unlinkLog(pod: Pod, container: string, id: string): void {
    ignoreErrno(() => this.#proc.unlink(this.#logLink(pod, container, id)))
  }

  #logLink(pod: Pod, container: string, id: string): string {
    return `/var/log/containers/${pod.metadata.name}_${pod.metadata.namespace}_${container}-${id}.log`
  }

  removePodDirectory(pod: Pod): void {
    removeAll(this.#proc, this.#dir(pod))
    removeAll(this.#proc, `/var/log/pods/${pod.metadata.namespace}_${pod.metadata.name}_${pod.metadata.uid}`)
  }

  // Probes

  *httpGet(request: HttpProbe, timeoutSeconds: number): Sim<{ readonly status: number; readonly body: string }> {
    const shown = `Get "${request.scheme.toLowerCase()}://${request.host}:${request.port}${request.path}"`
    try {
      return yield* this.#withTimeout(
        timeoutSeconds,
        (fd) => this.#get(fd, request),
        'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      )
    } catch (error) {
      if (!(error instanceof ProbeError)) throw error
      throw new ProbeError(`${shown}: ${error.message}`)
    }
  }

  *#get(fd: number, { host, port, path, headers }: HttpProbe): Sim<{ readonly status: number; readonly body: string }> {
    const proc = this.#proc
    yield* this.#connect(fd, host, port)
    const given = headers.map((h) => `${h.name}: ${h.value}\r\n`).join('')
    const known = (name: string): boolean => headers.some((h) => h.name.toLowerCase() === name)
    const hostLine = known('host') ? '' : `Host: ${host}:${port}\r\n`
    const agent = known('user-agent') ? '' : 'User-Agent: kube-probe/1.36\r\n'
    const accept = known('accept') ? '' : 'Accept: */*\r\n'
    yield* proc.write(
      fd,
      encode(`GET ${path.startsWith('/') ? path : `/${path}`} HTTP/1.1\r\n${hostLine}${agent}${accept}${given}Connection: close\r\n\r\n`),
    )
    const parts: Uint8Array[] = []
    for (;;) {
      const data = yield* proc.read(fd, 64 * 1024)
      if (data.length > 0) parts.push(data)
      const text = decode(concat(parts))
      const end = text.indexOf('\r\n\r\n')
      if (end >= 0) {
        const m = /^HTTP\/1\.[01] (\d{3})/.exec(text)
        if (m === null)
          throw new ProbeError(
            `net/http: HTTP/1.x transport connection broken: malformed HTTP response "${text.slice(0, text.indexOf('\n')).trim()}"`,
          )
        return { status: Number(m[1]), body: text.slice(end + 4) }
      }
      if (data.length === 0)
        throw new ProbeError(
          text === ''
            ? 'EOF'
            : `net/http: HTTP/1.x transport connection broken: malformed HTTP response "${text.split('\n')[0]?.trim() ?? ''}"`,
        )
    }
  }

  *tcpConnect(host: string, port: number, timeoutSeconds: number): Sim<void> {
    yield* this.#withTimeout(timeoutSeconds, (fd) => this.#connect(fd, host, port), `dial tcp ${host}:${port}: i/o timeout`)
  }

  *#connect(fd: number, host: string, port: number): Sim<void> {
    try {
      yield* this.#proc.connect(fd, { family: 'inet', address: host, port })
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      throw new ProbeError(`dial tcp ${host}:${port}: connect: ${strerror(error).toLowerCase()}`)
    }
  }

  /** Runs `body` with a new socket in a thread of its own, for at most so long. */
  *#withTimeout<T>(seconds: number, body: (fd: number) => Sim<T>, late: string): Sim<T> {
    const proc = this.#proc
    const { sim } = this.#kubelet
    const fd = proc.socket('inet', 'stream')
    const done = new WaitQueue()
    const outcome: { value?: { readonly ok: T }; error?: unknown } = {}
    const run = function* (): Sim<void> {
      try {
        outcome.value = { ok: yield* body(fd) }
      } catch (error) {
        if (error instanceof Error && error.name === 'Unwind') throw error
        outcome.error = error instanceof Errno ? new ProbeError(strerror(error).toLowerCase()) : error
      }
      done.wakeAll()
    }
    const thread = proc.thread('probe', run())
    const deadline = sim.now + seconds * SECOND
    while (outcome.value === undefined && outcome.error === undefined && sim.now < deadline)
      yield* anyOf([done, sim.timer(deadline - sim.now)])
    if (outcome.value === undefined && outcome.error === undefined) {
      thread.cancel()
      outcome.error = new ProbeError(late)
    }
    ignoreErrno(() => proc.close(fd))
    if (outcome.value === undefined) throw outcome.error
    return outcome.value.ok
  }
}

class ProbeError extends Error {
  override name = 'ProbeError'
}

function pick(
  data: ReadonlyMap<string, Uint8Array>,
  items: readonly KeyToPath[] | undefined,
  mode: number,
  optional: boolean,
  what: string,
): Payload[] {
  if (items === undefined || items.length === 0)
    return [...data].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, content]) => ({ path, data: content, mode }))
  return items.flatMap((item) => {
    const content = data.get(item.key)
    if (content === undefined) {
      if (optional) return []
      throw new Error(`${what} references non-existent ${what === 'secret' ? 'secret' : 'config'} key: ${item.key}`)
    }
    return [{ path: item.path, data: content, mode: item.mode ?? mode }]
  })
}

function parseResolvConf(text: string): { readonly nameservers: string[]; readonly searches: string[]; readonly options: string[] } {
  const words = (keyword: string): string[] =>
    text
      .split('\n')
      .map((l) => l.trim().split(/\s+/))
      .filter((w) => w[0] === keyword)
      .flatMap((w) => w.slice(1))
  return { nameservers: words('nameserver'), searches: words('search'), options: words('options') }
}
