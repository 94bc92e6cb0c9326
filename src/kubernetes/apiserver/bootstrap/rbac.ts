/**
 * The roles and bindings RBAC starts with.
 *
 * Rules in a shorthand: `verbs group: resources`, the core group as `-`, verbs and resources parted by commas; `R` is get,list,watch;
 * `W` create,delete,deletecollection,patch,update. Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy.
 */
import type { Draft, Obj } from '#kubernetes/api/json.ts'

const GROUPS: { readonly [short: string]: string } = {
  '-': '',
  rbac: 'rbac.authorization.k8s.io',
  networking: 'networking.k8s.io',
  discovery: 'discovery.k8s.io',
  events: 'events.k8s.io',
  storage: 'storage.k8s.io',
  coordination: 'coordination.k8s.io',
  authentication: 'authentication.k8s.io',
  authorization: 'authorization.k8s.io',
  certificates: 'certificates.k8s.io',
  resource: 'resource.k8s.io',
  metrics: 'metrics.k8s.io',
  node: 'node.k8s.io',
  apiextensions: 'apiextensions.k8s.io',
  apiregistration: 'apiregistration.k8s.io',
  admissionregistration: 'admissionregistration.k8s.io',
  scheduling: 'scheduling.k8s.io',
}
const VERBS: { readonly [short: string]: string } = {
  R: 'get,list,watch',
  W: 'create,delete,deletecollection,patch,update',
  RU: 'get,list,update,watch',
}
const EVENTS = ['create,patch,update -: events', 'create,patch,update events: events']

/** `R apps: deployments,replicasets` as a PolicyRule; `@name` at the end limits it to objects of that name. */
function rule(text: string): Obj {
  if (text.startsWith('url ')) return { verbs: ['get'], nonResourceURLs: text.slice(4).split(',') }
  const m = /^(\S+) (\S+): (\S+?)(?:@(\S+))?$/.exec(text)
  const [, verbs = '', group = '', resources = '', names] = m ?? []
  return {
    verbs: verbs.split(',').flatMap((v) => (VERBS[v] ?? v).split(',')),
    apiGroups: group.split(',').map((g) => GROUPS[g] ?? g),
    resources: resources.split(','),
    ...(names === undefined ? {} : { resourceNames: names.split(',') }),
  }
}

function meta(name: string, labels: Obj = {}, namespace?: string): Obj {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  }
}

const API = 'rbac.authorization.k8s.io/v1'
const RBAC = 'rbac.authorization.k8s.io'
const clusterRole = (name: string, rules: readonly string[], labels: Obj = {}): Obj => ({
  apiVersion: API,
  kind: 'ClusterRole',
  metadata: meta(name, labels),
  rules: rules.map(rule),
})

const group = (name: string): Obj => ({ kind: 'Group', apiGroup: RBAC, name })
const user = (name: string): Obj => ({ kind: 'User', apiGroup: RBAC, name })
const account = (name: string, namespace = 'kube-system'): Obj => ({
  kind: 'ServiceAccount',
  name,
  namespace,
})
const clusterBinding = (name: string, subjects: readonly Obj[], role = name): Obj => ({
  apiVersion: API,
  kind: 'ClusterRoleBinding',
  metadata: meta(name),
  ...(subjects.length === 0 ? {} : { subjects }),
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
})

const aggregate = (to: string): Obj => ({
  [`rbac.authorization.k8s.io/aggregate-to-${to}`]: 'true',
})

const VIEW = [
  'R -: configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status',
  'R -: bindings,events,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,resourcequotas,resourcequotas/status',
  'R -: namespaces',
  'R discovery: endpointslices',
  'R apps: controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status',
  'R autoscaling: horizontalpodautoscalers,horizontalpodautoscalers/status',
  'R batch: cronjobs,cronjobs/status,jobs,jobs/status',
  'R extensions: daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,ingresses,ingresses/status,networkpolicies,replicasets,replicasets/scale,replicasets/status,replicationcontrollers/scale',
  'R policy: poddisruptionbudgets,poddisruptionbudgets/status',
  'R networking: ingresses,ingresses/status,networkpolicies',
  'R resource: resourceclaims,resourceclaims/status,resourceclaimtemplates',
  'R events: events',
]
const EDIT = [
  'R -: pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy',
  'impersonate -: serviceaccounts',
  'W -: pods,pods/attach,pods/exec,pods/portforward,pods/proxy',
  'create -: pods/eviction',
  'W -: configmaps,events,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy',
  'create -: serviceaccounts/token',
  'W apps: daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale',
  'W autoscaling: horizontalpodautoscalers',
  'W batch: cronjobs,jobs',
  'W extensions: daemonsets,deployments,deployments/rollback,deployments/scale,ingresses,networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale',
  'W policy: poddisruptionbudgets',
  'W networking: ingresses,networkpolicies',
  'W resource: resourceclaims,resourceclaimtemplates',
  'create,delete,deletecollection,get,list,patch,update,watch coordination: leases',
]
const ADMIN = [
  'create authorization: localsubjectaccessreviews',
  'create,delete,deletecollection,get,list,patch,update,watch rbac: rolebindings,roles',
]

const DISCOVERY = 'url /api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/'
const PUBLIC = 'url /healthz,/livez,/readyz,/version,/version/'

/** What each control loop may do, events left out: all of them have those. */
const CONTROLLERS: { readonly [name: string]: readonly string[] } = {
  'attachdetach-controller': [
    'R -: persistentvolumeclaims,persistentvolumes',
    'R -: nodes',
    'patch,update -: nodes/status',
    'R -: pods',
    'create,delete,get,list,watch storage: volumeattachments',
    'R storage: csidrivers',
    'R storage: csinodes',
  ],
  'certificate-controller': [
    'delete,get,list,watch certificates: certificatesigningrequests',
    'update certificates: certificatesigningrequests/approval,certificatesigningrequests/status',
    'create authorization: subjectaccessreviews',
  ],
  'clusterrole-aggregation-controller': ['escalate,get,list,patch,update,watch rbac: clusterroles'],
  'cronjob-controller': [
    'RU batch: cronjobs',
    'create,delete,get,list,patch,update,watch batch: jobs',
    'update batch: cronjobs/status',
    'update batch: cronjobs/finalizers',
    'delete,list -: pods',
  ],
  'daemon-set-controller': [
    'R extensions,apps: daemonsets',
    'update extensions,apps: daemonsets/status',
    'update extensions,apps: daemonsets/finalizers',
    'R -: nodes',
    'create,delete,get,list,patch,watch -: pods',
    'create -: pods/binding',
    'create,delete,get,list,patch,update,watch apps: controllerrevisions',
  ],
  'deployment-controller': [
    'RU extensions,apps: deployments',
    'update extensions,apps: deployments/status',
    'update extensions,apps: deployments/finalizers',
    'create,delete,get,list,patch,update,watch extensions,apps: replicasets',
    'RU -: pods',
  ],
  'device-taint-eviction-controller': [
    'delete,get,list,watch -: pods',
    'patch,update -: pods/status',
    'R resource: deviceclasses,resourceclaims,resourceslices',
  ],
  'disruption-controller': [
    'R extensions,apps: deployments',
    'R extensions,apps: replicasets',
    'R -: replicationcontrollers',
    'R policy: poddisruptionbudgets',
    'R apps: statefulsets',
    'update policy: poddisruptionbudgets/status',
    'R -: pods',
    'patch,update -: pods/status',
    'get *: */scale',
  ],
  'endpoint-controller': [
    'R -: pods,services',
    'create,delete,get,list,update -: endpoints',
    'create -: endpoints/restricted',
    'update -: services/finalizers',
    'watch -: endpoints',
  ],
  'endpointslice-controller': [
    'R -: nodes,pods,services',
    'update -: services/finalizers',
    'create,delete,get,list,update,watch discovery: endpointslices',
    'create discovery: endpointslices/restricted',
  ],
  'endpointslicemirroring-controller': [
    'R -: endpoints,services',
    'update -: endpoints/finalizers',
    'update -: services/finalizers',
    'create,delete,get,list,update,watch discovery: endpointslices',
    'create discovery: endpointslices/restricted',
  ],
  'ephemeral-volume-controller': ['update -: pods/finalizers', 'R -: pods', 'create,get,list,watch -: persistentvolumeclaims'],
  'expand-controller': [
    'get,list,patch,update,watch -: persistentvolumes',
    'patch,update -: persistentvolumeclaims/status',
    'R -: persistentvolumeclaims',
    'R storage: storageclasses',
    'get -: endpoints,services',
  ],
  'generic-garbage-collector': ['delete,get,list,patch,update,watch *: *'],
  'horizontal-pod-autoscaler': [
    'R autoscaling: horizontalpodautoscalers',
    'update autoscaling: horizontalpodautoscalers/status',
    'get,update *: */scale',
    'list -: pods',
    'list metrics: pods',
    'get,list custom.metrics.k8s.io: *',
    'get,list external.metrics.k8s.io: *',
  ],
  'job-controller': [
    'get,list,patch,update,watch batch: jobs',
    'update batch: jobs/status',
    'update batch: jobs/finalizers',
    'create,delete,get,list,patch,watch -: pods',
  ],
  'legacy-service-account-token-cleaner': [
    'get,list,watch -: configmaps@kube-apiserver-legacy-service-account-token-tracking',
    'delete,patch -: secrets',
    'R -: secrets,serviceaccounts,pods',
  ],
  'namespace-controller': [
    'delete,get,list,watch -: namespaces',
    'update -: namespaces/finalize,namespaces/status',
    'delete,deletecollection,get,list *: *',
  ],
  'node-controller': [
    'delete,get,list,patch,update,watch -: nodes',
    'patch,update -: nodes/status',
    'patch,update -: pods/status',
    'delete,get,list,watch -: pods',
    'R networking: clustercidrs',
  ],
  'persistent-volume-binder': [
    'create,delete,get,list,update,watch -: persistentvolumes',
    'update -: persistentvolumes/status',
    'RU -: persistentvolumeclaims',
    'update -: persistentvolumeclaims/status',
    'create,delete,get,list,watch -: pods',
    'R storage: storageclasses',
    'create,delete,get,update -: endpoints,services',
    'get,list -: secrets',
    'R -: nodes',
  ],
  'pod-garbage-collector': ['delete,get,list,watch -: pods', 'get,list,watch -: nodes', 'patch,update -: pods/status'],
  'pv-protection-controller': ['RU -: persistentvolumes'],
  'pvc-protection-controller': ['RU -: persistentvolumeclaims', 'R -: pods'],
  'replicaset-controller': [
    'RU extensions,apps: replicasets',
    'update extensions,apps: replicasets/status',
    'update extensions,apps: replicasets/finalizers',
    'create,delete,get,list,patch,watch -: pods',
  ],
  'replication-controller': [
    'RU -: replicationcontrollers',
    'update -: replicationcontrollers/status',
    'update -: replicationcontrollers/finalizers',
    'create,delete,get,list,patch,watch -: pods',
  ],
  'resource-claim-controller': [
    'R -: pods',
    'update -: pods/finalizers',
    'create,delete,get,list,patch,update,watch resource: resourceclaims',
    'update resource: resourceclaims/status',
    'R resource: resourceclaimtemplates',
    'patch,update -: pods/status',
  ],
  'resourcequota-controller': ['list,watch *: *', 'update -: resourcequotas/status'],
  'root-ca-cert-publisher': ['create,get,list,update,watch -: configmaps', 'R -: namespaces'],
  'route-controller': ['list,watch -: nodes', 'patch -: nodes/status'],
  'selinux-warning-controller': ['R -: pods,persistentvolumeclaims,persistentvolumes', 'R storage: csidrivers'],
  'service-account-controller': ['create,get,list,watch -: serviceaccounts', 'R -: namespaces'],
  'service-cidrs-controller': [
    'get,list,patch,update,watch networking: servicecidrs',
    'patch,update networking: servicecidrs/finalizers',
    'patch,update networking: servicecidrs/status',
    'R networking: ipaddresses',
  ],
  'service-controller': ['R -: services', 'patch,update -: services/status', 'list,watch -: nodes'],
  'statefulset-controller': [
    'R apps: statefulsets',
    'update apps: statefulsets/status',
    'update apps: statefulsets/finalizers',
    'create,delete,get,list,patch,update,watch -: pods',
    'create,delete,get,list,patch,update,watch apps: controllerrevisions',
    'create,delete,get,list,update,watch -: persistentvolumeclaims',
    'R -: nodes',
  ],
  'ttl-after-finished-controller': ['delete,get,list,watch batch: jobs'],
  'ttl-controller': ['list,patch,update,watch -: nodes'],
  'validatingadmissionpolicy-status-controller': [
    'R admissionregistration: validatingadmissionpolicies',
    'get,patch,update admissionregistration: validatingadmissionpolicies/status',
  ],
  'volumeattributesclass-protection-controller': ['RU storage: volumeattributesclasses', 'R -: persistentvolumeclaims,persistentvolumes'],
}

/** Rules without events of their own. */
const SILENT = new Set([
  'clusterrole-aggregation-controller',
  'generic-garbage-collector',
  'namespace-controller',
  'legacy-service-account-token-cleaner',
  'validatingadmissionpolicy-status-controller',
])

const ALL_KINDS = [
  'create,delete,deletecollection,get,list,patch,update,watch -: events',
  'R *: *',
  'create authentication: tokenreviews',
  'create authorization: subjectaccessreviews',
  'create -: serviceaccounts/token',
  'create coordination: leases',
  'get,update coordination: leases@kube-controller-manager',
  'create -: secrets,serviceaccounts',
  'delete -: secrets',
  'get -: configmaps,namespaces,secrets,serviceaccounts',
  'update -: secrets,serviceaccounts',
]

const SCHEDULER = [
  ...EVENTS,
  'create coordination: leases',
  'get,list,update,watch coordination: leases@kube-scheduler',
  'R -: nodes',
  'delete,get,list,watch -: pods',
  'create -: bindings,pods/binding',
  'patch,update -: pods/status',
  'R -: replicationcontrollers,services',
  'R apps,extensions: replicasets',
  'R apps: statefulsets',
  'R policy: poddisruptionbudgets',
  'R -: persistentvolumeclaims,persistentvolumes',
  'create authentication: tokenreviews',
  'create authorization: subjectaccessreviews',
  'R storage: csinodes,csidrivers,csistoragecapacities,volumeattachments',
  'R resource: deviceclasses',
  'get,list,patch,update,watch resource: resourceclaims',
  'patch,update resource: resourceclaims/status',
  'R resource: resourceslices',
  'R -: namespaces',
]

const NODE = [
  'create authentication: tokenreviews',
  'create authorization: localsubjectaccessreviews,subjectaccessreviews',
  'R -: services',
  'create,get,list,watch -: nodes',
  'patch,update -: nodes/status',
  'patch,update -: nodes',
  ...EVENTS,
  'R -: pods',
  'create,delete -: pods',
  'patch,update -: pods/status',
  'create -: pods/eviction',
  'get,list,watch -: configmaps,secrets',
  'get -: persistentvolumeclaims,persistentvolumes',
  'get -: endpoints',
  'create,get,list,watch certificates: certificatesigningrequests',
  'create,delete,get,patch,update coordination: leases',
  'get storage: volumeattachments',
  'create -: serviceaccounts/token',
  'get,patch,update -: persistentvolumeclaims/status',
  'R storage: csidrivers',
  'create,delete,get,patch,update storage: csinodes',
  'R node: runtimeclasses',
  'get resource: resourceclaims',
  'deletecollection resource: resourceslices',
]

/** Roles that are made of others: by label, and now. */
function aggregated(name: string, from: string, parts: readonly (readonly string[])[], labels: Obj): Obj {
  return {
    ...clusterRole(name, parts.flat(), labels),
    aggregationRule: {
      clusterRoleSelectors: [{ matchLabels: aggregate(from) }],
    },
  }
}

const role = (namespace: string, name: string, rules: readonly string[]): Obj => ({
  apiVersion: API,
  kind: 'Role',
  metadata: meta(name, {}, namespace),
  rules: rules.map(rule),
})
function binding(namespace: string, name: string, subjects: readonly Obj[], roleName = name): Obj {
  const out: Draft = {
    apiVersion: API,
    kind: 'RoleBinding',
    metadata: meta(name, {}, namespace),
    subjects,
    roleRef: { apiGroup: RBAC, kind: 'Role', name: roleName },
  }
  return out
}

export const RBAC_OBJECTS: readonly Obj[] = [
  {
    apiVersion: API,
    kind: 'ClusterRole',
    metadata: meta('cluster-admin'),
    rules: [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ],
  },
  clusterRole('system:discovery', [DISCOVERY]),
  clusterRole('system:monitoring', ['url /healthz,/healthz/*,/livez,/livez/*,/metrics,/metrics/slis,/readyz,/readyz/*']),
  clusterRole('system:basic-user', [
    'create authorization: selfsubjectaccessreviews,selfsubjectrulesreviews',
    'create authentication: selfsubjectreviews',
  ]),
  clusterRole('system:public-info-viewer', [PUBLIC]),
  aggregated('admin', 'admin', [ADMIN, EDIT, VIEW], {}),
  aggregated('edit', 'edit', [EDIT, VIEW], aggregate('admin')),
  aggregated('view', 'view', [VIEW], aggregate('edit')),
  clusterRole('system:aggregate-to-admin', ADMIN, aggregate('admin')),
  clusterRole('system:aggregate-to-edit', EDIT, aggregate('edit')),
  clusterRole('system:aggregate-to-view', VIEW, aggregate('view')),
  clusterRole('system:heapster', ['R -: events,namespaces,nodes,pods', 'R extensions: deployments']),
  clusterRole('system:node', NODE),
  clusterRole('system:node-problem-detector', ['get -: nodes', 'patch -: nodes/status', ...EVENTS]),
  clusterRole('system:kubelet-api-admin', [
    'get,list,watch -: nodes',
    'proxy -: nodes',
    '* -: nodes/log,nodes/metrics,nodes/proxy,nodes/stats',
  ]),
  clusterRole('system:node-bootstrapper', ['create,get,list,watch certificates: certificatesigningrequests']),
  clusterRole('system:auth-delegator', ['create authentication: tokenreviews', 'create authorization: subjectaccessreviews']),
  clusterRole('system:kube-aggregator', ['R -: endpoints,services']),
  clusterRole('system:kube-controller-manager', ALL_KINDS),
  clusterRole('system:kube-dns', ['list,watch -: endpoints,services']),
  clusterRole('system:persistent-volume-provisioner', [
    'create,delete,get,list,watch -: persistentvolumes',
    'RU -: persistentvolumeclaims',
    'R storage: storageclasses',
    'watch -: events',
    ...EVENTS,
  ]),
  clusterRole('system:service-account-issuer-discovery', [
    'url /.well-known/openid-configuration,/.well-known/openid-configuration/,/openid/v1/jwks,/openid/v1/jwks/',
  ]),
  clusterRole('system:node-proxier', [
    'list,watch -: endpoints,services',
    'get,list,watch -: nodes',
    ...EVENTS,
    'list,watch discovery: endpointslices',
    'list,watch networking: servicecidrs',
  ]),
  clusterRole('system:volume-scheduler', [
    'get,list,patch,update,watch -: persistentvolumes',
    'R storage: storageclasses',
    'get,list,patch,update,watch -: persistentvolumeclaims',
  ]),
  clusterRole('system:kube-scheduler', SCHEDULER),
  clusterRole('system:certificates.k8s.io:certificatesigningrequests:nodeclient', [
    'create certificates: certificatesigningrequests/nodeclient',
  ]),
  clusterRole('system:certificates.k8s.io:certificatesigningrequests:selfnodeclient', [
    'create certificates: certificatesigningrequests/selfnodeclient',
  ]),
  ...(['kube-apiserver-client', 'kube-apiserver-client-kubelet', 'kubelet-serving', 'legacy-unknown'] as const).map((signer) =>
    clusterRole(`system:certificates.k8s.io:${signer}-approver`, [`approve certificates: signers@kubernetes.io/${signer}`]),
  ),
  ...Object.keys(CONTROLLERS).map((name) =>
    clusterRole(`system:controller:${name}`, [...(CONTROLLERS[name] ?? []), ...(SILENT.has(name) ? [] : EVENTS)]),
  ),
  clusterBinding('cluster-admin', [group('system:masters')]),
  clusterBinding('system:monitoring', [group('system:monitoring')]),
  clusterBinding('system:discovery', [group('system:authenticated')]),
  clusterBinding('system:basic-user', [group('system:authenticated')]),
  clusterBinding('system:public-info-viewer', [group('system:authenticated'), group('system:unauthenticated')]),
  clusterBinding('system:node-proxier', [user('system:kube-proxy')]),
  clusterBinding('system:kube-controller-manager', [user('system:kube-controller-manager')]),
  clusterBinding('system:kube-dns', [account('kube-dns')]),
  clusterBinding('system:kube-scheduler', [user('system:kube-scheduler')]),
  clusterBinding('system:volume-scheduler', [user('system:kube-scheduler')]),
  clusterBinding('system:node', []),
  clusterBinding('system:service-account-issuer-discovery', [group('system:serviceaccounts')]),
  ...Object.keys(CONTROLLERS).map((name) => clusterBinding(`system:controller:${name}`, [account(name)])),
  role('kube-public', 'system:controller:bootstrap-signer', ['R -: configmaps', 'update -: configmaps@cluster-info', ...EVENTS]),
  role('kube-system', 'extension-apiserver-authentication-reader', ['R -: configmaps@extension-apiserver-authentication']),
  role('kube-system', 'system::leader-locking-kube-controller-manager', [
    'watch -: configmaps',
    'get,update -: configmaps@kube-controller-manager',
  ]),
  role('kube-system', 'system::leader-locking-kube-scheduler', ['watch -: configmaps', 'get,update -: configmaps@kube-scheduler']),
  role('kube-system', 'system:controller:bootstrap-signer', ['R -: secrets']),
  role('kube-system', 'system:controller:cloud-provider', ['create,get,list,watch -: configmaps']),
  role('kube-system', 'system:controller:token-cleaner', ['delete,get,list,watch -: secrets', ...EVENTS]),
  binding('kube-public', 'system:controller:bootstrap-signer', [account('bootstrap-signer')]),
  binding(
    'kube-system',
    'system::extension-apiserver-authentication-reader',
    [user('system:kube-controller-manager'), user('system:kube-scheduler')],
    'extension-apiserver-authentication-reader',
  ),
  binding('kube-system', 'system::leader-locking-kube-controller-manager', [
    user('system:kube-controller-manager'),
    account('kube-controller-manager'),
    account('leader-election-controller'),
  ]),
  binding('kube-system', 'system::leader-locking-kube-scheduler', [user('system:kube-scheduler'), account('kube-scheduler')]),
  binding('kube-system', 'system:controller:bootstrap-signer', [account('bootstrap-signer')]),
  binding('kube-system', 'system:controller:cloud-provider', [account('cloud-provider')]),
  binding('kube-system', 'system:controller:token-cleaner', [account('token-cleaner')]),
]
