import type { Flag } from './flags.ts'

/** Flags of commands that their help lists, and that are refused as not modelled. */
export const UNMODELLED_FLAGS: Readonly<Record<string, readonly Flag[]>> = {
  'kubectl apply': [
    {
      name: 'allow-missing-template-keys',
      type: 'bool',
      default: 'true',
      usage:
        'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    },
    {
      name: 'cascade',
      type: 'string',
      default: "'background'",
      usage:
        'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.',
    },
    {
      name: 'grace-period',
      type: 'int',
      default: '-1',
      usage:
        'Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion).',
    },
    {
      name: 'openapi-patch',
      type: 'bool',
      default: 'true',
      usage:
        'If true, use openapi to calculate diff when the openapi presents and the resource can be found in the openapi spec. Otherwise, fall back to use baked-in types.',
    },
    {
      name: 'overwrite',
      type: 'bool',
      default: 'true',
      usage: 'Automatically resolve conflicts between the modified and live configuration by using values from the modified configuration',
    },
    {
      name: 'subresource',
      type: 'string',
      default: "''",
      usage: 'If specified, apply will operate on the subresource of the requested object.  Only allowed when using --server-side.',
    },
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage: 'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
    },
    {
      name: 'wait',
      type: 'bool',
      default: 'false',
      usage: 'If true, wait for resources to be gone before returning. This waits for finalizers.',
    },
  ],
  'kubectl run': [
    {
      name: 'allow-missing-template-keys',
      type: 'bool',
      default: 'true',
      usage:
        'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    },
    { name: 'annotations', type: 'stringArray', default: '[]', usage: 'Annotations to apply to the pod.' },
    {
      name: 'cascade',
      type: 'string',
      default: "'background'",
      usage:
        'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.',
    },
    { name: 'detach-keys', type: 'string', default: "'ctrl-p,ctrl-q'", usage: 'Override the key sequence for detaching a container.' },
    { name: 'filename', short: 'f', type: 'stringArray', default: '[]', usage: 'to use to replace the resource.' },
    {
      name: 'force',
      type: 'bool',
      default: 'false',
      usage:
        'If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation.',
    },
    {
      name: 'grace-period',
      type: 'int',
      default: '-1',
      usage:
        'Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion).',
    },
    {
      name: 'kustomize',
      short: 'k',
      type: 'string',
      default: "''",
      usage: "Process a kustomization directory. This flag can't be used together with -f or -R.",
    },
    {
      name: 'leave-stdin-open',
      type: 'bool',
      default: 'false',
      usage:
        'If the pod is started in interactive mode or with stdin, leave stdin open after the first attach completes. By default, stdin will be closed after the first attach completes.',
    },
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: '1m0s',
      usage: 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
    },
    {
      name: 'recursive',
      short: 'R',
      type: 'bool',
      default: 'false',
      usage:
        'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.',
    },
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage: 'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
    },
    {
      name: 'wait',
      type: 'bool',
      default: 'false',
      usage: 'If true, wait for resources to be gone before returning. This waits for finalizers.',
    },
  ],
  'kubectl delete': [
    { name: 'interactive', short: 'i', type: 'bool', default: 'false', usage: 'If true, delete resource only when user confirms.' },
    {
      name: 'raw',
      type: 'string',
      default: "''",
      usage: 'Raw URI to DELETE to the server.  Uses the transport specified by the kubeconfig file.',
    },
  ],
  'kubectl scale': [
    {
      name: 'allow-missing-template-keys',
      type: 'bool',
      default: 'true',
      usage:
        'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    },
  ],
  'kubectl logs': [
    {
      name: 'insecure-skip-tls-verify-backend',
      type: 'bool',
      default: 'false',
      usage:
        'Skip verifying the identity of the kubelet that logs are requested from.  In theory, an attacker could provide invalid log content back. You might want to use this if your kubelet serving certificates have expired.',
    },
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: '20s',
      usage: 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
    },
  ],
  'kubectl expose': [
    {
      name: 'allow-missing-template-keys',
      type: 'bool',
      default: 'true',
      usage:
        'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    },
    {
      name: 'external-ip',
      type: 'string',
      default: "''",
      usage:
        'Additional external IP address (not managed by Kubernetes) to accept for the service. If this IP is routed to a node, the service can be accessed by this IP in addition to its generated service IP.',
    },
    {
      name: 'load-balancer-ip',
      type: 'string',
      default: "''",
      usage: 'IP to assign to the LoadBalancer. If empty, an ephemeral IP will be created and used (cloud-provider specific).',
    },
    {
      name: 'override-type',
      type: 'string',
      default: "'merge'",
      usage: 'The method used to override the generated object: json, merge, or strategic.',
    },
    {
      name: 'overrides',
      type: 'string',
      default: "''",
      usage:
        'An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object. Requires that the object supply a valid apiVersion field.',
    },
  ],
}
