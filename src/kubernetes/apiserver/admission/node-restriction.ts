/** A node changes its own Node, and the Pods bound to it. Source: plugin/pkg/admission/noderestriction. */
import { newForbidden, newNotFound } from '#kubernetes/api/errors.ts'
import { equal, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { nodeOf } from '../authorization/node.ts'
import type { RequestContext } from '../context.ts'
import type { Attributes, Plugin } from './admission.ts'

const MIRROR = 'kubernetes.io/config.mirror'

/** Labels of Kubernetes' own that a kubelet may set on its Node. */
const LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
])

/** Differs: kubeadm puts this label on with the administrator's credentials; here the kubelet registers with it. */
const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane'

type Refuse = (why: string) => never

export const nodeRestriction: Plugin = {
  name: 'NodeRestriction',
  admit(context, attributes) {
    const node = nodeOf(context.user)
    if (node === undefined) return
    const { kind, object, old } = attributes
    const name = str(object ?? old, 'metadata', 'name') || context.info.name
    const refuse: Refuse = (why) => {
      throw newForbidden({ group: attributes.endpoint.served.group, resource: kind.plural }, name, why)
    }
    switch (kind.plural) {
      case 'pods':
        admitPod(node, context, attributes, refuse)
        return
      case 'nodes':
        admitNode(node, name, attributes, refuse)
        return
      case 'leases':
        if (str(object ?? old, 'metadata', 'namespace') !== 'kube-node-lease')
          refuse('can only access leases in the "kube-node-lease" system namespace')
        if (name !== node) refuse('can only access node lease with the same name as the requesting node')
        return
      case 'serviceaccounts':
        if (context.info.subresource === 'token') admitToken(node, context, obj(object, 'spec'), refuse)
        return
      case 'csinodes':
        if (name !== node) refuse('can only access CSINode with the same name as the requesting node')
    }
  },
}

function admitPod(node: string, { info, server }: RequestContext, { operation, object, old }: Attributes, refuse: Refuse): void {
  const bound = (pod: Obj | undefined): boolean => str(pod, 'spec', 'nodeName') === node
  if (info.subresource === 'eviction') {
    if (!bound(server.object('', 'pods', info.namespace, info.name)))
      refuse(`node "${node}" can only evict pods with spec.nodeName set to itself`)
    return
  }
  if (info.subresource === 'status') {
    if (!bound(old)) refuse(`node "${node}" can only update pod status for pods with spec.nodeName set to itself`)
    if (!equal(obj(old, 'metadata', 'labels'), obj(object, 'metadata', 'labels')))
      refuse(`node "${node}" cannot update labels through pod status`)
    return
  }
  if (info.subresource !== '') return
  if (operation === 'DELETE' && !bound(old)) refuse(`node "${node}" can only delete pods with spec.nodeName set to itself`)
  if (operation !== 'CREATE' || object === undefined) return
  if (obj(object, 'metadata', 'annotations')[MIRROR] === undefined)
    refuse(`pod does not have "${MIRROR}" annotation, node "${node}" can only create mirror pods`)
  if (!bound(object)) refuse(`node "${node}" can only create pods with spec.nodeName set to itself`)
  if (str(object, 'spec', 'serviceAccountName') !== '') refuse(`node "${node}" can not create pods that reference a service account`)
  for (const volume of objs(object, 'spec', 'volumes')) {
    if (volume.secret !== undefined) refuse(`node "${node}" can not create pods that reference secrets`)
    if (volume.configMap !== undefined) refuse(`node "${node}" can not create pods that reference configmaps`)
    if (volume.persistentVolumeClaim !== undefined) refuse(`node "${node}" can not create pods that reference persistentvolumeclaims`)
  }
}

/** A kubelet asks for tokens of the pods that are its own. */
function admitToken(node: string, { info, server }: RequestContext, spec: Obj, refuse: Refuse): void {
  const ref = obj(spec, 'boundObjectRef')
  const name = str(ref, 'name')
  if (str(ref, 'apiVersion') !== 'v1' || str(ref, 'kind') !== 'Pod' || name === '') refuse('node requested token not bound to a pod')
  const uid = str(ref, 'uid')
  if (uid === '') refuse('node requested token with a pod binding without a uid')
  const pod = server.object('', 'pods', info.namespace, name)
  if (pod === undefined) throw newNotFound({ group: '', resource: 'pods' }, name)
  if (uid !== str(pod, 'metadata', 'uid'))
    refuse(
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  if (str(pod, 'spec', 'nodeName') !== node) refuse('node requested token bound to a pod scheduled on a different node')
}

function admitNode(node: string, name: string, { operation, object, old }: Attributes, refuse: Refuse): void {
  if (name !== node) refuse(`node "${node}" is not allowed to modify node "${name}"`)
  if (object === undefined) return
  const [before, after] = [obj(old, 'metadata', 'labels'), obj(object, 'metadata', 'labels')]
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((label) => before[label] !== after[label])
  const forbidden = changed.filter((label) => isForbiddenLabel(label) && !(operation === 'CREATE' && label === CONTROL_PLANE)).sort()
  if (forbidden.length > 0)
    refuse(`node "${node}" is not allowed to ${operation === 'CREATE' ? 'set the following' : 'modify'} labels: ${forbidden.join(', ')}`)
  if (operation === 'UPDATE' && !equal(objs(old, 'spec', 'taints'), objs(object, 'spec', 'taints')))
    refuse(`node "${node}" is not allowed to modify taints`)
}

/** Source: getModifiedLabels, kubeletapis.IsKubeletLabel. */
function isForbiddenLabel(label: string): boolean {
  const slash = label.indexOf('/')
  const domain = slash < 0 ? '' : label.slice(0, slash)
  const within = (suffix: string): boolean => domain === suffix || domain.endsWith(`.${suffix}`)
  if (within('node-restriction.kubernetes.io')) return true
  if (!within('kubernetes.io') && !within('k8s.io')) return false
  return !(LABELS.has(label) || within('kubelet.kubernetes.io') || within('node.kubernetes.io'))
}
