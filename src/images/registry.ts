import { busybox } from './busybox.ts'
import { httpEcho } from './http-echo.ts'
import { nginx } from './nginx.ts'
import { pause } from './pause.ts'
import { servers } from './servers.ts'
import { systems } from './systems.ts'
import type { Image } from './types.ts'

/** Every image of the modelled registries that is not part of the cluster itself. */
export const IMAGES: readonly Image[] = [...nginx, ...busybox, httpEcho, pause, ...servers, ...systems]
