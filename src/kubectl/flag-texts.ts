import type { Flag } from './flags.ts'

/** The flags of commands as their help lists them; those that a command does not define itself are known but not modelled. */
export const FLAG_TEXTS: Readonly<Record<string, readonly Flag[]>> = {
  'kubectl create': [
    {
      name: 'allow-missing-template-keys',
      type: 'bool',
      default: 'true',
      usage:
        'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    },
    {
      name: 'dry-run',
      type: 'string',
      default: "'none'",
      usage:
        'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
    },
    { name: 'edit', type: 'bool', default: 'false', usage: 'Edit the API resource before creating' },
    { name: 'field-manager', type: 'string', default: "'kubectl-create'", usage: 'Name of the manager used to track field ownership.' },
    {
      name: 'filename',
      short: 'f',
      type: 'stringArray',
      default: '[]',
      usage: 'Filename, directory, or URL to files to use to create the resource',
    },
    {
      name: 'kustomize',
      short: 'k',
      type: 'string',
      default: "''",
      usage: "Process the kustomization directory. This flag can't be used together with -f or -R.",
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: "''",
      usage:
        'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
    },
    {
      name: 'raw',
      type: 'string',
      default: "''",
      usage: 'Raw URI to POST to the server.  Uses the transport specified by the kubeconfig file.',
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
      name: 'save-config',
      type: 'bool',
      default: 'false',
      usage:
        'If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged. This flag is useful when you want to perform kubectl apply on this object in the future.',
    },
    {
      name: 'selector',
      short: 'l',
      type: 'string',
      default: "''",
      usage:
        "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
    },
    {
      name: 'show-managed-fields',
      type: 'bool',
      default: 'false',
      usage: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
    },
    {
      name: 'template',
      type: 'string',
      default: "''",
      usage:
        'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
    },
    {
      name: 'validate',
      type: 'string',
      default: "'strict'",
      usage:
        'Must be one of: strict (or true), warn, ignore (or false). "true" or "strict" will use a schema to validate the input and fail the request if invalid. It will perform server side validation if ServerSideFieldValidation is enabled on the api-server, but will fall back to less reliable client-side validation if not. "warn" will warn about unknown or duplicate fields without blocking the request if server-side field validation is enabled on the API server, and behave as "ignore" otherwise. "false" or "ignore" will not perform any schema validation, silently dropping any unknown or duplicate fields.',
    },
    {
      name: 'windows-line-endings',
      type: 'bool',
      default: 'false',
      usage: 'Only relevant if --edit=true. Defaults to the line ending native to your platform.',
    },
  ],
  'kubectl get': [
    {
      name: 'all-namespaces',
      short: 'A',
      type: 'bool',
      default: 'false',
      usage:
        'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.',
    },
    {
      name: 'allow-missing-template-keys',
      type: 'bool',
      default: 'true',
      usage:
        'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    },
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Return large lists in chunks rather than all at once. Pass 0 to disable.' },
    {
      name: 'field-selector',
      type: 'string',
      default: "''",
      usage:
        "Selector (field query) to filter on, supports '=', '==', and '!='.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type.",
    },
    {
      name: 'filename',
      short: 'f',
      type: 'stringArray',
      default: '[]',
      usage: 'Filename, directory, or URL to files identifying the resource to get from a server.',
    },
    {
      name: 'ignore-not-found',
      type: 'bool',
      default: 'false',
      usage:
        'If set to true, suppresses NotFound error for specific objects that do not exist. Using this flag with commands that query for collections of resources has no effect when no resources are found.',
    },
    {
      name: 'kustomize',
      short: 'k',
      type: 'string',
      default: "''",
      usage: "Process the kustomization directory. This flag can't be used together with -f or -R.",
    },
    {
      name: 'label-columns',
      short: 'L',
      type: 'stringArray',
      default: '[]',
      usage:
        'Accepts a comma separated list of labels that are going to be presented as columns. Names are case-sensitive. You can also use multiple flag options like -L label1 -L label2...',
    },
    {
      name: 'no-headers',
      type: 'bool',
      default: 'false',
      usage: "When using the default or custom-column output format, don't print headers (default print headers).",
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: "''",
      usage:
        'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file, custom-columns, custom-columns-file, wide). See custom columns [https://kubernetes.io/docs/reference/kubectl/#custom-columns], golang template [http://golang.org/pkg/text/template/#pkg-overview] and jsonpath template [https://kubernetes.io/docs/reference/kubectl/jsonpath/].',
    },
    {
      name: 'output-watch-events',
      type: 'bool',
      default: 'false',
      usage: 'Output watch event objects when --watch or --watch-only is used. Existing objects are output as initial ADDED events.',
    },
    {
      name: 'raw',
      type: 'string',
      default: "''",
      usage: 'Raw URI to request from the server.  Uses the transport specified by the kubeconfig file.',
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
      name: 'selector',
      short: 'l',
      type: 'string',
      default: "''",
      usage:
        "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
    },
    {
      name: 'server-print',
      type: 'bool',
      default: 'true',
      usage: 'If true, have the server return the appropriate table output. Supports extension APIs and CRDs.',
    },
    { name: 'show-kind', type: 'bool', default: 'false', usage: 'If present, list the resource type for the requested object(s).' },
    {
      name: 'show-labels',
      type: 'bool',
      default: 'false',
      usage: 'When printing, show all labels as the last column (default hide labels column)',
    },
    {
      name: 'show-managed-fields',
      type: 'bool',
      default: 'false',
      usage: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
    },
    {
      name: 'sort-by',
      type: 'string',
      default: "''",
      usage:
        "If non-empty, sort list types using this field specification.  The field specification is expressed as a JSONPath expression (e.g. '{.metadata.name}'). The field in the API resource specified by this JSONPath expression must be an integer or a string.",
    },
    { name: 'subresource', type: 'string', default: "''", usage: 'If specified, gets the subresource of the requested object.' },
    {
      name: 'template',
      type: 'string',
      default: "''",
      usage:
        'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
    },
    { name: 'watch', short: 'w', type: 'bool', default: 'false', usage: 'After listing/getting the requested object, watch for changes.' },
    {
      name: 'watch-only',
      type: 'bool',
      default: 'false',
      usage: 'Watch for changes to the requested object(s), without listing/getting first.',
    },
  ],
  'kubectl apply': [
    { name: 'all', type: 'bool', default: 'false', usage: 'Select all resources in the namespace of the specified resource types.' },
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
      name: 'dry-run',
      type: 'string',
      default: "'none'",
      usage:
        'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
    },
    {
      name: 'field-manager',
      type: 'string',
      default: "'kubectl-client-side-apply'",
      usage: 'Name of the manager used to track field ownership.',
    },
    { name: 'filename', short: 'f', type: 'stringArray', default: '[]', usage: 'The files that contain the configurations to apply.' },
    {
      name: 'force',
      type: 'bool',
      default: 'false',
      usage:
        'If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation.',
    },
    {
      name: 'force-conflicts',
      type: 'bool',
      default: 'false',
      usage: 'If true, server-side apply will force the changes against conflicts.',
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
      name: 'openapi-patch',
      type: 'bool',
      default: 'true',
      usage:
        'If true, use openapi to calculate diff when the openapi presents and the resource can be found in the openapi spec. Otherwise, fall back to use baked-in types.',
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: "''",
      usage:
        'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
    },
    {
      name: 'overwrite',
      type: 'bool',
      default: 'true',
      usage: 'Automatically resolve conflicts between the modified and live configuration by using values from the modified configuration',
    },
    {
      name: 'prune',
      type: 'bool',
      default: 'false',
      usage:
        'Automatically delete resource objects, that do not appear in the configs and are created by either apply or create --save-config. Should be used with either -l or --all.',
    },
    {
      name: 'prune-allowlist',
      type: 'stringArray',
      default: '[]',
      usage: 'Overwrite the default allowlist with <group/version/kind> for --prune',
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
      name: 'selector',
      short: 'l',
      type: 'string',
      default: "''",
      usage:
        "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
    },
    { name: 'server-side', type: 'bool', default: 'false', usage: 'If true, apply runs in the server instead of the client.' },
    {
      name: 'show-managed-fields',
      type: 'bool',
      default: 'false',
      usage: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
    },
    {
      name: 'subresource',
      type: 'string',
      default: "''",
      usage: 'If specified, apply will operate on the subresource of the requested object.  Only allowed when using --server-side.',
    },
    {
      name: 'template',
      type: 'string',
      default: "''",
      usage:
        'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
    },
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage: 'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
    },
    {
      name: 'validate',
      type: 'string',
      default: "'strict'",
      usage:
        'Must be one of: strict (or true), warn, ignore (or false). "true" or "strict" will use a schema to validate the input and fail the request if invalid. It will perform server side validation if ServerSideFieldValidation is enabled on the api-server, but will fall back to less reliable client-side validation if not. "warn" will warn about unknown or duplicate fields without blocking the request if server-side field validation is enabled on the API server, and behave as "ignore" otherwise. "false" or "ignore" will not perform any schema validation, silently dropping any unknown or duplicate fields.',
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
      name: 'attach',
      type: 'bool',
      default: 'false',
      usage:
        "If true, wait for the Pod to start running, and then attach to the Pod as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true. With '--restart=Never' the exit code of the container process is returned.",
    },
    {
      name: 'cascade',
      type: 'string',
      default: "'background'",
      usage:
        'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.',
    },
    {
      name: 'command',
      type: 'bool',
      default: 'false',
      usage:
        "If true and extra arguments are present, use them as the 'command' field in the container, rather than the 'args' field which is the default.",
    },
    { name: 'detach-keys', type: 'string', default: "'ctrl-p,ctrl-q'", usage: 'Override the key sequence for detaching a container.' },
    {
      name: 'dry-run',
      type: 'string',
      default: "'none'",
      usage:
        'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
    },
    { name: 'env', type: 'stringArray', default: '[]', usage: 'Environment variables to set in the container.' },
    {
      name: 'expose',
      type: 'bool',
      default: 'false',
      usage: 'If true, create a ClusterIP service associated with the pod.  Requires `--port`.',
    },
    { name: 'field-manager', type: 'string', default: "'kubectl-run'", usage: 'Name of the manager used to track field ownership.' },
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
    { name: 'image', type: 'string', default: "''", usage: 'The image for the container to run.' },
    {
      name: 'image-pull-policy',
      type: 'string',
      default: "''",
      usage:
        'The image pull policy for the container.  If left empty, this value will not be specified by the client and defaulted by the server.',
    },
    {
      name: 'kustomize',
      short: 'k',
      type: 'string',
      default: "''",
      usage: "Process a kustomization directory. This flag can't be used together with -f or -R.",
    },
    {
      name: 'labels',
      short: 'l',
      type: 'string',
      default: "''",
      usage: 'Comma separated labels to apply to the pod. Will override previous values.',
    },
    {
      name: 'leave-stdin-open',
      type: 'bool',
      default: 'false',
      usage:
        'If the pod is started in interactive mode or with stdin, leave stdin open after the first attach completes. By default, stdin will be closed after the first attach completes.',
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: "''",
      usage:
        'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
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
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: '1m0s',
      usage: 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
    },
    { name: 'port', type: 'string', default: "''", usage: 'The port that this container exposes.' },
    { name: 'privileged', type: 'bool', default: 'false', usage: 'If true, run the container in privileged mode.' },
    { name: 'quiet', short: 'q', type: 'bool', default: 'false', usage: 'If true, suppress prompt messages.' },
    {
      name: 'recursive',
      short: 'R',
      type: 'bool',
      default: 'false',
      usage:
        'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.',
    },
    {
      name: 'restart',
      type: 'string',
      default: "'Always'",
      usage: 'The restart policy for this Pod.  Legal values [Always, OnFailure, Never].',
    },
    {
      name: 'rm',
      type: 'bool',
      default: 'false',
      usage:
        "If true, delete the pod after it exits.  Only valid when attaching to the container, e.g. with '--attach' or with '-i/--stdin'.",
    },
    {
      name: 'save-config',
      type: 'bool',
      default: 'false',
      usage:
        'If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged. This flag is useful when you want to perform kubectl apply on this object in the future.',
    },
    {
      name: 'show-managed-fields',
      type: 'bool',
      default: 'false',
      usage: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
    },
    {
      name: 'stdin',
      short: 'i',
      type: 'bool',
      default: 'false',
      usage: 'Keep stdin open on the container in the pod, even if nothing is attached.',
    },
    {
      name: 'template',
      type: 'string',
      default: "''",
      usage:
        'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
    },
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage: 'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
    },
    { name: 'tty', short: 't', type: 'bool', default: 'false', usage: 'Allocate a TTY for the container in the pod.' },
    {
      name: 'wait',
      type: 'bool',
      default: 'false',
      usage: 'If true, wait for resources to be gone before returning. This waits for finalizers.',
    },
  ],
  'kubectl delete': [
    { name: 'all', type: 'bool', default: 'false', usage: 'Delete all resources, in the namespace of the specified resource types.' },
    {
      name: 'all-namespaces',
      short: 'A',
      type: 'bool',
      default: 'false',
      usage:
        'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.',
    },
    {
      name: 'cascade',
      type: 'string',
      default: "'background'",
      usage:
        'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.',
    },
    {
      name: 'dry-run',
      type: 'string',
      default: "'none'",
      usage:
        'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
    },
    {
      name: 'field-selector',
      type: 'string',
      default: "''",
      usage:
        "Selector (field query) to filter on, supports '=', '==', and '!='.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type.",
    },
    { name: 'filename', short: 'f', type: 'stringArray', default: '[]', usage: 'containing the resource to delete.' },
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
      name: 'ignore-not-found',
      type: 'bool',
      default: 'false',
      usage: 'Treat "resource not found" as a successful delete. Defaults to "true" when --all is specified.',
    },
    { name: 'interactive', short: 'i', type: 'bool', default: 'false', usage: 'If true, delete resource only when user confirms.' },
    {
      name: 'kustomize',
      short: 'k',
      type: 'string',
      default: "''",
      usage: "Process a kustomization directory. This flag can't be used together with -f or -R.",
    },
    {
      name: 'now',
      type: 'bool',
      default: 'false',
      usage: 'If true, resources are signaled for immediate shutdown (same as --grace-period=1).',
    },
    { name: 'output', short: 'o', type: 'string', default: "''", usage: 'Output mode. Use "-o name" for shorter output (resource/name).' },
    {
      name: 'raw',
      type: 'string',
      default: "''",
      usage: 'Raw URI to DELETE to the server.  Uses the transport specified by the kubeconfig file.',
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
      name: 'selector',
      short: 'l',
      type: 'string',
      default: "''",
      usage:
        "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
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
      default: 'true',
      usage: 'If true, wait for resources to be gone before returning. This waits for finalizers.',
    },
  ],
  'kubectl create deployment': [
    {
      name: 'allow-missing-template-keys',
      type: 'bool',
      default: 'true',
      usage:
        'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    },
    {
      name: 'dry-run',
      type: 'string',
      default: "'none'",
      usage:
        'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
    },
    { name: 'field-manager', type: 'string', default: "'kubectl-create'", usage: 'Name of the manager used to track field ownership.' },
    {
      name: 'image',
      type: 'stringArray',
      default: '[]',
      usage: 'Image names to run. A deployment can have multiple images set for multi-container pod.',
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: "''",
      usage:
        'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
    },
    { name: 'port', type: 'int', default: '-1', usage: 'The containerPort that this deployment exposes.' },
    { name: 'replicas', short: 'r', type: 'int', default: '1', usage: 'Number of replicas to create. Default is 1.' },
    {
      name: 'save-config',
      type: 'bool',
      default: 'false',
      usage:
        'If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged. This flag is useful when you want to perform kubectl apply on this object in the future.',
    },
    {
      name: 'show-managed-fields',
      type: 'bool',
      default: 'false',
      usage: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
    },
    {
      name: 'template',
      type: 'string',
      default: "''",
      usage:
        'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
    },
    {
      name: 'validate',
      type: 'string',
      default: "'strict'",
      usage:
        'Must be one of: strict (or true), warn, ignore (or false). "true" or "strict" will use a schema to validate the input and fail the request if invalid. It will perform server side validation if ServerSideFieldValidation is enabled on the api-server, but will fall back to less reliable client-side validation if not. "warn" will warn about unknown or duplicate fields without blocking the request if server-side field validation is enabled on the API server, and behave as "ignore" otherwise. "false" or "ignore" will not perform any schema validation, silently dropping any unknown or duplicate fields.',
    },
  ],
  'kubectl set image': [
    { name: 'all', type: 'bool', default: 'false', usage: 'Select all resources, in the namespace of the specified resource types' },
    {
      name: 'allow-missing-template-keys',
      type: 'bool',
      default: 'true',
      usage:
        'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    },
    {
      name: 'dry-run',
      type: 'string',
      default: "'none'",
      usage:
        'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
    },
    { name: 'field-manager', type: 'string', default: "'kubectl-set'", usage: 'Name of the manager used to track field ownership.' },
    {
      name: 'filename',
      short: 'f',
      type: 'stringArray',
      default: '[]',
      usage: 'Filename, directory, or URL to files identifying the resource to get from a server.',
    },
    {
      name: 'kustomize',
      short: 'k',
      type: 'string',
      default: "''",
      usage: "Process the kustomization directory. This flag can't be used together with -f or -R.",
    },
    { name: 'local', type: 'bool', default: 'false', usage: 'If true, set image will NOT contact api-server but run locally.' },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: "''",
      usage:
        'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
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
      name: 'selector',
      short: 'l',
      type: 'string',
      default: "''",
      usage:
        "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
    },
    {
      name: 'show-managed-fields',
      type: 'bool',
      default: 'false',
      usage: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
    },
    {
      name: 'template',
      type: 'string',
      default: "''",
      usage:
        'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
    },
  ],
  'kubectl scale': [
    { name: 'all', type: 'bool', default: 'false', usage: 'Select all resources in the namespace of the specified resource types' },
    {
      name: 'allow-missing-template-keys',
      type: 'bool',
      default: 'true',
      usage:
        'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    },
    {
      name: 'current-replicas',
      type: 'int',
      default: '-1',
      usage:
        'Precondition for current size. Requires that the current size of the resource match this value in order to scale. -1 (default) for no condition.',
    },
    {
      name: 'dry-run',
      type: 'string',
      default: "'none'",
      usage:
        'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
    },
    {
      name: 'filename',
      short: 'f',
      type: 'stringArray',
      default: '[]',
      usage: 'Filename, directory, or URL to files identifying the resource to set a new size',
    },
    {
      name: 'kustomize',
      short: 'k',
      type: 'string',
      default: "''",
      usage: "Process the kustomization directory. This flag can't be used together with -f or -R.",
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: "''",
      usage:
        'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
    },
    {
      name: 'recursive',
      short: 'R',
      type: 'bool',
      default: 'false',
      usage:
        'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.',
    },
    { name: 'replicas', type: 'int', default: '0', usage: 'The new desired number of replicas. Required.' },
    {
      name: 'resource-version',
      type: 'string',
      default: "''",
      usage: 'Precondition for resource version. Requires that the current resource version match this value in order to scale.',
    },
    {
      name: 'selector',
      short: 'l',
      type: 'string',
      default: "''",
      usage:
        "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
    },
    {
      name: 'show-managed-fields',
      type: 'bool',
      default: 'false',
      usage: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
    },
    {
      name: 'template',
      type: 'string',
      default: "''",
      usage:
        'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
    },
    {
      name: 'timeout',
      type: 'duration',
      default: '0s',
      usage:
        "The length of time to wait before giving up on a scale operation, zero means don't wait. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).",
    },
  ],
  'kubectl describe': [
    {
      name: 'all-namespaces',
      short: 'A',
      type: 'bool',
      default: 'false',
      usage:
        'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.',
    },
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Return large lists in chunks rather than all at once. Pass 0 to disable.' },
    {
      name: 'filename',
      short: 'f',
      type: 'stringArray',
      default: '[]',
      usage: 'Filename, directory, or URL to files containing the resource to describe',
    },
    {
      name: 'kustomize',
      short: 'k',
      type: 'string',
      default: "''",
      usage: "Process the kustomization directory. This flag can't be used together with -f or -R.",
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
      name: 'selector',
      short: 'l',
      type: 'string',
      default: "''",
      usage:
        "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
    },
    {
      name: 'show-events',
      type: 'bool',
      default: 'true',
      usage:
        'If true, display events related to the described object. Defaults to true for a single object, false for multiple objects and prefix matching.',
    },
  ],
  'kubectl logs': [
    { name: 'all-containers', type: 'bool', default: 'false', usage: "Get all containers' logs in the pod(s)." },
    { name: 'all-pods', type: 'bool', default: 'false', usage: 'Get logs from all pod(s). Sets prefix to true.' },
    { name: 'container', short: 'c', type: 'string', default: "''", usage: 'Print the logs of this container' },
    { name: 'follow', short: 'f', type: 'bool', default: 'false', usage: 'Specify if the logs should be streamed.' },
    {
      name: 'ignore-errors',
      type: 'bool',
      default: 'false',
      usage: 'If watching / following pod logs, allow for any errors that occur to be non-fatal',
    },
    {
      name: 'insecure-skip-tls-verify-backend',
      type: 'bool',
      default: 'false',
      usage:
        'Skip verifying the identity of the kubelet that logs are requested from.  In theory, an attacker could provide invalid log content back. You might want to use this if your kubelet serving certificates have expired.',
    },
    { name: 'limit-bytes', type: 'int', default: '0', usage: 'Maximum bytes of logs to return. Defaults to no limit.' },
    {
      name: 'max-log-requests',
      type: 'int',
      default: '5',
      usage: 'Specify maximum number of concurrent logs to follow when using by a selector. Defaults to 5.',
    },
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: '20s',
      usage: 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
    },
    { name: 'prefix', type: 'bool', default: 'false', usage: 'Prefix each log line with the log source (pod name and container name)' },
    {
      name: 'previous',
      short: 'p',
      type: 'bool',
      default: 'false',
      usage: 'If true, print the logs for the previous instance of the container in a pod if it exists.',
    },
    {
      name: 'selector',
      short: 'l',
      type: 'string',
      default: "''",
      usage:
        "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
    },
    {
      name: 'since',
      type: 'duration',
      default: '0s',
      usage:
        'Only return logs newer than a relative duration like 5s, 2m, or 3h. Defaults to all logs. Only one of since-time / since may be used.',
    },
    {
      name: 'since-time',
      type: 'string',
      default: "''",
      usage: 'Only return logs after a specific date (RFC3339). Defaults to all logs. Only one of since-time / since may be used.',
    },
    {
      name: 'tail',
      type: 'int',
      default: '-1',
      usage:
        'Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided.',
    },
    { name: 'timestamps', type: 'bool', default: 'false', usage: 'Include timestamps on each line in the log output' },
  ],
  'kubectl wait': [
    { name: 'all', type: 'bool', default: 'false', usage: 'Select all resources in the namespace of the specified resource types' },
    {
      name: 'all-namespaces',
      short: 'A',
      type: 'bool',
      default: 'false',
      usage:
        'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.',
    },
    {
      name: 'allow-missing-template-keys',
      type: 'bool',
      default: 'true',
      usage:
        'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    },
    {
      name: 'field-selector',
      type: 'string',
      default: "''",
      usage:
        "Selector (field query) to filter on, supports '=', '==', and '!='.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type.",
    },
    { name: 'filename', short: 'f', type: 'stringArray', default: '[]', usage: 'identifying the resource.' },
    {
      name: 'for',
      type: 'stringArray',
      default: '[]',
      usage:
        "The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath='{JSONPath expression}'=[JSONPath value]]. The default condition-value is true. Condition values are compared after Unicode simple case folding, which is a more general form of case-insensitivity. Multiple conditions are supported and AND'ed to each other in a sequential order. If --for=create is passed, it is always waited first.",
    },
    { name: 'local', type: 'bool', default: 'false', usage: 'If true, annotation will NOT contact api-server but run locally.' },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: "''",
      usage:
        'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
    },
    {
      name: 'recursive',
      short: 'R',
      type: 'bool',
      default: 'true',
      usage:
        'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.',
    },
    {
      name: 'selector',
      short: 'l',
      type: 'string',
      default: "''",
      usage: "Selector (label query) to filter on, supports '=', '==', and '!='.(e.g. -l key1=value1,key2=value2)",
    },
    {
      name: 'show-managed-fields',
      type: 'bool',
      default: 'false',
      usage: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
    },
    {
      name: 'template',
      type: 'string',
      default: "''",
      usage:
        'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
    },
    {
      name: 'timeout',
      type: 'duration',
      default: '30s',
      usage: "The length of time to wait before giving up. Zero means check once and don't wait, negative means wait for a week.",
    },
  ],
  'kubectl label': [
    { name: 'all', type: 'bool', default: 'false', usage: 'Select all resources, in the namespace of the specified resource types' },
    { name: 'all-namespaces', short: 'A', type: 'bool', default: 'false', usage: 'If true, check the specified action in all namespaces.' },
    {
      name: 'allow-missing-template-keys',
      type: 'bool',
      default: 'true',
      usage:
        'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
    },
    {
      name: 'dry-run',
      type: 'string',
      default: "'none'",
      usage:
        'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
    },
    { name: 'field-manager', type: 'string', default: "'kubectl-label'", usage: 'Name of the manager used to track field ownership.' },
    {
      name: 'field-selector',
      type: 'string',
      default: "''",
      usage:
        "Selector (field query) to filter on, supports '=', '==', and '!='.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type.",
    },
    {
      name: 'filename',
      short: 'f',
      type: 'stringArray',
      default: '[]',
      usage: 'Filename, directory, or URL to files identifying the resource to update the labels',
    },
    {
      name: 'kustomize',
      short: 'k',
      type: 'string',
      default: "''",
      usage: "Process the kustomization directory. This flag can't be used together with -f or -R.",
    },
    { name: 'list', type: 'bool', default: 'false', usage: 'If true, display the labels for a given resource.' },
    { name: 'local', type: 'bool', default: 'false', usage: 'If true, label will NOT contact api-server but run locally.' },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: "''",
      usage:
        'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
    },
    {
      name: 'overwrite',
      type: 'bool',
      default: 'false',
      usage: 'If true, allow labels to be overwritten, otherwise reject label updates that overwrite existing labels.',
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
      name: 'resource-version',
      type: 'string',
      default: "''",
      usage:
        'If non-empty, the labels update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.',
    },
    {
      name: 'selector',
      short: 'l',
      type: 'string',
      default: "''",
      usage:
        "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
    },
    {
      name: 'show-managed-fields',
      type: 'bool',
      default: 'false',
      usage: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
    },
    {
      name: 'template',
      type: 'string',
      default: "''",
      usage:
        'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
    },
  ],
  'kubectl explain': [
    {
      name: 'api-version',
      type: 'string',
      default: "''",
      usage: 'Get different explanations for particular API version (API group/version)',
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: "'plaintext'",
      usage: 'Format in which to render the schema (plaintext, plaintext-openapiv2)',
    },
    { name: 'recursive', short: 'R', type: 'bool', default: 'false', usage: 'Print the fields of fields (Currently only 1 level deep)' },
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
      name: 'cluster-ip',
      type: 'string',
      default: "''",
      usage: "ClusterIP to be assigned to the service. Leave empty to auto-allocate, or set to 'None' to create a headless service.",
    },
    {
      name: 'dry-run',
      type: 'string',
      default: "'none'",
      usage:
        'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
    },
    {
      name: 'external-ip',
      type: 'string',
      default: "''",
      usage:
        'Additional external IP address (not managed by Kubernetes) to accept for the service. If this IP is routed to a node, the service can be accessed by this IP in addition to its generated service IP.',
    },
    { name: 'field-manager', type: 'string', default: "'kubectl-expose'", usage: 'Name of the manager used to track field ownership.' },
    {
      name: 'filename',
      short: 'f',
      type: 'stringArray',
      default: '[]',
      usage: 'Filename, directory, or URL to files identifying the resource to expose a service',
    },
    {
      name: 'kustomize',
      short: 'k',
      type: 'string',
      default: "''",
      usage: "Process the kustomization directory. This flag can't be used together with -f or -R.",
    },
    { name: 'labels', short: 'l', type: 'string', default: "''", usage: 'Labels to apply to the service created by this call.' },
    {
      name: 'load-balancer-ip',
      type: 'string',
      default: "''",
      usage: 'IP to assign to the LoadBalancer. If empty, an ephemeral IP will be created and used (cloud-provider specific).',
    },
    { name: 'name', type: 'string', default: "''", usage: 'The name for the newly created object.' },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: "''",
      usage:
        'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
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
    {
      name: 'port',
      type: 'string',
      default: "''",
      usage: 'The port that the service should serve on. Copied from the resource being exposed, if unspecified',
    },
    { name: 'protocol', type: 'string', default: "''", usage: "The network protocol for the service to be created. Default is 'TCP'." },
    {
      name: 'recursive',
      short: 'R',
      type: 'bool',
      default: 'false',
      usage:
        'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.',
    },
    {
      name: 'save-config',
      type: 'bool',
      default: 'false',
      usage:
        'If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged. This flag is useful when you want to perform kubectl apply on this object in the future.',
    },
    {
      name: 'selector',
      type: 'string',
      default: "''",
      usage:
        'A label selector to use for this service. Only equality-based selector requirements are supported. If empty (the default) infer the selector from the resource being exposed.',
    },
    {
      name: 'session-affinity',
      type: 'string',
      default: "''",
      usage: "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'",
    },
    {
      name: 'show-managed-fields',
      type: 'bool',
      default: 'false',
      usage: 'If true, keep the managedFields when printing objects in JSON or YAML format.',
    },
    {
      name: 'target-port',
      type: 'string',
      default: "''",
      usage: 'Name or number for the port on the container that the service should direct traffic to. Optional.',
    },
    {
      name: 'template',
      type: 'string',
      default: "''",
      usage:
        'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
    },
    {
      name: 'type',
      type: 'string',
      default: "''",
      usage: "Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'.",
    },
  ],
}
