import type { Plugin, PluginContext } from './framework.ts'
import { imageLocality } from './plugins/image-locality.ts'
import { interPodAffinity } from './plugins/inter-pod-affinity.ts'
import { nodeAffinity } from './plugins/node-affinity.ts'
import { nodeName } from './plugins/node-name.ts'
import { nodePorts } from './plugins/node-ports.ts'
import { nodeResourcesBalancedAllocation, nodeResourcesFit } from './plugins/node-resources.ts'
import { nodeUnschedulable } from './plugins/node-unschedulable.ts'
import { podTopologySpread } from './plugins/pod-topology-spread.ts'
import { taintToleration } from './plugins/taint-toleration.ts'
import { volumeBinding } from './plugins/volume-binding.ts'
import { volumeRestrictions } from './plugins/volume-restrictions.ts'

/** The plugins, in the order in which they are asked. Source: getDefaultPlugins. */
export function plugins(context: PluginContext): readonly Plugin[] {
  return [
    nodeUnschedulable,
    nodeName,
    taintToleration,
    nodeAffinity,
    nodePorts,
    nodeResourcesFit,
    volumeRestrictions(context),
    volumeBinding(context),
    podTopologySpread(context),
    interPodAffinity(context),
    nodeResourcesBalancedAllocation,
    imageLocality,
  ]
}
