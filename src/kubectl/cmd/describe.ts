import type { Sim } from '#sim/wait.ts'
import { type Info, selectObjects } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { describe } from '../describe/index.ts'
import { CommandError, ServerError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'

export const describeCommand: Command = {
  name: 'describe',
  use: '(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  short: 'Show details of a specific resource or group of resources',
  group: 'Troubleshooting and Debugging Commands',
  flags: [
    SHARED.allNamespaces,
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Return large lists in chunks rather than all at once. Pass 0 to disable.' },
    SHARED.filename('Filename, directory, or URL to files containing the resource to describe'),
    SHARED.kustomize,
    SHARED.recursive(),
    SHARED.selector,
    {
      name: 'show-events',
      type: 'bool',
      default: 'true',
      usage:
        'If true, display events related to the described object. Defaults to true for a single object, false for multiple objects and prefix matching.',
    },
  ],
  run,
}

function* run(k: Kubectl, call: Call): Sim<number> {
  const { flags, args } = call
  if (args.length === 0 && flags.list('filename').length === 0 && flags.string('kustomize') === '') {
    throw new CommandError(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
    )
  }
  const explicit = flags.changed('show-events')
  let infos: Info[]
  try {
    infos = yield* selectObjects(k, call, { all: true })
  } catch (error) {
    if (!(error instanceof ServerError) || !error.notFound) throw error
    const [type = '', prefix = ''] = args
    if (args.length !== 2 || type.includes('/')) throw error
    return yield* matching(k, call, error, type, prefix)
  }
  const events = flags.bool('show-events') && (explicit || infos.length <= 1)
  for (const [i, info] of infos.entries()) {
    const text = yield* describe(k, info.mapping, info.object ?? {}, events)
    yield* print(k.proc, `${i === 0 ? '' : '\n\n'}${text}`)
  }
  if (infos.length === 0)
    yield* printError(
      k.proc,
      flags.bool('all-namespaces') ? 'No resources found\n' : `No resources found in ${yield* k.namespace()} namespace.\n`,
    )
  return 0
}

/** Everything whose name begins with what was given for one. */
function* matching(k: Kubectl, call: Call, failure: ServerError, type: string, prefix: string): Sim<number> {
  const all = yield* selectObjects(k, call, { all: true, args: [type] })
  const found = all.filter((info) => info.name.startsWith(prefix))
  if (found.length === 0) throw failure
  for (const info of found) yield* print(k.proc, `${yield* describe(k, info.mapping, info.object ?? {}, call.flags.bool('show-events'))}\n`)
  return 0
}
