/** The plugins that are on, in order. */
import type { Plugin } from './admission.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'

export const PLUGINS: readonly Plugin[] = [namespaceLifecycle]
