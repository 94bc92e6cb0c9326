import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { directTransport } from '#http/direct.ts'
import { bodyBytes, bodyJson, Headers, JsonBody } from '#http/message.ts'
import { type Obj, objs, str } from '#kubernetes/api/json.ts'
import { Simulation } from '#sim/simulation.ts'
import { ApiServer } from '../server.ts'

const ADMIN = { name: 'admin', groups: ['system:masters'] }

/** What a new server answers to the creation, or change, of objects. */
function cluster() {
  const sim = new Simulation({ seed: 1, start: 1_795_392_000_000_000 })
  const server = new ApiServer({ sim, authentication: { tokens: new Map([['admin', ADMIN]]) } })
  const transport = directTransport(sim, (r) => server.handle(r), { address: '127.0.0.1', port: 1, tls: true })
  const send = (
    method: string,
    target: string,
    body: unknown,
  ): { readonly errors: string[]; readonly warnings: string[]; readonly json: Obj } => {
    const task = sim.spawn(
      'call',
      (function* () {
        const headers = new Headers([['authorization', 'Bearer admin']])
        const response = yield* transport.roundTrip({ method, target, headers, body: new JsonBody(body) })
        const json = bodyJson(yield* bodyBytes(response.body)) as Obj
        const warnings = [...response.headers]
          .filter(([name]) => name.toLowerCase() === 'warning')
          .map(([, w]) =>
            w
              .replace(/^299 - "/, '')
              .replace(/"$/, '')
              .replaceAll('\\"', '"'),
          )
        const causes = objs(json, 'details', 'causes').map((c) => `${str(c, 'field')}: ${str(c, 'message')}`)
        return { errors: response.status < 300 ? [] : causes.length > 0 ? causes : [str(json, 'message')], warnings, json }
      })(),
    )
    sim.run({ until: sim.now + 10_000 })
    if (task.result === undefined) throw task.error ?? new Error('no answer')
    return task.result
  }
  send('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
  const pathOf = (o: Obj): string => {
    const version = str(o, 'apiVersion')
    const found = server.kinds.byKind(version.includes('/') ? (version.split('/')[0] ?? '') : '', str(o, 'kind'))
    if (found === undefined) throw new Error(`no kind ${str(o, 'kind')}`)
    const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`
    return `${root}${found.kind.namespaced ? '/namespaces/default' : ''}/${found.kind.plural}`
  }
  return {
    create: (text: string) => {
      const o = parse(text) as Obj
      return send('POST', pathOf(o), o)
    },
    replace: (text: string) => {
      const o = parse(text) as Obj
      return send('PUT', `${pathOf(o)}/${str(o, 'metadata', 'name')}`, o)
    },
  }
}

const pod = (spec: string): string => `{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {${spec}}}`
/** A pod with one container that says more. */
const container = (more: string, spec = ''): string => pod(`containers: [{name: c, image: i, ${more}}]${spec}`)
const service = (spec: string): string => `{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {${spec}}}`
const job = (spec: string): string =>
  `{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {${spec}, template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}`
const ingress = (spec: string): string => `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {${spec}}}`
const hpa = (spec: string): string =>
  `{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {scaleTargetRef: {kind: Deployment, name: d}, maxReplicas: 3, ${spec}}}`

const CREATED: readonly (readonly [string, readonly string[]])[] = [
  [
    container('ports: [{containerPort: 80, hostPort: 80}, {containerPort: 81, hostPort: 80}]'),
    ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"'],
  ],
  [
    container('lifecycle: {preStop: {sleep: {seconds: 60}}}'),
    [
      'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 60: must be non-negative and less than terminationGracePeriodSeconds (30)',
    ],
  ],
  [
    container('envFrom: [{prefix: A}], env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1Mi}}}]'),
    [
      'spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
      'spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
    ],
  ],
  [
    container('volumeMounts: [{name: v, mountPath: /a, subPath: ../b}]', ', volumes: [{name: v, emptyDir: {}}]'),
    ['spec.containers[0].volumeMounts.subPath: Invalid value: "../b": must not contain \'..\''],
  ],
  [
    container('volumeMounts: [{name: v, mountPath: /a}]', ', volumes: [{name: v, nfs: {server: s, path: data}}]'),
    [
      'spec.volumes[0].nfs.path: Invalid value: "data": must be an absolute path',
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
  ],
  [
    container('securityContext: {seccompProfile: {type: RuntimeDefault, localhostProfile: x}, procMount: Unmasked}'),
    [
      'spec.containers[0].securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`',
      'spec.containers[0].securityContext.seccompProfile.localhostProfile: Invalid value: {"Type":"RuntimeDefault","LocalhostProfile":"x"}: can only be set when seccomp type is Localhost',
    ],
  ],
  [
    container('resources: {requests: {hugepages-2Mi: 3Mi}}'),
    [
      'spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources',
      'spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      'spec.containers[0].resources: Forbidden: HugePages require cpu or memory',
    ],
  ],
  [
    container(
      '',
      ', dnsPolicy: None, hostAliases: [{ip: 300.1.1.1, hostnames: [A]}], topologySpreadConstraints: [{maxSkew: 0, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, minDomains: 2}]',
    ),
    [
      'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
      'spec.hostAliases[0].ip: Invalid value: "300.1.1.1": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      "spec.hostAliases[0].hostnames[0]: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  [
    pod('containers: [{name: c, image: i}], initContainers: [{name: c, image: i, livenessProbe: {exec: {command: [a]}}}]'),
    [
      'spec.initContainers[0].name: Duplicate value: "c"',
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
  [
    service('type: LoadBalancer, externalTrafficPolicy: Near, loadBalancerSourceRanges: [10.0.0.1/8], ports: [{port: 80}]'),
    [
      'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
      'spec.externalTrafficPolicy: Unsupported value: "Near": supported values: "Cluster", "Local"',
    ],
  ],
  [
    service('externalIPs: [127.0.0.1], ports: [{port: 80, nodePort: 30000}], loadBalancerClass: a'),
    [
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
  ],
  [
    job('podFailurePolicy: {rules: [{action: FailJob}]}, successPolicy: {rules: []}'),
    [
      'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
      'spec.successPolicy: Invalid value: {"Rules":[]}: requires indexed completion mode',
    ],
  ],
  [
    job('completionMode: Indexed, completions: 4, successPolicy: {rules: [{succeededIndexes: "0-1,7", succeededCount: 5}]}'),
    [
      'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0-1,7": error parsing succeededIndexes: too large index: "7"',
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 5: must be less than or equal to 4 (the number of specified completions)',
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 5: must be less than or equal to 0 (the number of indexes in the specified succeededIndexes field)',
    ],
  ],
  [ingress('ingressClassName: a'), ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified']],
  [
    ingress('rules: [{host: 1.2.3.4, http: {paths: [{path: a, pathType: Prefix, backend: {service: {name: s}}}]}}]'),
    [
      'spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
      'spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path',
      'spec.rules[0].http.paths[0].backend: Required value: port name or number is required',
    ],
  ],
  [
    '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: n}, spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}, {}], ports: [{protocol: HTTP, port: 90, endPort: 80}]}]}}',
    [
      'spec.ingress[0].ports[0].protocol: Unsupported value: "HTTP": supported values: "TCP", "UDP", "SCTP"',
      'spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`',
      'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
      'spec.ingress[0].from[1]: Required value: must specify a peer',
    ],
  ],
  [
    hpa('metrics: [{type: Resource}], behavior: {scaleUp: {policies: [{type: Some, value: 0, periodSeconds: 2000}]}}'),
    [
      'spec.metrics[0].resource: Required value: must populate information for the given metric source',
      'spec.behavior.scaleUp.policies[0].type: Unsupported value: "Some": supported values: "Percent", "Pods"',
      'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 2000: must be less than or equal to 1800',
    ],
  ],
  [
    '{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b}, spec: {minAvailable: 1, maxUnavailable: 120%}}',
    [
      'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":"120%","UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      'spec.maxUnavailable: Invalid value: "120%": must not be greater than 100%',
    ],
  ],
  [
    '{apiVersion: v1, kind: PersistentVolume, metadata: {name: v}, spec: {accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}, local: {path: /a}}}',
    ['spec.nodeAffinity: Required value: Local volume requires node affinity'],
  ],
  [
    '{apiVersion: v1, kind: LimitRange, metadata: {name: l}, spec: {limits: [{type: Container, min: {cpu: 2}, max: {cpu: 1}}, {type: Pod, default: {cpu: 1}}]}}',
    [
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
      'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
      "spec.limits[1].default: Forbidden: may not be specified when `type` is 'Pod'",
    ],
  ],
  [
    '{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {gpu: 1, pods: 1.5}, scopes: [BestEffort, NotBestEffort]}}',
    [
      'spec.hard[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
      'spec.hard[gpu]: Invalid value: "gpu": must be a standard resource for quota',
      'spec.hard[pods]: Invalid value: "1500m": must be an integer',
      'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
    ],
  ],
  [
    '{apiVersion: v1, kind: Namespace, metadata: {name: n, finalizers: [mine]}}',
    ['metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified'],
  ],
  [
    '{apiVersion: v1, kind: Node, metadata: {name: n}, spec: {taints: [{key: a, effect: Never}], podCIDRs: [10.0.0.0/40]}}',
    [
      'metadata.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'spec.podCIDRs[0]: Invalid value: "10.0.0.0/40": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ],
  [
    '{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: c}, spec: {controller: nginx}}',
    ['spec.controller: Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")'],
  ],
  [
    '{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: system-mine}, value: 1}',
    [
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
    ],
  ],
  [
    '{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: w}, webhooks: [{name: a, clientConfig: {}, rules: [{operations: ["*", CREATE]}]}]}',
    [
      'webhooks[0].name: Invalid value: "a": should be a domain with at least three segments separated by dots',
      'webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify other operations',
      'webhooks[0].rules[0].apiGroups: Required value',
      'webhooks[0].rules[0].apiVersions: Required value',
      'webhooks[0].rules[0].resources: Required value',
      'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
      'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
      'webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1',
    ],
  ],
  [
    '{apiVersion: authorization.k8s.io/v1, kind: SubjectAccessReview, spec: {}}',
    [
      'spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ],
  ],
]

const WARNED: readonly (readonly [string, readonly string[]])[] = [
  [
    container('ports: [{containerPort: 80}, {containerPort: 80, hostPort: 80}], resources: {limits: {memory: 100m}}'),
    [
      'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
      'spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]',
    ],
  ],
  [
    container('', ', nodeSelector: {failure-domain.beta.kubernetes.io/zone: a}, imagePullSecrets: [{name: a}, {name: a}]'),
    [
      'spec.nodeSelector[failure-domain.beta.kubernetes.io/zone]: deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
      'spec.imagePullSecrets[1].name: duplicate name "a"',
    ],
  ],
  [
    '{apiVersion: v1, kind: Pod, metadata: {name: a.b}, spec: {containers: [{name: c, image: i}]}}',
    [
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ],
  ],
  [
    service('ports: [{port: 80}], trafficDistribution: PreferClose, externalName: a'),
    [
      'spec.externalName is ignored when spec.type is not "ExternalName"',
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ],
  ],
]

describe('validation', () => {
  it.each(CREATED)('refuses %s', (manifest, errors) => expect(cluster().create(manifest).errors).toEqual(errors))

  it.each(WARNED)('warns of %s', (manifest, warnings) => {
    const answer = cluster().create(manifest)
    expect(answer.errors).toEqual([])
    expect(answer.warnings).toEqual(warnings)
  })

  const CHANGED: readonly (readonly [string, string, readonly string[]])[] = [
    [
      service('ports: [{port: 80}], clusterIP: 10.96.0.50'),
      service('ports: [{port: 80}], clusterIP: 10.96.0.51'),
      ['spec.clusterIPs[0]: Invalid value: ["10.96.0.51"]: may not change once set'],
    ],
    [
      container('', ', automountServiceAccountToken: false, serviceAccountName: default'),
      container('', ', automountServiceAccountToken: false, serviceAccountName: default, nodeName: n, shareProcessNamespace: true'),
      [
        'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n@@ -42,12 +42,12 @@\n  "NodeSelector": null,\n  "ServiceAccountName": "default",\n  "AutomountServiceAccountToken": false,\n- "NodeName": "",\n+ "NodeName": "n",\n  "SecurityContext": {\n   "HostNetwork": false,\n   "HostPID": false,\n   "HostIPC": false,\n-  "ShareProcessNamespace": null,\n+  "ShareProcessNamespace": true,\n   "HostUsers": null,\n   "SELinuxOptions": null,\n   "WindowsOptions": null,\n',
      ],
    ],
    [
      '{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}}',
      '{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: b}}',
      ['roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: cannot change roleRef'],
    ],
    [
      '{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: s}, provisioner: a.b}',
      '{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: s}, provisioner: a.c, volumeBindingMode: WaitForFirstConsumer}',
      [
        'provisioner: Forbidden: updates to provisioner are forbidden.',
        'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
      ],
    ],
  ]
  it.each(CHANGED)('refuses to make of %s %s', (before, after, errors) => {
    const { create, replace } = cluster()
    expect(create(before).errors).toEqual([])
    expect(replace(after).errors).toEqual(errors)
  })
})
