/** Admission policies written in CEL; the engine that runs them is loaded when there are any (`../cel`). */
import { celOf, hasBindings } from '../cel/loading.ts'
import type { Plugin } from './admission.ts'

export const mutatingAdmissionPolicy: Plugin = {
  name: 'MutatingAdmissionPolicy',
  admit(context, attributes, again) {
    return hasBindings(context.server, 'mutating') && celOf(context.server).mutate(context, attributes, again)
  },
}

export const validatingAdmissionPolicy: Plugin = {
  name: 'ValidatingAdmissionPolicy',
  validate(context, attributes) {
    if (hasBindings(context.server, 'validating')) celOf(context.server).validate(context, attributes)
  },
}
