/** `kubectl label` and `kubectl annotate`. */
import type { Sim } from '#sim/wait.ts'
import { type Info, infoOf, infoPath, readManifests, selectObjects } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import type { Flag } from '../flags.ts'
import { SHARED } from '../global-flags.ts'
import { print } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { dryRun, report } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'
import { labelValueProblem } from './names.ts'

interface Words {
  readonly field: 'labels' | 'annotations'
  /** `label`, `annotation` */
  readonly noun: string
  readonly changed: string
}

interface Changes {
  readonly set: ReadonlyMap<string, string>
  readonly remove: readonly string[]
}

/** Splits the arguments where the first change stands. */
export function resourcesAndPairs(args: readonly string[], noun: string): { resources: string[]; pairs: string[] } {
  const resources: string[] = []
  const pairs: string[] = []
  for (const arg of args) {
    const isPair = (arg.includes('=') && !arg.startsWith('=')) || (arg.endsWith('-') && arg !== '-')
    if (isPair) pairs.push(arg)
    else if (pairs.length > 0) throw new CommandError(`all resources must be specified before ${noun} changes: ${arg}`)
    else resources.push(arg)
  }
  return { resources, pairs }
}

function parseLabels(pairs: readonly string[]): Changes {
  const set = new Map<string, string>()
  const remove: string[] = []
  for (const pair of pairs) {
    if (pair.includes('=')) {
      const [key = '', value = '', ...more] = pair.split('=')
      if (more.length > 0) throw new CommandError(`invalid label spec: ${pair}`)
      const problem = labelValueProblem(value)
      if (problem !== undefined) throw new CommandError(`invalid label value: ${JSON.stringify(pair)}: ${problem}`)
      set.set(key, value)
    } else remove.push(pair.slice(0, -1))
  }
  if (remove.some((key) => set.has(key))) throw new CommandError('can not both modify and remove a label in the same command')
  return { set, remove }
}

function parseAnnotations(pairs: readonly string[]): Changes {
  const set = new Map<string, string>()
  const remove: string[] = []
  for (const pair of pairs) {
    const eq = pair.indexOf('=')
    if (eq > 0) set.set(pair.slice(0, eq), pair.slice(eq + 1))
    else remove.push(pair.slice(0, -1))
  }
  const both = remove.filter((key) => set.has(key))
  if (both.length > 0)
    throw new CommandError(
      `can not both modify and remove the following annotation(s) in the same command: ${both.map((b) => `${b}=${set.get(b)}`).join(', ')}`,
    )
  return { set, remove }
}

function* change(k: Kubectl, call: Call, words: Words): Sim<number> {
  const { flags } = call
  const { resources, pairs } = resourcesAndPairs(call.args, words.noun)
  const changes = words.field === 'labels' ? parseLabels(pairs) : parseAnnotations(pairs)
  const files = flags.list('filename').length > 0
  if (flags.bool('all') && flags.string('selector') !== '') throw new CommandError('cannot set --all and --selector at the same time')
  if (resources.length === 0 && !files)
    throw new CommandError('one or more resources must be specified as <resource> <name> or <resource>/<name>')
  if (changes.set.size === 0 && changes.remove.length === 0 && !flags.bool('list'))
    throw new CommandError(`at least one ${words.noun} update is required`)
  const infos = flags.bool('local')
    ? yield* localObjects(k, call)
    : yield* selectObjects(k, call, { args: resources, all: flags.bool('all') })
  const version = flags.string('resource-version')
  if (version !== '' && infos.length !== 1) throw new CommandError('--resource-version may only be used with a single resource')
  for (const info of infos) {
    if (flags.bool('list')) yield* list(k, words, info, infos.length === 1)
    else yield* changeOne(k, call, words, info, changes, version)
  }
  return 0
}

function* localObjects(k: Kubectl, call: Call): Sim<Info[]> {
  const mapper = yield* k.mapper()
  const namespace = yield* k.namespace()
  return (yield* readManifests(k, call)).manifests.map((m) => infoOf(mapper, m, namespace, false))
}

function* list(k: Kubectl, words: Words, info: Info, one: boolean): Sim<void> {
  const map = info.object?.metadata?.[words.field] ?? {}
  const title = one ? '' : `Listing ${words.field} for ${info.mapping.kind}.${info.mapping.group}/${info.name}:\n`
  const lines = Object.keys(map)
    .sort()
    .map((key) => `${one ? '' : ' '}${key}=${map[key]}\n`)
  yield* print(k.proc, title + lines.join(''))
}

function* changeOne(k: Kubectl, call: Call, words: Words, info: Info, changes: Changes, version: string): Sim<void> {
  const now = info.object?.metadata?.[words.field] ?? {}
  if (!call.flags.bool('overwrite')) {
    for (const [key, value] of changes.set) {
      const current = now[key]
      if (current === undefined || (current === value && words.field === 'labels')) continue
      throw new CommandError(
        words.field === 'labels'
          ? `'${key}' already has a value (${current}), and --overwrite is false`
          : '--overwrite is false but found the following declared annotation(s): ' +
              [...changes.set.keys()]
                .filter((c) => now[c] !== undefined)
                .map((c) => `'${c}' already has a value (${now[c]})`)
                .join('; '),
      )
    }
  }
  if (words.field === 'labels')
    for (const key of changes.remove) if (now[key] === undefined) yield* print(k.proc, `label ${JSON.stringify(key)} not found.\n`)
  const added = [...changes.set].filter(([key, value]) => now[key] !== value)
  const removed = changes.remove.filter((key) => now[key] !== undefined)
  const patch: Record<string, string | null> = { ...Object.fromEntries(added), ...Object.fromEntries(removed.map((key) => [key, null])) }
  let after: KubeObject = info.object ?? {}
  if (Object.keys(patch).length > 0) {
    const metadata = { [words.field]: patch, ...(version === '' ? {} : { resourceVersion: version }) }
    if (dryRun(call) === 'client' || call.flags.bool('local')) {
      const merged = Object.fromEntries(Object.entries({ ...now, ...patch }).filter((e): e is [string, string] => e[1] !== null))
      after = { ...after, metadata: { ...after.metadata, [words.field]: merged } }
    } else {
      const query = { fieldManager: call.flags.string('field-manager'), dryRun: dryRun(call) === 'server' ? 'All' : undefined }
      after = yield* (yield* k.rest()).json('PATCH', infoPath(info), { metadata }, { contentType: 'application/merge-patch+json', query })
    }
  }
  const done =
    words.field === 'annotations'
      ? words.changed
      : added.length > 0 && removed.length > 0
        ? 'modified'
        : added.length > 0
          ? 'labeled'
          : removed.length > 0
            ? 'unlabeled'
            : 'not labeled'
  yield* report(k, call, info.mapping, after, done)
}

function flagsOf(noun: string, plural: string): Flag[] {
  return [
    SHARED.all('Select all resources, in the namespace of the specified resource types'),
    { ...SHARED.allNamespaces, usage: 'If true, check the specified action in all namespaces.' },
    SHARED.allowMissing,
    SHARED.dryRun,
    SHARED.fieldManager(`kubectl-${noun === 'label' ? 'label' : 'annotate'}`),
    SHARED.fieldSelector,
    SHARED.filename(`Filename, directory, or URL to files identifying the resource to update the ${noun}${noun === 'label' ? 's' : ''}`),
    SHARED.kustomize,
    { name: 'list', type: 'bool', default: 'false', usage: `If true, display the ${plural} for a given resource.` },
    {
      name: 'local',
      type: 'bool',
      default: 'false',
      usage: `If true, ${noun === 'label' ? 'label' : 'annotation'} will NOT contact api-server but run locally.`,
    },
    SHARED.output,
    {
      name: 'overwrite',
      type: 'bool',
      default: 'false',
      usage: `If true, allow ${plural} to be overwritten, otherwise reject ${noun} updates that overwrite existing ${plural}.`,
    },
    SHARED.recursive(),
    {
      name: 'resource-version',
      type: 'string',
      default: "''",
      usage: `If non-empty, the ${noun === 'label' ? 'labels' : noun} update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.`,
    },
    SHARED.selector,
    SHARED.showManagedFields,
    SHARED.template,
  ]
}

export const label: Command = {
  name: 'label',
  use: '[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  short: 'Update the labels on a resource',
  group: 'Settings Commands',
  flags: flagsOf('label', 'labels'),
  run: (k, call) => change(k, call, { field: 'labels', noun: 'label', changed: 'labeled' }),
}

export const annotate: Command = {
  name: 'annotate',
  use: '[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  short: 'Update the annotations on a resource',
  group: 'Settings Commands',
  flags: flagsOf('annotation', 'annotations'),
  run: (k, call) => change(k, call, { field: 'annotations', noun: 'annotation', changed: 'annotated' }),
}
