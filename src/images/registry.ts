import { busybox } from './busybox.ts'
import { httpEcho } from './http-echo.ts'
import { nginx } from './nginx.ts'
import { pause } from './pause.ts'
import type { Image } from './types.ts'

/** Every image of the modelled registries that is not part of the cluster itself. */
export const IMAGES: readonly Image[] = [...nginx, ...busybox, httpEcho, pause]

/** A reference with its defaults written out: `nginx` is `docker.io/library/nginx:latest`. Source: distribution/reference. */
export function normalizeReference(reference: string): string {
  const slash = reference.indexOf('/')
  const first = slash < 0 ? '' : reference.slice(0, slash)
  const hasDomain = first.includes('.') || first.includes(':') || first === 'localhost'
  const full = hasDomain ? reference : slash < 0 ? `docker.io/library/${reference}` : `docker.io/${reference}`
  const last = full.slice(full.lastIndexOf('/') + 1)
  return last.includes(':') || last.includes('@') ? full : `${full}:latest`
}
