/** Static pods: manifests in a directory of the machine. Source: pkg/kubelet/config/file.go, common.go. */

import { parse } from 'yaml'
import { sorted } from '#kubernetes/api/json.ts'
import type { Container, Pod } from '#kubernetes/client/types/pod.ts'
import type { Proc } from '#linux/syscalls.ts'
import { Random } from '#sim/random.ts'
import { rfc3339Micro } from '#sim/time.ts'
import { anyOf, type Sim } from '#sim/wait.ts'
import { exists, mkdirs, readText } from '../cri/process.ts'
import { STATIC_TOLERATIONS } from './kubelet.ts'

/** Reads pods from `dir` and waits for changes there. */
export class StaticPods {
  readonly #proc: Proc
  readonly #dir: string
  readonly #node: string
  readonly #log: (line: string) => void
  readonly #seen = new Map<string, string>()
  /** What the directory looked like when it was last read. */
  #looked = ''

  constructor(proc: Proc, dir: string, node: string, log: (line: string) => void) {
    this.#proc = proc
    this.#dir = dir
    this.#node = node
    this.#log = log
    mkdirs(proc, dir)
  }

  *read(): Sim<Pod[]> {
    this.#looked = this.#look()
    const pods: Pod[] = []
    for (const file of this.#files()) {
      try {
        pods.push(this.#pod(parse(yield* readText(this.#proc, file)) as Pod | null))
      } catch (error) {
        if (!(error instanceof Error) || error.name === 'AssertionError') throw error
        this.#log(`"Could not process manifest file" err="${error.message}" path="${file}"`)
      }
    }
    return pods
  }

  /** Waits until there is something that `read` has not seen: a file more or less, or another content. */
  *changed(): Sim<void> {
    while (this.#look() === this.#looked) {
      const there = exists(this.#proc, this.#dir)
      const paths = there ? [this.#dir, ...this.#files()] : [this.#dir.replace(/\/[^/]*$/, '')]
      yield* anyOf(paths.map((path) => this.#proc.watchPath(path)))
    }
  }

  #files(): string[] {
    if (!exists(this.#proc, this.#dir)) return []
    return this.#proc
      .readdir(this.#dir)
      .filter((e) => !e.name.startsWith('.'))
      .map((e) => `${this.#dir}/${e.name}`)
      .filter((path) => exists(this.#proc, path))
      .sort()
  }

  #look(): string {
    return this.#files()
      .map((path) => {
        const { ino, size, mtime } = this.#proc.stat(path)
        return `${path} ${ino} ${size} ${mtime}`
      })
      .join('\n')
  }

  /** The manifest as a pod: named after the node, with an identity that changes with its content. */
  #pod(manifest: Pod | null): Pod {
    if (manifest?.kind !== 'Pod' || manifest.metadata?.name === undefined) throw new Error('no Pod')
    const text = JSON.stringify(sorted(manifest))
    const hash = new Random(0, `${this.#node}${text}`).string(32, '0123456789abcdef')
    let seen = this.#seen.get(hash)
    if (seen === undefined) {
      seen = `${rfc3339Micro(this.#proc.now()).slice(0, -1)}000Z`
      this.#seen.set(hash, seen)
    }
    const annotations = {
      ...manifest.metadata.annotations,
      'kubernetes.io/config.hash': hash,
      'kubernetes.io/config.seen': seen,
      'kubernetes.io/config.source': 'file',
    }
    return {
      ...manifest,
      metadata: {
        ...manifest.metadata,
        name: `${manifest.metadata.name}-${this.#node}`,
        namespace: manifest.metadata.namespace ?? 'default',
        uid: hash,
        annotations,
      },
      spec: withDefaults({
        ...manifest.spec,
        nodeName: this.#node,
        tolerations: [...(manifest.spec.tolerations ?? []), ...STATIC_TOLERATIONS],
      }),
    }
  }
}

/** The defaults the kubelet itself relies on; the API server sets all of them for the mirror. */
function withDefaults(spec: Pod['spec']): Pod['spec'] {
  const container = (c: Container): Container => ({
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: c.image.includes(':') && !c.image.endsWith(':latest') ? 'IfNotPresent' : 'Always',
    ...c,
  })
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    ...spec,
    containers: spec.containers.map(container),
  }
}
