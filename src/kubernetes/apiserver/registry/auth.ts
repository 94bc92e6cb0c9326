/** Questions about users and what they may do. */
import { builtIn, type Kind } from './kind.ts'

const review = (group: string, pkg: string, kind: string, namespaced = false): Kind =>
  builtIn({
    group,
    pkg,
    kind,
    plural: `${kind.toLowerCase()}s`,
    namespaced,
    verbs: ['create'],
  })

export const AUTH: readonly Kind[] = [
  review('authentication.k8s.io', 'authentication', 'SelfSubjectReview'),
  review('authentication.k8s.io', 'authentication', 'TokenReview'),
  review('authorization.k8s.io', 'authorization', 'LocalSubjectAccessReview', true),
  review('authorization.k8s.io', 'authorization', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'authorization', 'SelfSubjectRulesReview'),
  review('authorization.k8s.io', 'authorization', 'SubjectAccessReview'),
]
