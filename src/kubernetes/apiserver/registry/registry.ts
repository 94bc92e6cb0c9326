/** Every built-in kind. Adding one: a definition in this folder, a name in this list. */

import { ADMISSION_REGISTRATION } from './admissionregistration.ts'
import { APPS } from './apps.ts'
import { AUTH } from './auth.ts'
import { AUTOSCALING } from './autoscaling.ts'
import { BATCH } from './batch.ts'
import { CERTIFICATES } from './certificates.ts'
import { CORE } from './core.ts'
import { events } from './events.ts'
import { EXTENSION } from './extension.ts'
import { FLOW_CONTROL } from './flowcontrol.ts'
import type { Kind } from './kind.ts'
import { NETWORKING } from './networking.ts'
import { NODE_GROUP } from './node-group.ts'
import { POLICY } from './policy.ts'
import { RBAC } from './rbac.ts'
import { RESOURCE } from './resource.ts'
import { SCHEDULING } from './scheduling.ts'
import { STORAGE } from './storage.ts'

export const KINDS: readonly Kind[] = [
  ...CORE,
  events,
  ...APPS,
  ...BATCH,
  ...AUTH,
  ...AUTOSCALING,
  ...CERTIFICATES,
  ...NETWORKING,
  ...POLICY,
  ...RBAC,
  ...STORAGE,
  ...ADMISSION_REGISTRATION,
  ...EXTENSION,
  ...SCHEDULING,
  ...NODE_GROUP,
  ...RESOURCE,
  ...FLOW_CONTROL,
]
