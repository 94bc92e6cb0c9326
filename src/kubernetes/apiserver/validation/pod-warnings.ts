/** What is allowed in pods, but probably not meant. Source: k8s.io/kubernetes pkg/api/pod/warnings.go. */
import type { Obj } from '#kubernetes/api/json.ts'

export function podWarnings(_o: Obj, _old: Obj | undefined): string[] {
  return []
}

/** The same for the pod template of a workload. */
export function templateWarnings(_o: Obj, _old: Obj | undefined): string[] {
  return []
}
