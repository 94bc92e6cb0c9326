import type { Sim } from '#sim/wait.ts'
import type { Call, Command } from '../../command.ts'
import { CommandError, ServerError, UsageError } from '../../errors.ts'
import type { Flag } from '../../flags.ts'
import { SHARED } from '../../global-flags.ts'
import type { Kubectl } from '../../kubectl.ts'
import type { KubeObject } from '../../rest.ts'
import { createObject } from '../create-object.ts'

const COMMON: readonly Flag[] = [
  SHARED.allowMissing,
  SHARED.dryRun,
  SHARED.fieldManager('kubectl-create'),
  SHARED.output,
  SHARED.saveConfig,
  SHARED.showManagedFields,
  SHARED.template,
  SHARED.validate,
]

export interface Generator {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly use: string
  readonly short: string
  readonly long?: string
  readonly flags: readonly Flag[]
  readonly required?: readonly string[]
  /** How a failure of the server is introduced: `failed to create deployment:`; absent: shown as it is. */
  readonly failure?: string
  build(call: Call, name: string, k: Kubectl): Sim<KubeObject>
}

/** A `kubectl create KIND NAME` command. */
export function generator(g: Generator): Command {
  return {
    name: g.name,
    ...(g.aliases === undefined ? {} : { aliases: g.aliases }),
    use: g.use,
    short: g.short,
    ...(g.long === undefined ? {} : { long: g.long }),
    flags: [...g.flags, ...COMMON],
    *run(k, call) {
      const missing = (g.required ?? []).filter((f) => !call.flags.changed(f))
      if (missing.length > 0) throw new CommandError(`required flag(s) ${missing.map((m) => JSON.stringify(m)).join(', ')} not set`)
      const names = call.dash < 0 ? call.args : call.args.slice(0, call.dash)
      const [name] = names
      if (name === undefined || names.length !== 1) throw new UsageError(call.path, `exactly one NAME is required, got ${names.length}`)
      yield* create(k, call, yield* g.build(call, name, k), g.failure)
    },
  }
}

/** Creates a generated object and reports it. */
export function* create(k: Kubectl, call: Call, object: KubeObject, failure: string | undefined): Sim<void> {
  const mapper = yield* k.mapper()
  const mapping = mapper.forKind(object.apiVersion ?? '', object.kind ?? '')
  if (mapping === undefined)
    throw new CommandError(`no matches for kind ${JSON.stringify(object.kind)} in version ${JSON.stringify(object.apiVersion)}`)
  try {
    yield* createObject(k, call, mapping, mapping.namespaced ? yield* k.namespace() : undefined, object, 'created', true)
  } catch (error) {
    if (!(error instanceof ServerError) || failure === undefined) throw error
    throw new CommandError(`${failure} ${error.message}`)
  }
}

/** The words after `--`. */
export const commandOf = (call: Call): readonly string[] => (call.dash < 0 ? [] : call.args.slice(call.dash))

/** The last part of an image reference without tag: the container's name. */
export function containerName(image: string): string {
  const last = image.split('/').at(-1) ?? image
  return (last.split(/[:@]/)[0] ?? '').toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')
}

export const text = (name: string, usage: string, fallback = "''"): Flag => ({ name, type: 'string', default: fallback, usage })
export const list = (name: string, usage: string): Flag => ({ name, type: 'stringSlice', default: '[]', usage })
export const array = (name: string, usage: string): Flag => ({ name, type: 'stringArray', default: '[]', usage })
export const flag = (name: string, usage: string): Flag => ({ name, type: 'bool', default: 'false', usage })
