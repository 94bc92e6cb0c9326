/** A pod's claims must be there. Source: volumerestrictions. Differs: ReadWriteOncePod and disks of clouds are not looked at. */
import { PERSISTENT_VOLUME_CLAIMS } from '#kubernetes/client/resources.ts'
import { type Plugin, type PluginContext, unresolvable } from '../framework.ts'
import { claimNames } from './volume-binding.ts'

export function volumeRestrictions(context: PluginContext): Plugin {
  const claims = context.informers.of(PERSISTENT_VOLUME_CLAIMS)
  return {
    name: 'VolumeRestrictions',
    events: ['claim'],
    preFilter(_, pod) {
      const missing = claimNames(pod).find((name) => claims.store.find(pod.metadata.namespace, name) === undefined)
      return missing === undefined ? undefined : { rejection: unresolvable(`persistentvolumeclaim "${missing}" not found`) }
    },
  }
}
