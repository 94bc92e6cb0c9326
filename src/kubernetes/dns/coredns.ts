import { textResponse } from '#http/message.ts'
import { Client } from '#kubernetes/client/client.ts'
import { InformerFactory } from '#kubernetes/client/informer.ts'
import { ENDPOINT_SLICES, SERVICES } from '#kubernetes/client/resources.ts'
import { Scope } from '#kubernetes/client/scope.ts'
import { Errno } from '#linux/errno.ts'
import { exchange, parseHosts, parseResolvConf, readText } from '#linux/http/resolver.ts'
import { listenTcp, serve } from '#linux/http/server.ts'
import { inCluster } from '#linux/http/service-account.ts'
import {
  answer,
  type DnsMessage,
  decodeMessage,
  encodeMessage,
  RCODE,
  type ResourceRecord,
  TYPE,
  typeName,
} from '#linux/net/dns-message.ts'
import type { Proc, Program, SockAddr } from '#linux/syscalls.ts'
import { concat, encode } from '#sim/bytes.ts'
import type { Random } from '#sim/random.ts'
import type { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { CorefileError, type PluginConfig, parseCorefile, type ServerBlock } from './corefile.ts'
import { indexSlices, type KubernetesData, type KubernetesOptions, lookup } from './kubernetes.ts'

/** Plugins CoreDNS has and that change nothing here, or only how fast or how often something is done. */
const QUIET = new Set([
  'errors',
  'health',
  'ready',
  'prometheus',
  'loop',
  'reload',
  'loadbalance',
  'cache',
  'log',
  'bind',
  'debug',
  'metadata',
  'nsid',
  'any',
  'bufsize',
  'minimal',
  'ndots',
  'autopath',
])
const MODELLED = new Set([...QUIET, 'kubernetes', 'forward', 'hosts', 'rewrite', 'template', 'whoami'])
/** How long an upstream may take. */
const FORWARD_TIMEOUT = 2 * SECOND

/** CoreDNS as a program: answers on UDP and TCP what its Corefile says. */
export function corednsProgram(sim: Simulation): Program {
  return {
    name: 'kubernetes/coredns',
    *main(proc): Sim<number> {
      proc.setMemory(17 << 20)
      const at = proc.argv.indexOf('-conf')
      const path = at < 0 ? 'Corefile' : (proc.argv[at + 1] ?? 'Corefile')
      const text = yield* readText(proc, path)
      let blocks: ServerBlock[]
      try {
        if (text === undefined) throw new CorefileError(`loading Caddyfile via flag: open ${path}: no such file or directory`)
        blocks = parseCorefile(text)
      } catch (error) {
        if (!(error instanceof CorefileError)) throw error
        yield* proc.write(2, encode(`${error.message}\n`))
        return 1
      }
      for (const plugin of blocks.flatMap((b) => b.plugins)) {
        if (MODELLED.has(plugin.name)) continue
        yield* proc.write(2, encode(`${path}:1 - Error during parsing: Unknown directive '${plugin.name}'\n`))
        return 1
      }
      return yield* new CoreDns(proc, sim, blocks).run()
    },
  }
}

class CoreDns {
  readonly #proc: Proc
  readonly #sim: Simulation
  readonly #blocks: readonly ServerBlock[]
  readonly #random: Random
  #data: KubernetesData | undefined
  #serial: number
  #ready = false

  constructor(proc: Proc, sim: Simulation, blocks: readonly ServerBlock[]) {
    this.#proc = proc
    this.#sim = sim
    this.#blocks = blocks
    this.#random = sim.random(`coredns/${proc.uname().nodename}`)
    this.#serial = Math.floor(sim.now / SECOND)
  }

  *run(): Sim<number> {
    const proc = this.#proc
    const scope = new Scope(this.#sim, (name, body) => proc.thread(name, body))
    try {
      if (this.#blocks.some((b) => b.plugins.some((p) => p.name === 'kubernetes'))) yield* this.#watch(scope)
      this.#ready = true
      for (const block of this.#blocks) {
        proc.thread('udp', this.#serveUdp(block))
        proc.thread('tcp', this.#serveTcp(block))
      }
      let banner = ''
      for (const block of this.#blocks) for (const zone of block.zones) banner += `${zone}:${block.port}\n`
      yield* proc.write(
        1,
        encode(
          `${banner}[INFO] plugin/reload: Running configuration SHA512 = ${this.#random.string(128, '0123456789abcdef')}\nCoreDNS-1.14.2\nlinux/amd64, go1.26.1, dd1df4f\n`,
        ),
      )
      yield* scope.forever()
      return 0
    } finally {
      scope.cancel()
    }
  }

  #has(plugin: string): boolean {
    return this.#blocks.some((b) => b.plugins.some((p) => p.name === plugin))
  }

  *#watch(scope: Scope): Sim<void> {
    const proc = this.#proc
    if (this.#has('health'))
      proc.thread(
        'health',
        this.#http(8080, '/health', () => true),
      )
    if (this.#has('ready'))
      proc.thread(
        'ready',
        this.#http(8181, '/ready', () => this.#ready),
      )
    const connection = yield* inCluster(proc)
    if (connection === undefined) {
      yield* proc.write(
        2,
        encode(
          'plugin/kubernetes: unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined\n',
        ),
      )
      return
    }
    const client = new Client(this.#sim, connection.transport, { userAgent: 'coredns', token: connection.token })
    const informers = new InformerFactory(client, scope, this.#random)
    const data = { services: informers.of(SERVICES).store, slices: informers.of(ENDPOINT_SLICES).store }
    indexSlices(data.slices)
    this.#data = data
    const touch = (): void => {
      this.#serial = Math.floor(this.#sim.now / SECOND)
    }
    for (const informer of [informers.of(SERVICES), informers.of(ENDPOINT_SLICES)])
      informer.addHandler({ add: touch, update: touch, delete: touch })
    // As upstream: after five seconds it serves what it has.
    const waited = scope.spawn('sync', informers.waitForSync())
    yield* proc.write(1, encode('[INFO] plugin/kubernetes: waiting for Kubernetes API before starting server\n'))
    for (let i = 0; i < 50 && !waited.ended; i++) yield* proc.nanosleep(100_000)
    if (!waited.ended) yield* proc.write(1, encode('[WARNING] plugin/kubernetes: starting server with unsynced Kubernetes API\n'))
  }

  *#http(port: number, path: string, good: () => boolean): Sim<void> {
    try {
      yield* serve(this.#proc, {
        address: '::',
        port,
        *handler(request) {
          if (request.target !== path) return textResponse(404, '404 page not found\n')
          return good() ? textResponse(200, 'OK') : textResponse(503, 'kubernetes')
        },
      })
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }

  // --- Sockets ---

  *#serveUdp(block: ServerBlock): Sim<void> {
    const proc = this.#proc
    const fd = proc.socket('inet', 'dgram')
    proc.bind(fd, { family: 'inet', address: '::', port: block.port })
    for (;;) {
      const { data, from } = yield* proc.recvfrom(fd, 65_535)
      const message = decodeMessage(data)
      if (message === undefined || message.response) continue
      // What can be answered at once needs no thread of its own.
      const now = this.#immediate(block, message)
      if (now !== undefined) yield* this.#reply(fd, message, now, from)
      else proc.thread('query', this.#answerUdp(block, fd, message, from))
    }
  }

  *#answerUdp(block: ServerBlock, fd: number, message: DnsMessage, from: SockAddr): Sim<void> {
    yield* this.#reply(fd, message, yield* this.#slow(block, message), from)
  }

  *#reply(fd: number, message: DnsMessage, reply: DnsMessage, from: SockAddr): Sim<void> {
    let bytes = encodeMessage(reply)
    if (bytes.length > (message.edns ?? 512))
      bytes = encodeMessage({ ...reply, truncated: true, answers: [], authority: [], additional: [] })
    try {
      yield* this.#proc.sendto(fd, bytes, from)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }

  *#serveTcp(block: ServerBlock): Sim<void> {
    const proc = this.#proc
    const fd = listenTcp(proc, '::', block.port)
    for (;;) {
      const { fd: client } = yield* proc.accept(fd)
      proc.thread('tcp client', this.#serveClient(block, client))
    }
  }

  *#serveClient(block: ServerBlock, fd: number): Sim<void> {
    const proc = this.#proc
    let got: Uint8Array = new Uint8Array(0)
    try {
      for (;;) {
        const part = yield* proc.read(fd, 65_535)
        if (part.length === 0) return
        got = concat([got, part])
        const need = 2 + (got[0] ?? 0) * 256 + (got[1] ?? 0)
        if (got.length < 2 || got.length < need) continue
        const message = decodeMessage(got.subarray(2, need))
        got = got.subarray(need)
        if (message === undefined) return
        const bytes = encodeMessage(this.#immediate(block, message) ?? (yield* this.#slow(block, message)))
        yield* proc.write(fd, concat([Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes]))
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    } finally {
      proc.close(fd)
    }
  }

  // --- Answers ---

  /** The answer, when nobody else has to be asked and no file read. */
  #immediate(block: ServerBlock, message: DnsMessage): DnsMessage | undefined {
    if (block.plugins.some((p) => p.name === 'hosts' || p.name === 'rewrite' || p.name === 'template')) return undefined
    const plugin = block.plugins.find((p) => p.name === 'kubernetes')
    return plugin === undefined ? undefined : this.#kubernetes(plugin, block, message)
  }

  #kubernetes(plugin: PluginConfig, block: ServerBlock, message: DnsMessage): DnsMessage | undefined {
    const asked = message.questions[0]
    const data = this.#data
    if (asked === undefined || data === undefined) return undefined
    const found = lookup(data, kubernetesOptions(plugin, block), asked, this.#serial)
    if (found === undefined) return undefined
    const answers = block.plugins.some((p) => p.name === 'loadbalance') ? this.#shuffle(found.answers) : found.answers
    return answer(message, { authoritative: true, rcode: found.rcode, answers, authority: found.authority, additional: found.additional })
  }

  #shuffle(records: readonly ResourceRecord[]): ResourceRecord[] {
    const out = [...records]
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.#random.below(i + 1)
      const [a, b] = [out[i], out[j]]
      if (a === undefined || b === undefined || a.type !== b.type) continue
      out[i] = b
      out[j] = a
    }
    return out
  }

  *#slow(block: ServerBlock, message: DnsMessage): Sim<DnsMessage> {
    for (const plugin of block.plugins) {
      let reply: DnsMessage | undefined
      if (plugin.name === 'kubernetes') reply = this.#kubernetes(plugin, block, message)
      else if (plugin.name === 'hosts') reply = yield* this.#hosts(plugin, message)
      else if (plugin.name === 'forward') reply = yield* this.#forward(plugin, message)
      else if (plugin.name === 'rewrite' || plugin.name === 'template') {
        yield* this.#proc.write(2, encode(`podlab: the CoreDNS plugin ${plugin.name} is not modelled\n`))
        return answer(message, { rcode: RCODE.NOTIMP })
      }
      if (reply !== undefined) return reply
    }
    return answer(message, { rcode: RCODE.REFUSED, recursionAvailable: false })
  }

  *#hosts(plugin: PluginConfig, message: DnsMessage): Sim<DnsMessage | undefined> {
    const asked = message.questions[0]
    if (asked === undefined || asked.type !== TYPE.A) return undefined
    const inline = plugin.block.filter((words) => /^\d+\./.test(words[0] ?? '')).map((words) => words.join(' '))
    const file = plugin.args[0]?.startsWith('/') === true ? ((yield* readText(this.#proc, plugin.args[0])) ?? '') : ''
    const wanted = asked.name.replace(/\.$/, '').toLowerCase()
    const found = parseHosts(`${file}\n${inline.join('\n')}`).filter((line) => line.names.some((n) => n.toLowerCase() === wanted))
    if (found.length > 0)
      return answer(message, {
        authoritative: true,
        answers: found.map((line) => ({ name: asked.name, ttl: 3600, type: 'A', address: line.address })),
      })
    return plugin.block.some((words) => words[0] === 'fallthrough') ? undefined : answer(message, { rcode: RCODE.NXDOMAIN })
  }

  *#forward(plugin: PluginConfig, message: DnsMessage): Sim<DnsMessage | undefined> {
    const asked = message.questions[0]
    const [zone = '.', ...targets] = plugin.args
    if (asked === undefined || (zone !== '.' && !asked.name.toLowerCase().endsWith(zone.endsWith('.') ? zone : `${zone}.`)))
      return undefined
    const servers: string[] = []
    for (const target of targets) {
      if (target.startsWith('/')) servers.push(...nameservers((yield* readText(this.#proc, target)) ?? ''))
      else servers.push(target)
    }
    let failure = 'no upstream'
    for (const server of servers) {
      const [host = '', port = '53'] = server.split(':')
      try {
        const reply = yield* exchange(this.#proc, host, Number(port), message, FORWARD_TIMEOUT)
        return { ...reply, id: message.id }
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        failure = `read udp ->${host}:${port}: ${error.code === 'ETIMEDOUT' ? 'i/o timeout' : error.code === 'ECONNREFUSED' ? 'read: connection refused' : `connect: ${error.code}`}`
      }
    }
    yield* this.#proc.write(1, encode(`[ERROR] plugin/errors: 2 ${asked.name} ${typeName(asked.type)}: ${failure}\n`))
    return answer(message, { rcode: RCODE.SERVFAIL })
  }
}

/** Name servers of a resolv.conf; unlike the C library's, none is none. */
function nameservers(text: string): readonly string[] {
  return /^\s*nameserver\s/m.test(text) ? parseResolvConf(text).nameservers : []
}

function kubernetesOptions(plugin: PluginConfig, block: ServerBlock): KubernetesOptions {
  const zones = (plugin.args.length === 0 ? block.zones : plugin.args).map((z) => (z.endsWith('.') ? z : `${z}.`))
  const line = (name: string): readonly string[] | undefined => plugin.block.find((words) => words[0] === name)?.slice(1)
  const pods = line('pods')?.[0]
  const through = line('fallthrough')
  return {
    zones,
    pods: pods === 'insecure' || pods === 'verified' ? pods : 'disabled',
    ttl: Number(line('ttl')?.[0] ?? 5),
    fallthrough: through === undefined ? undefined : through.length === 0 ? ['.'] : through.map((z) => (z.endsWith('.') ? z : `${z}.`)),
  }
}
