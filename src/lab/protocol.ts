/**
 * What the page and a lab (in its Web Worker) say to each other. Types only: the page imports nothing else of the lab.
 *
 * Every message is a plain object with a `type`. The page sends {@link ToLab}, the lab {@link FromLab}. Requests that have
 * one answer carry an `id` that the answer repeats. Terminal bytes travel as Uint8Array (transferred).
 */

export type { EditorAnswer, EditorOsc, EditorRequest } from '../userland/lib/editor-request.ts'

/** Names of the machines a terminal can stand on: `laptop`, `kind-control-plane`, `kind-worker` … */
export type MachineName = string

/** Speed of the virtual clock: 0 paused, 1 real time, 10, 60; `fast` as fast as possible until idle. */
export type Rate = number | 'fast'

/** One input of the log, enough to replay a run: (event number, virtual time in microseconds, what). */
export interface InputRecord {
  readonly event: number
  readonly time: number
  readonly input: LabInput
  /** Trace hash of the simulation just before the input, every so often. */
  readonly hash?: string
}

/** What the outside can do to a world. */
export type LabInput =
  | { readonly type: 'open'; readonly terminal: string; readonly machine: MachineName; readonly rows: number; readonly cols: number }
  | { readonly type: 'data'; readonly terminal: string; readonly data: string }
  | { readonly type: 'resize'; readonly terminal: string; readonly rows: number; readonly cols: number }
  | { readonly type: 'close'; readonly terminal: string }
  | { readonly type: 'answer'; readonly request: number; readonly value: unknown }
  /** A request to the API server by a program outside of the model; its answer comes in parts. */
  | {
      readonly type: 'http'
      readonly request: number
      readonly method: string
      /** Path and query. */
      readonly target: string
      readonly headers: readonly (readonly [string, string])[]
      readonly body?: string
    }
  /** That program has gone, or wants nothing more of this answer. */
  | { readonly type: 'httpCancel'; readonly request: number }

export interface InputLog {
  readonly version: 1
  readonly scenario: string
  readonly seed: number
  readonly start: number
  readonly inputs: readonly InputRecord[]
}

/** A part of the answer to an `http` input: one head, any number of chunks, an end; or an error when there is no answer. */
export type HttpPart =
  | { readonly kind: 'head'; readonly status: number; readonly headers: readonly (readonly [string, string])[] }
  | { readonly kind: 'chunk'; readonly data: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly message: string }

/** State of a task as its checks see the world. `message` says what is still missing, for the reader. */
export interface TaskState {
  readonly task: string
  readonly done: boolean
  readonly message?: string
  /** An error in the check itself; never shown as the reader's fault. */
  readonly error?: string
}

export type ToLab =
  | {
      readonly type: 'start'
      readonly scenario: string
      readonly seed: number
      /** Tasks to watch from the beginning, by permanent id. */
      readonly tasks: readonly string[]
      /** Inputs of an earlier visit to replay before the reader goes on. */
      readonly log?: InputLog
    }
  | { readonly type: 'input'; readonly input: LabInput }
  | { readonly type: 'rate'; readonly rate: Rate }
  /** Flow control: the page has drawn this many bytes of a terminal. */
  | { readonly type: 'ack'; readonly terminal: string; readonly bytes: number }
  | { readonly type: 'getLog'; readonly id: number }
  /** The causes kept, for the trace view. */
  | { readonly type: 'getTrace'; readonly id: number; readonly since: number }
  /** Cheap summary of the cluster for the cluster view. */
  | { readonly type: 'getCluster'; readonly id: number }

export type FromLab =
  | { readonly type: 'booting'; readonly note: string }
  | { readonly type: 'ready'; readonly machines: readonly MachineName[]; readonly time: number }
  | { readonly type: 'output'; readonly terminal: string; readonly data: Uint8Array }
  | { readonly type: 'closed'; readonly terminal: string; readonly exit: number }
  | { readonly type: 'http'; readonly request: number; readonly part: HttpPart }
  | { readonly type: 'task'; readonly state: TaskState }
  /** Virtual time moved; `idle`: nothing will happen before the next timer, all output has been sent. */
  | { readonly type: 'clock'; readonly time: number; readonly rate: Rate; readonly idle: boolean }
  /** The model needs something of the page (an editor): answered by an `answer` input. */
  | { readonly type: 'request'; readonly request: number; readonly kind: string; readonly payload: unknown }
  /** Nobody waits for the answer any more: the program that asked was killed. */
  | { readonly type: 'requestCancelled'; readonly request: number }
  | { readonly type: 'log'; readonly id: number; readonly log: InputLog }
  | { readonly type: 'trace'; readonly id: number; readonly causes: readonly TraceCause[] }
  | { readonly type: 'cluster'; readonly id: number; readonly view: ClusterView }
  /** A replay came to another state than the log says; the lab was started afresh. */
  | { readonly type: 'diverged'; readonly event: number }
  /** The simulation stopped on a bug of ours; the page offers a fresh lab. */
  | { readonly type: 'crashed'; readonly message: string; readonly trace: string }

export interface TraceCause {
  readonly id: number
  readonly parent: number
  readonly time: number
  readonly actor: string
  readonly what: string
}

export interface ClusterView {
  readonly nodes: readonly { readonly name: string; readonly ready: boolean; readonly pods: readonly PodView[] }[]
  /** Pods without a node. */
  readonly pending: readonly PodView[]
}

export interface PodView {
  readonly namespace: string
  readonly name: string
  /** As in the STATUS column of kubectl. */
  readonly status: string
  readonly ready: boolean
  readonly ip?: string
}
