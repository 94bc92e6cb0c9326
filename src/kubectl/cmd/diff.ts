import { JsonBody } from '#http/message.ts'
import { Errno } from '#linux/errno.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { type InfoOfManifest, infoOf, infoPath, readManifests } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, describeFailure, Failures, ServerError, UsageError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { printError, writeFile } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { pathOf } from '../mapping.ts'
import { toYaml } from '../print/yaml.ts'
import type { KubeObject } from '../rest.ts'
import { LAST_APPLIED, recordedConfig, threeWayPatch } from './apply-patch.ts'
import { isBuiltIn, mergeKeysOf } from './object-patch.ts'

export const diff: Command = {
  name: 'diff',
  use: '-f FILENAME',
  short: 'Diff the live version against a would-be applied version',
  group: 'Advanced Commands',
  flags: [
    {
      name: 'concurrency',
      type: 'int',
      default: '1',
      usage:
        'Number of objects to process in parallel when diffing against the live version. Larger number = faster, but more memory, I/O and CPU over that shorter period of time.',
    },
    SHARED.fieldManager('kubectl-client-side-apply'),
    SHARED.filename('Filename, directory, or URL to files contains the configuration to diff'),
    {
      name: 'force-conflicts',
      type: 'bool',
      default: 'false',
      usage: 'If true, server-side apply will force the changes against conflicts.',
    },
    SHARED.kustomize,
    {
      name: 'prune',
      type: 'bool',
      default: 'false',
      usage: 'Include resources that would be deleted by pruning. Can be used with -l and default shows all resources would be pruned',
    },
    SHARED.recursive(),
    SHARED.selector,
    { name: 'server-side', type: 'bool', default: 'false', usage: 'If true, apply runs in the server instead of the client.' },
    { name: 'show-managed-fields', type: 'bool', default: 'false', usage: 'If true, include managed fields in the diff.' },
  ],
  *run(k, call) {
    try {
      return yield* run(k, call)
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof ServerError || error instanceof UsageError || error instanceof Failures))
        throw error
      yield* printError(k.proc, `${describeFailure(error)}\n`)
      return 2
    }
  },
}

function* run(k: Kubectl, call: Call): Sim<number> {
  if (call.args.length > 0) throw new UsageError(call.path, `Unexpected args: [${call.args.join(' ')}]`)
  if (call.flags.list('filename').length === 0 && call.flags.string('kustomize') === '')
    throw new CommandError('must specify one of -f and -k')
  if (call.flags.bool('prune')) throw new CommandError('podlab: kubectl diff --prune is not modelled')
  const mapper = yield* k.mapper()
  const { manifests, errors } = yield* readManifests(k, call)
  if (errors[0] !== undefined) throw errors[0]
  const mark = `${k.proc.pid}${k.proc.now() % 1_000_000_000}`
  const folders = [`/tmp/LIVE-${mark}`, `/tmp/MERGED-${mark}1`] as const
  for (const folder of folders) k.proc.mkdir(folder, 0o700)
  try {
    for (const manifest of manifests) {
      const info = infoOf(mapper, manifest, yield* k.namespace(), call.flags.changed('namespace'))
      const { live, merged } = yield* versions(k, call, info)
      const { group, version, kind } = info.mapping
      const name = [...(group === '' ? [] : [group]), version, kind, info.namespace ?? '', info.name].join('.')
      const show = (o: KubeObject): string => toYaml(shown(o, call.flags.bool('show-managed-fields'), kind))
      yield* writeFile(k.proc, `${folders[0]}/${name}`, encode(live === undefined ? '' : show(live)), 0o600)
      yield* writeFile(k.proc, `${folders[1]}/${name}`, encode(show(merged)), 0o600)
    }
    return yield* external(k, folders)
  } finally {
    for (const folder of folders) removeFolder(k, folder)
  }
}

/** The object as it is, and as it would be after an apply (by a dry run of the server). */
function* versions(k: Kubectl, call: Call, info: InfoOfManifest): Sim<{ live: KubeObject | undefined; merged: KubeObject }> {
  const rest = yield* k.rest()
  let live: KubeObject | undefined
  try {
    live = yield* rest.json('GET', infoPath(info))
  } catch (error) {
    if (!(error instanceof ServerError) || !error.notFound) throw error
  }
  const { object } = info
  if (call.flags.bool('server-side')) {
    const manager = call.flags.changed('field-manager') ? call.flags.string('field-manager') : 'kubectl'
    const query = { dryRun: 'All', fieldManager: manager, force: String(call.flags.bool('force-conflicts')), fieldValidation: 'Strict' }
    const answer = yield* rest.request('PATCH', infoPath(info), new JsonBody(object), {
      contentType: 'application/apply-patch+yaml',
      query,
    })
    return { live, merged: (answer.body instanceof JsonBody ? answer.body.value : {}) as KubeObject }
  }
  const query = { dryRun: 'All', fieldManager: call.flags.string('field-manager') }
  if (live === undefined) return { live, merged: yield* rest.json('POST', pathOf(info.mapping, info.namespace), object, { query }) }
  const patch = threeWayPatch(
    { ...recordedConfig(live) },
    { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations } } },
    { ...live },
    isBuiltIn(info.mapping) ? mergeKeysOf(info.mapping) : () => undefined,
  )
  if (patch === undefined) return { live, merged: live }
  const contentType = isBuiltIn(info.mapping) ? 'application/strategic-merge-patch+json' : 'application/merge-patch+json'
  return { live, merged: yield* rest.json('PATCH', infoPath(info), patch, { contentType, query }) }
}

/** Without managedFields; a Secret's values are masked. */
function shown(object: KubeObject, managed: boolean, kind: string): KubeObject {
  const { managedFields, ...metadata } = object.metadata ?? {}
  const out = { ...object, metadata: managed && managedFields !== undefined ? { ...metadata, managedFields } : metadata }
  if (kind !== 'Secret' || typeof object.data !== 'object' || object.data === null) return out
  const annotations =
    metadata.annotations?.[LAST_APPLIED] === undefined ? metadata.annotations : { ...metadata.annotations, [LAST_APPLIED]: '***' }
  return {
    ...out,
    data: Object.fromEntries(Object.keys(object.data).map((key) => [key, '***'])),
    metadata: { ...out.metadata, ...(annotations === undefined ? {} : { annotations }) },
  }
}

/** Runs `diff -u -N` (or KUBECTL_EXTERNAL_DIFF); its status is the command's. */
function* external(k: Kubectl, folders: readonly string[]): Sim<number> {
  const custom = k.proc.getenv('KUBECTL_EXTERNAL_DIFF')
  const argv = [...(custom === undefined || custom === '' ? ['diff', '-u', '-N'] : custom.split(' ')), ...folders]
  const code = yield* runProgram(k, argv)
  if (code === undefined)
    throw new CommandError(`failed to run ${JSON.stringify(argv[0])}: exec: ${JSON.stringify(argv[0])}: executable file not found in $PATH`)
  return code
}

/** Runs a program found in PATH on the command's own streams; undefined when there is none. */
export function* runProgram(k: Kubectl, argv: readonly string[]): Sim<number | undefined> {
  const [name = ''] = argv
  const folders = (k.proc.getenv('PATH') ?? '').split(':')
  const path = name.includes('/') ? name : folders.map((f) => `${f}/${name}`).find((p) => k.proc.access(p, 'x'))
  if (path === undefined || !k.proc.access(path, 'x')) return undefined
  const { environ } = k.proc
  const child = k.proc.fork(function* (kid) {
    return yield* kid.exec(path, argv, environ)
  })
  const status = yield* k.proc.wait(child)
  return status?.exit ?? 128 + (status?.signal ?? 0)
}

function removeFolder(k: Kubectl, folder: string): void {
  try {
    for (const entry of k.proc.readdir(folder)) if (entry.name !== '.' && entry.name !== '..') k.proc.unlink(`${folder}/${entry.name}`)
    k.proc.rmdir(folder)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}
