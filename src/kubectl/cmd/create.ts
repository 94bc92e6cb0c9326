import type { Sim } from '#sim/wait.ts'
import { type InfoOfManifest, infoOf, readManifests } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, describeFailure, Failures, ServerError, UsageError } from '../errors.ts'
import type { Flag } from '../flags.ts'
import { SHARED } from '../global-flags.ts'
import { printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { createObject } from './create-object.ts'
import { configmap, secret } from './generators/data.ts'
import { ingress, poddisruptionbudget, priorityclass, quota } from './generators/policy.ts'
import { clusterrole, clusterrolebinding, role, rolebinding } from './generators/rbac.ts'
import { service } from './generators/service.ts'
import { token } from './generators/token.ts'
import { cronjob, deployment, job, namespace, serviceaccount } from './generators/workloads.ts'
import { rawBody, requestRaw } from './raw.ts'

/** Flags of every creating command. */
export const CREATE_FLAGS: readonly Flag[] = [
  SHARED.allowMissing,
  SHARED.dryRun,
  SHARED.fieldManager('kubectl-create'),
  SHARED.output,
  SHARED.saveConfig,
  SHARED.showManagedFields,
  SHARED.template,
  SHARED.validate,
]

export const create: Command = {
  name: 'create',
  use: '-f FILENAME',
  short: 'Create a resource from a file or from stdin',
  long: 'Create a resource from a file or from stdin.\n\n JSON and YAML formats are accepted.',
  group: 'Basic Commands (Beginner)',
  flags: [
    ...CREATE_FLAGS,
    { name: 'edit', type: 'bool', default: 'false', usage: 'Edit the API resource before creating' },
    SHARED.filename('Filename, directory, or URL to files to use to create the resource'),
    SHARED.kustomize,
    {
      name: 'raw',
      type: 'string',
      default: "''",
      usage: 'Raw URI to POST to the server.  Uses the transport specified by the kubeconfig file.',
    },
    SHARED.recursive(),
    SHARED.selector,
    {
      name: 'windows-line-endings',
      type: 'bool',
      default: 'false',
      usage: 'Only relevant if --edit=true. Defaults to the line ending native to your platform.',
    },
  ],
  commands: [
    clusterrole,
    clusterrolebinding,
    configmap,
    cronjob,
    deployment,
    ingress,
    job,
    namespace,
    poddisruptionbudget,
    priorityclass,
    quota,
    role,
    rolebinding,
    secret,
    service,
    serviceaccount,
    token,
  ],
  run,
}

function* run(k: Kubectl, call: Call): Sim<number> {
  if (call.args.length > 0) throw new UsageError(call.path, `Unexpected args: [${call.args.join(' ')}]`)
  if (call.flags.string('raw') !== '') return yield* requestRaw(k, call, 'POST', yield* rawBody(k, call))
  if (call.flags.list('filename').length === 0 && call.flags.string('kustomize') === '')
    throw new CommandError('must specify one of -f and -k')
  const mapper = yield* k.mapper()
  const namespace = yield* k.namespace()
  const { manifests, errors } = yield* readManifests(k, call)
  const failures: unknown[] = []
  const unreadable: unknown[] = [...errors]
  const infos: InfoOfManifest[] = []
  for (const manifest of manifests) {
    try {
      infos.push(infoOf(mapper, manifest, namespace, call.flags.changed('namespace')))
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      unreadable.push(error)
    }
  }
  for (const info of infos) {
    try {
      yield* createObject(k, call, info.mapping, info.namespace, info.object)
    } catch (error) {
      if (error instanceof ServerError) failures.push(error.while(`error when creating ${JSON.stringify(info.source)}`))
      else if (error instanceof CommandError) unreadable.push(error)
      else throw error
    }
  }
  failures.push(...unreadable)
  if (manifests.length === 0 && failures.length === 0) throw new CommandError('no objects passed to create')
  return yield* reportFailures(k, failures)
}

/** Prints what failed; one Invalid alone is shown without the file. */
export function* reportFailures(k: Kubectl, failures: readonly unknown[]): Sim<number> {
  const [only] = failures
  if (failures.length === 1 && only instanceof ServerError && only.status.reason === 'Invalid') {
    yield* printError(k.proc, `${describeFailure(new ServerError(only.status))}\n`)
    return 1
  }
  if (failures.length === 1) throw only
  if (failures.length > 1) throw new Failures(failures.filter((f) => f instanceof Error))
  return 0
}
