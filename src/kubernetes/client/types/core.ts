/** The shapes of API objects as controllers, scheduler and kubelet read them: only the fields that some of them need. Namespaces, configuration, events. */
import type { Condition, KubeObject, Labels } from './meta.ts'

export interface ObjectReference {
  readonly apiVersion?: string | undefined
  readonly kind?: string | undefined
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
  readonly fieldPath?: string | undefined
}

export interface Namespace extends KubeObject {
  readonly spec?: { readonly finalizers?: readonly string[] | undefined } | undefined
  readonly status?:
    | {
        readonly phase?: string | undefined
        readonly conditions?: readonly Condition[] | undefined
      }
    | undefined
}

export interface ConfigMap extends KubeObject {
  readonly data?: Labels | undefined
  readonly binaryData?: Labels | undefined
}

export interface Secret extends KubeObject {
  readonly type?: string | undefined
  readonly data?: Labels | undefined
}

export interface ServiceAccount extends KubeObject {
  readonly secrets?: readonly ObjectReference[] | undefined
}

export interface EventSeries {
  readonly count: number
  readonly lastObservedTime: string
}

export interface Event extends KubeObject {
  readonly involvedObject: ObjectReference
  readonly reason?: string | undefined
  readonly message?: string | undefined
  readonly source?:
    | {
        readonly component?: string | undefined
        readonly host?: string | undefined
      }
    | undefined
  readonly firstTimestamp?: string | null | undefined
  readonly lastTimestamp?: string | null | undefined
  readonly count?: number | undefined
  readonly type?: string | undefined
  readonly eventTime?: string | null | undefined
  readonly series?: EventSeries | undefined
  readonly action?: string | undefined
  readonly reportingComponent?: string | undefined
  readonly reportingInstance?: string | undefined
}

export interface EventsV1Event extends KubeObject {
  readonly eventTime: string
  readonly series?: EventSeries | undefined
  readonly reportingController: string
  readonly reportingInstance: string
  readonly action: string
  readonly reason: string
  readonly regarding: ObjectReference
  readonly related?: ObjectReference | undefined
  readonly note: string
  readonly type: string
}
