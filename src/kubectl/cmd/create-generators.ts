import type { Sim } from '#sim/wait.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, ServerError, UsageError } from '../errors.ts'
import type { Flag } from '../flags.ts'
import type { Kubectl } from '../kubectl.ts'
import type { KubeObject } from '../rest.ts'
import { SHARED } from '../global-flags.ts'
import { createObject } from './create-object.ts'

const COMMON: readonly Flag[] = [
  { name: 'allow-missing-template-keys', type: 'bool', default: 'true', usage: 'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.' },
  SHARED.dryRun,
  SHARED.fieldManager('kubectl-create'),
  SHARED.output,
  SHARED.saveConfig,
  SHARED.showManagedFields,
  SHARED.template,
  SHARED.validate,
]

interface Generator {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly use: string
  readonly short: string
  readonly long?: string
  readonly examples?: string
  readonly flags: readonly Flag[]
  readonly required?: readonly string[]
  /** How a failure of the server is introduced: `failed to create deployment`; absent: shown as it is. */
  readonly failure?: string
  build(call: Call, name: string): KubeObject
}

/** A `kubectl create KIND NAME` command. */
function generator(g: Generator): Command {
  return {
    name: g.name,
    ...(g.aliases === undefined ? {} : { aliases: g.aliases }),
    use: g.use,
    short: g.short,
    ...(g.long === undefined ? {} : { long: g.long }),
    ...(g.examples === undefined ? {} : { examples: g.examples }),
    flags: [...g.flags, ...COMMON],
    *run(k, call) {
      const missing = (g.required ?? []).filter((f) => !call.flags.changed(f))
      if (missing.length > 0) throw new CommandError(`required flag(s) ${missing.map((m) => JSON.stringify(m)).join(', ')} not set`)
      const names = call.dash < 0 ? call.args : call.args.slice(0, call.dash)
      const [name] = names
      if (name === undefined || names.length !== 1) throw new UsageError(call.path, `exactly one NAME is required, got ${names.length}`)
      yield* create(k, call, g.build(call, name), g.failure)
    },
  }
}

function* create(k: Kubectl, call: Call, object: KubeObject, failure: string | undefined): Sim<void> {
  const mapper = yield* k.mapper()
  const mapping = mapper.forKind(object.apiVersion ?? '', object.kind ?? '')
  if (mapping === undefined) throw new CommandError(`no matches for kind ${JSON.stringify(object.kind)} in version ${JSON.stringify(object.apiVersion)}`)
  try {
    yield* createObject(k, call, mapping, mapping.namespaced ? yield* k.namespace() : undefined, object)
  } catch (error) {
    if (!(error instanceof ServerError) || failure === undefined) throw error
    throw new CommandError(`${failure}: ${error.message}`)
  }
}

/** The last part of an image reference without tag: the container's name. */
export function containerName(image: string): string {
  const last = image.split('/').at(-1) ?? image
  return (last.split(/[:@]/)[0] ?? '').toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')
}

function literals(call: Call): [string, string][] {
  return call.flags.list('from-literal').map((text) => {
    const eq = text.indexOf('=')
    if (eq < 1) throw new CommandError(`invalid literal source ${text}, expected key=value`)
    return [text.slice(0, eq), text.slice(eq + 1)]
  })
}

const deployment = generator({
  name: 'deployment',
  aliases: ['deploy'],
  use: 'NAME --image=image -- [COMMAND] [args...]',
  short: 'Create a deployment with the specified name',
  long: 'Create a deployment with the specified name.',
  flags: [
    { name: 'image', type: 'stringSlice', default: '[]', usage: 'Image names to run. A deployment can have multiple images set for multi-container pod.' },
    { name: 'port', type: 'int', default: '-1', usage: 'The containerPort that this deployment exposes.' },
    { name: 'replicas', short: 'r', type: 'int', default: '1', usage: 'Number of replicas to create. Default is 1.' },
  ],
  required: ['image'],
  failure: 'failed to create deployment',
  build(call, name) {
    const images = call.flags.list('image')
    const command = call.dash < 0 ? [] : call.args.slice(call.dash)
    if (images.length > 1 && command.length > 0) throw new CommandError('cannot specify multiple --image options and command')
    const port = call.flags.int('port')
    const labels = { app: name }
    const containers = images.map((image) => ({
      image,
      name: containerName(image),
      resources: {},
      ...(command.length > 0 ? { command } : {}),
      ...(port > 0 ? { ports: [{ containerPort: port }] } : {}),
    }))
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { labels, name },
      spec: { replicas: call.flags.int('replicas'), selector: { matchLabels: labels }, strategy: {}, template: { metadata: { labels }, spec: { containers } } },
      status: {},
    }
  },
})

const namespace = generator({
  name: 'namespace',
  aliases: ['ns'],
  use: 'NAME [--dry-run=server|client|none]',
  short: 'Create a namespace with the specified name',
  long: 'Create a namespace with the specified name.',
  flags: [],
  build: (_, name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} }),
})

const configmap = generator({
  name: 'configmap',
  aliases: ['cm'],
  use: 'NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  short: 'Create a config map from a local file, directory or literal value',
  flags: [{ name: 'from-literal', type: 'stringArray', default: '[]', usage: 'Specify a key and literal value to insert in configmap (i.e. mykey=somevalue)' }],
  failure: 'failed to create configmap',
  build: (call, name) => {
    const data = Object.fromEntries(literals(call))
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...(Object.keys(data).length > 0 ? { data } : {}) }
  },
})

export const generators: readonly Command[] = [configmap, deployment, namespace]

