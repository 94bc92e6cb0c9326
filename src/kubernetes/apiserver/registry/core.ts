/** The core group, without pods and events which fill files of their own. */

import { componentStatuses } from './componentstatuses.ts'
import { configMaps } from './configmaps.ts'
import { endpoints } from './endpoints.ts'
import type { Kind } from './kind.ts'
import { limitRanges } from './limitranges.ts'
import { namespaces } from './namespaces.ts'
import { nodes } from './nodes.ts'
import { persistentVolumeClaims } from './persistentvolumeclaims.ts'
import { persistentVolumes } from './persistentvolumes.ts'
import { bindings, pods } from './pods.ts'
import { podTemplates } from './podtemplates.ts'
import { replicationControllers } from './replicationcontrollers.ts'
import { resourceQuotas } from './resourcequotas.ts'
import { secrets } from './secrets.ts'
import { serviceAccounts } from './serviceaccounts.ts'
import { services } from './services.ts'

export const CORE: readonly Kind[] = [
  bindings,
  componentStatuses,
  configMaps,
  endpoints,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  podTemplates,
  replicationControllers,
  resourceQuotas,
  secrets,
  serviceAccounts,
  services,
]
