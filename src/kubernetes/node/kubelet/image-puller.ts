/** Gets images onto the node, with the events and delays that shows. Source: pkg/kubelet/images/image_manager.go. */
import { goDuration } from '#kubernetes/api/duration.ts'
import type { EventRecorder } from '#kubernetes/client/events.ts'
import type { Scope } from '#kubernetes/client/scope.ts'
import type { ObjectReference } from '#kubernetes/client/types/core.ts'
import type { Container, Pod } from '#kubernetes/client/types/pod.ts'
import type { Simulation } from '#sim/simulation.ts'
import { SECOND } from '#sim/time.ts'
import type { Micros, Sim } from '#sim/wait.ts'
import { type CriEndpoint, type ImageInfo, type ImageService, RpcError } from '../cri/types.ts'
import { Backoff } from './backoff.ts'
import type { StartupLatency } from './startup-latency.ts'
import type { WaitReason } from './status.ts'

export type ImageResult =
  | { readonly image: ImageInfo }
  | { readonly pulling: true }
  /** It can't be had; at `retryAt` it is worth trying again. */
  | { readonly failed: WaitReason; readonly retryAt: Micros }

interface Pull {
  running: boolean
  error: string | undefined
  failedAt: Micros
  /** The failure has been shown as such. */
  told: boolean
}

const INITIAL = 10 * SECOND
const MAX = 300 * SECOND

export class ImagePuller {
  readonly #sim: Simulation
  readonly #scope: Scope
  readonly #cri: CriEndpoint
  readonly #recorder: EventRecorder
  readonly #backoff: Backoff
  readonly #latency: StartupLatency | undefined
  readonly #pulls = new Map<string, Pull>()

  constructor(sim: Simulation, scope: Scope, cri: CriEndpoint, recorder: EventRecorder, latency?: StartupLatency) {
    this.#sim = sim
    this.#scope = scope
    this.#cri = cri
    this.#recorder = recorder
    this.#latency = latency
    this.#backoff = new Backoff(sim, INITIAL, MAX)
  }

  /** The image of a container, or what is the matter. `done` is called when a pull this started has ended. */
  ensure(pod: Pod, container: Container, reference: ObjectReference, done: () => void): ImageResult {
    const { image } = container
    const service = this.#cri.images
    const key = `${pod.metadata.uid}/${container.name}/${image}`
    const tell = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
      this.#recorder.event(reference, type, reason, message)
    if (service === undefined)
      return {
        failed: { reason: 'ImageInspectError', message: `Failed to inspect image "${image}": rpc error: code = Unavailable` },
        retryAt: this.#sim.now + INITIAL,
      }
    if (!/^[a-z0-9][a-zA-Z0-9._:/@-]*$/.test(image)) {
      const text = `couldn't parse image name "${image}": invalid reference format`
      tell('Warning', 'InspectFailed', `Failed to apply default image tag "${image}": ${text}`)
      tell('Warning', 'Failed', 'Error: InvalidImageName')
      return {
        failed: { reason: 'InvalidImageName', message: `Failed to apply default image tag "${image}": ${text}` },
        retryAt: this.#sim.now + INITIAL,
      }
    }
    const pull = this.#pulls.get(key)
    if (pull?.running === true) return { pulling: true }
    const present = service.imageStatus(image)
    const policy = container.imagePullPolicy ?? 'IfNotPresent'
    if (pull !== undefined && pull.error === undefined && present !== undefined) {
      this.#pulls.delete(key)
      return { image: present }
    }
    if (present !== undefined && policy !== 'Always') {
      tell('Normal', 'Pulled', `Container image "${image}" already present on machine and can be accessed by the pod`)
      return { image: present }
    }
    if (policy === 'Never') {
      tell('Warning', 'ErrImageNeverPull', `Container image "${image}" is not present with pull policy of Never`)
      tell('Warning', 'Failed', 'Error: ErrImageNeverPull')
      return {
        failed: { reason: 'ErrImageNeverPull', message: `Container image "${image}" is not present with pull policy of Never` },
        retryAt: this.#sim.now + INITIAL,
      }
    }
    if (pull?.error !== undefined) {
      const until = this.#backoff.until(key, pull.failedAt)
      if (until !== undefined) {
        tell('Normal', 'BackOff', `Back-off pulling image "${image}"`)
        tell('Warning', 'Failed', 'Error: ImagePullBackOff')
        return {
          failed: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ErrImagePull: ${pull.error}` },
          retryAt: until,
        }
      }
    }
    const started: Pull = { running: true, error: undefined, failedAt: 0, told: false }
    this.#pulls.set(key, started)
    this.#latency?.pullStarted(pod.metadata.uid ?? '')
    tell('Normal', 'Pulling', `Pulling image "${image}"`)
    this.#scope.spawn(
      `pull ${image}`,
      this.#pull(service, key, image, started, tell, () => {
        this.#latency?.pullEnded(pod.metadata.uid ?? '')
        done()
      }),
    )
    return { pulling: true }
  }

  /** The error of a pull that just failed, once: `ErrImagePull` comes before `ImagePullBackOff`. */
  justFailed(pod: Pod, container: Container): WaitReason | undefined {
    const pull = this.#pulls.get(`${pod.metadata.uid}/${container.name}/${container.image}`)
    if (pull?.error === undefined || pull.running || pull.told) return undefined
    pull.told = true
    return { reason: 'ErrImagePull', message: pull.error }
  }

  *#pull(
    service: ImageService,
    key: string,
    image: string,
    pull: Pull,
    tell: (type: 'Normal' | 'Warning', reason: string, message: string) => void,
    done: () => void,
  ): Sim<void> {
    const from = this.#sim.now
    try {
      const id = yield* service.pullImage(image)
      const took = goDuration(Math.round((this.#sim.now - from) / 1000) * 1000)
      tell(
        'Normal',
        'Pulled',
        `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${service.imageStatus(id)?.sizeBytes ?? 0} bytes.`,
      )
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      pull.error = error.message
      pull.failedAt = this.#sim.now
      this.#backoff.next(key, pull.failedAt)
      tell('Warning', 'Failed', `Failed to pull image "${image}": ${error.message}`)
      tell('Warning', 'Failed', 'Error: ErrImagePull')
    }
    pull.running = false
    done()
  }

  forget(uid: string): void {
    for (const key of this.#pulls.keys()) if (key.startsWith(`${uid}/`)) this.#pulls.delete(key)
    this.#backoff.forget(`${uid}/`)
  }
}
