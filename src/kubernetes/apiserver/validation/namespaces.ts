/** Namespaces and finalizers. Source: k8s.io/kubernetes pkg/apis/core/validation (ValidateNamespace). */
import { type FieldError, invalid } from '#kubernetes/api/field.ts'
import { type Obj, str, strs } from '#kubernetes/api/json.ts'
import { qualifiedName } from './check.ts'
import { kubeFinalizer } from './meta.ts'

const finalizer = (name: string, path: string): FieldError[] => [...qualifiedName(name, path), ...kubeFinalizer(name, path)]

export const validateNamespace = (o: Obj): FieldError[] =>
  strs(o, 'spec', 'finalizers').flatMap((name) => finalizer(name, 'spec.finalizers'))

export const validateNamespaceFinalize = (o: Obj): FieldError[] =>
  strs(o, 'spec', 'finalizers').flatMap((name, i) => finalizer(name, `spec.finalizers[${i}]`))

export function validateNamespaceStatusUpdate(o: Obj): FieldError[] {
  const phase = str(o, 'status', 'phase')
  const [wanted, how] = str(o, 'metadata', 'deletionTimestamp') === '' ? ['Active', 'is empty'] : ['Terminating', 'is not empty']
  return phase === wanted ? [] : [invalid('status.Phase', phase, `may only be '${wanted}' if \`deletionTimestamp\` ${how}`)]
}
