import { goJson, sorted } from '#kubernetes/api/json.ts'
import { matches, parseSelector } from '#kubernetes/api/labels.ts'
import { applyMergePatch } from '#kubernetes/api/merge-patch.ts'
import { definitionOf } from '#kubernetes/api/protobuf.ts'
import { applyStrategicMergePatch } from '#kubernetes/api/strategic-merge-patch.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, type InfoOfManifest, infoOf, infoPath, type Manifest, readManifests } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, ServerError, UsageError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { groupVersion, type Mapping, pathOf } from '../mapping.ts'
import { dryRun, objectPrinter, report, writeQuery } from '../print/object.ts'
import type { KubeObject } from '../rest.ts'
import { LAST_APPLIED, lastApplied, recordedConfig, threeWayPatch } from './apply-patch.ts'
import { reportFailures } from './create.ts'
import { editLastApplied, setLastApplied, viewLastApplied } from './last-applied.ts'
import { isBuiltIn, mergeKeysOf } from './object-patch.ts'
import { prune } from './prune.ts'
import { migrate } from './server-side-migration.ts'

export const apply: Command = {
  name: 'apply',
  use: '(-f FILENAME | -k DIRECTORY)',
  short: 'Apply a configuration to a resource by file name or stdin',
  long: "Apply a configuration to a resource by file name or stdin. The resource name must be specified. This resource will be created if it doesn't exist yet. To use 'apply', always create the resource initially with either 'apply' or 'create --save-config'.\n\n JSON and YAML formats are accepted.",
  group: 'Advanced Commands',
  flags: [
    SHARED.all('Select all resources in the namespace of the specified resource types.'),
    SHARED.dryRun,
    SHARED.fieldManager('kubectl-client-side-apply'),
    SHARED.filename('The files that contain the configurations to apply.'),
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
    { ...SHARED.kustomize, usage: "Process a kustomization directory. This flag can't be used together with -f or -R." },
    SHARED.output,
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
    SHARED.recursive(),
    SHARED.selector,
    { name: 'server-side', type: 'bool', default: 'false', usage: 'If true, apply runs in the server instead of the client.' },
    SHARED.showManagedFields,
    SHARED.template,
    SHARED.validate,
  ],
  commands: [editLastApplied, setLastApplied, viewLastApplied],
  run,
}

function* run(k: Kubectl, call: Call): Sim<number> {
  if (call.args.length > 0) throw new UsageError(call.path, `Unexpected args: [${call.args.join(' ')}]`)
  if (call.flags.bool('force-conflicts') && !call.flags.bool('server-side'))
    throw new CommandError('--force-conflicts only works with --server-side')
  if (call.flags.bool('server-side') && dryRun(call) === 'client')
    throw new CommandError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)")
  if (call.flags.bool('prune') && call.flags.string('selector') === '' && !call.flags.bool('all'))
    throw new CommandError(
      'all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector',
    )
  if (call.flags.list('filename').length === 0 && call.flags.string('kustomize') === '')
    throw new CommandError('must specify one of -f and -k')
  const mapper = yield* k.mapper()
  const namespace = yield* k.namespace()
  const { manifests, errors } = yield* readManifests(k, call)
  const failures: unknown[] = [...errors]
  const selector = call.flags.string('selector') === '' ? undefined : parseSelector(call.flags.string('selector'))
  const wanted: { manifest: Manifest; info: InfoOfManifest }[] = []
  for (const manifest of manifests.filter((m) => selector === undefined || matches(selector, m.object.metadata?.labels))) {
    try {
      wanted.push({ manifest, info: infoOf(mapper, manifest, namespace, call.flags.changed('namespace')) })
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      failures.push(error)
    }
  }
  const done: { info: Info; object: KubeObject }[] = []
  const told = ['', 'name'].includes(call.flags.string('output'))
  for (const { manifest, info } of wanted) {
    try {
      const generated = manifest.object.metadata?.generateName ?? ''
      if (info.name === '' && generated !== '') throw new CommandError(`from ${generated}: cannot use generate name with apply`)
      const { object, word } = yield* call.flags.bool('server-side') ? applyServerSide(k, call, info) : applyObject(k, call, info)
      done.push({ info, object })
      if (told) yield* report(k, call, info.mapping, object, word)
    } catch (error) {
      if (error instanceof ServerError || error instanceof CommandError) failures.push(error)
      else throw error
    }
  }
  if (manifests.length === 0 && failures.length === 0) throw new CommandError('no objects passed to apply')
  if (failures.length > 0) return yield* reportFailures(k, failures)
  if (!told) yield* printAll(k, call, done)
  if (call.flags.bool('prune')) {
    yield* prune(
      k,
      call,
      mapper,
      done.map((d) => d.info),
      new Set(done.map((d) => d.object.metadata?.uid ?? '')),
    )
  }
  return 0
}

/** `-o`: one object as it is, several as a List. */
function* printAll(k: Kubectl, call: Call, done: readonly { readonly info: Info; readonly object: KubeObject }[]): Sim<void> {
  const printer = yield* objectPrinter(k, call)
  const [first, second] = done
  if (printer === undefined || first === undefined) return
  yield* print(
    k.proc,
    second === undefined
      ? printer(first.object, first.info.mapping)
      : printer({ apiVersion: 'v1', kind: 'List', metadata: {}, items: done.map((d) => d.object) }, undefined),
  )
}

/** What became of one object. */
interface Outcome {
  readonly object: KubeObject
  readonly word: string
}

/** Creates what is missing, patches what differs from manifest and last-applied. */
function* applyObject(k: Kubectl, call: Call, info: InfoOfManifest): Sim<Outcome> {
  const { mapping, source = '' } = info
  const rest = yield* k.rest()
  const wanted = lastApplied(info.object)
  const live = yield* current(k, info, source)
  if (live === undefined) {
    if (dryRun(call) === 'client') {
      return { object: wanted, word: 'created' }
    }
    try {
      const made = yield* rest.json('POST', pathOf(mapping, info.namespace), wanted, { query: writeQuery(call) })
      return { object: made, word: 'created' }
    } catch (error) {
      throw error instanceof ServerError ? error.while(`error when creating ${JSON.stringify(source)}`) : error
    }
  }
  if (live.metadata?.annotations?.[LAST_APPLIED] === undefined && dryRun(call) !== 'client') {
    yield* printError(
      k.proc,
      `Warning: resource ${mapping.resource}/${info.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    )
  }
  const builtIn = isBuiltIn(mapping)
  const keys = builtIn ? mergeKeysOf(mapping) : () => undefined
  const patch = threeWayPatch({ ...recordedConfig(live) }, { ...wanted }, { ...live }, keys)
  if (patch === undefined) {
    return { object: live, word: 'unchanged' }
  }
  if (dryRun(call) === 'client') {
    return { object: clientMerged(live, patch, mapping), word: 'configured' }
  }
  try {
    const response = yield* rest.json('PATCH', infoPath(info), patch, {
      contentType: `application/${builtIn ? 'strategic-merge-patch' : 'merge-patch'}+json`,
      query: writeQuery(call),
    })
    return { object: response, word: 'configured' }
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    throw error.status.reason === 'Invalid'
      ? error
      : error.while(
          `error when applying patch:\n${goJson(sorted(patch))}\nto:\nResource: ${JSON.stringify(`${mapping.group}/${mapping.version}, Resource=${mapping.resource}`)}, GroupVersionKind: ${JSON.stringify(`${mapping.group}/${mapping.version}, Kind=${mapping.kind}`)}\nName: ${JSON.stringify(info.name)}, Namespace: ${JSON.stringify(info.namespace ?? '')}\nfor: ${JSON.stringify(source)}: error when patching ${JSON.stringify(source)}`,
        )
  }
}

/** What a client's dry run shows: the live object with the patch in it. */
function clientMerged(live: KubeObject, patch: Readonly<Record<string, unknown>>, mapping: Mapping): KubeObject {
  const def = isBuiltIn(mapping) ? definitionOf(groupVersion(mapping), mapping.kind) : undefined
  return (def === undefined ? applyMergePatch(live, patch) : applyStrategicMergePatch(live, { ...patch }, def)) as KubeObject
}

function* current(k: Kubectl, info: Info, source: string): Sim<KubeObject | undefined> {
  const rest = yield* k.rest()
  try {
    if (info.name === '') throw new CommandError('resource name may not be empty')
    return yield* rest.json('GET', infoPath(info))
  } catch (error) {
    if (!(error instanceof ServerError) && !(error instanceof CommandError)) throw error
    if (error instanceof ServerError && error.notFound) return undefined
    const { mapping } = info
    const doing = `error when retrieving current configuration of:\nResource: ${JSON.stringify(`${mapping.group}/${mapping.version}, Resource=${mapping.resource}`)}, GroupVersionKind: ${JSON.stringify(`${mapping.group}/${mapping.version}, Kind=${mapping.kind}`)}\nName: ${JSON.stringify(info.name)}, Namespace: ${JSON.stringify(info.namespace ?? '')}\nfrom server for: ${JSON.stringify(source)}`
    throw error instanceof ServerError ? error.while(doing) : new CommandError(`${doing}: ${error.message}`)
  }
}

/** What to do about fields of other managers, in kubectl's words. */
const CONFLICT_HINT = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`

function* applyServerSide(k: Kubectl, call: Call, info: Info): Sim<Outcome> {
  const rest = yield* k.rest()
  const manager = call.flags.changed('field-manager') ? call.flags.string('field-manager') : 'kubectl'
  const query = { ...writeQuery(call), fieldManager: manager, force: call.flags.bool('force-conflicts') ? 'true' : 'false' }
  const apply = (): Sim<KubeObject> =>
    rest.json('PATCH', infoPath(info), info.object, { contentType: 'application/apply-patch+yaml', query })
  let applied: KubeObject
  try {
    applied = yield* apply()
  } catch (error) {
    if (error instanceof ServerError && error.status.reason === 'Conflict') throw new CommandError(`${error.message}\n${CONFLICT_HINT}`)
    throw error
  }
  return { object: yield* migrate(k, info, applied, manager, writeQuery(call), apply), word: 'serverside-applied' }
}
