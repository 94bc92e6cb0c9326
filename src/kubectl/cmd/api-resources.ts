import type { Command } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { print } from '../io.ts'
import { groupResource, groupVersion, type Mapping, type RestMapper } from '../mapping.ts'
import { TabWriter } from '../print/table.ts'

export const apiResources: Command = {
  name: 'api-resources',
  use: '',
  short: 'Print the supported API resources on the server',
  flags: [
    { name: 'api-group', type: 'string', default: "''", usage: 'Limit to resources in the specified API group.' },
    { name: 'cached', type: 'bool', default: 'false', usage: 'Use the cached list of resources if available.' },
    { name: 'categories', type: 'stringSlice', default: '[]', usage: 'Limit to resources that belong to the specified categories.' },
    {
      name: 'namespaced',
      type: 'bool',
      default: 'true',
      usage: 'If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default.',
    },
    {
      name: 'no-headers',
      type: 'bool',
      default: 'false',
      usage: "When using the default or custom-column output format, don't print headers (default print headers).",
    },
    { name: 'output', short: 'o', type: 'string', default: "''", usage: 'Output format. One of: (json, yaml, kyaml, name, wide).' },
    {
      name: 'sort-by',
      type: 'string',
      default: "''",
      usage: "If non-empty, sort list of resources using specified field. The field can be either 'name' or 'kind'.",
    },
    { name: 'verbs', type: 'stringSlice', default: '[]', usage: 'Limit to resources that support the specified verbs.' },
  ],
  *run(k, call) {
    const { flags } = call
    if (call.args.length > 0) throw new UsageError(call.path, `unexpected arguments: [${call.args.join(' ')}]`)
    const output = flags.string('output')
    if (!['', 'wide', 'name'].includes(output)) throw new CommandError(`--output ${output} is not available in kubectl api-resources`)
    if (!['', 'name', 'kind'].includes(flags.string('sort-by'))) throw new CommandError('--sort-by accepts only name or kind')
    const shown = servedResources(yield* k.mapper(true))
      .filter((m) => !flags.changed('api-group') || m.group === flags.string('api-group'))
      .filter((m) => !flags.changed('namespaced') || m.namespaced === flags.bool('namespaced'))
      .filter((m) => flags.list('verbs').every((v) => m.verbs.includes(v)))
      .filter((m) => flags.list('categories').every((c) => m.categories.includes(c)))
    const by = flags.string('sort-by')
    if (by !== '') sortBy(shown, (m) => (by === 'kind' ? m.kind : m.resource))
    if (output === 'name') {
      yield* print(k.proc, shown.map((m) => `${groupResource(m)}\n`).join(''))
      return 0
    }
    const header = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(output === 'wide' ? ['VERBS', 'CATEGORIES'] : [])]
    const rows = shown.map((m) => [
      m.resource,
      m.shortNames.join(','),
      groupVersion(m),
      String(m.namespaced),
      m.kind,
      ...(output === 'wide' ? [[...m.verbs].join(','), m.categories.join(',')] : []),
    ])
    yield* print(k.proc, new TabWriter().format(flags.bool('no-headers') ? rows : [header, ...rows]))
    return 0
  },
}

/** Every resource once, in its preferred version, by group and name. */
export function servedResources(mapper: RestMapper): Mapping[] {
  const preferred = new Map<string, string>()
  for (const m of mapper.all) if (!preferred.has(groupResource(m))) preferred.set(groupResource(m), m.version)
  const served = mapper.all.filter((m) => preferred.get(groupResource(m)) === m.version && m.verbs.length > 0)
  return sortBy(served, (m) => `${m.group}\0${m.resource}`)
}

function sortBy(list: Mapping[], key: (m: Mapping) => string): Mapping[] {
  return list.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

export const apiVersions: Command = {
  name: 'api-versions',
  use: '',
  short: 'Print the supported API versions on the server, in the form of "group/version"',
  flags: [],
  *run(k) {
    const versions = new Set((yield* k.mapper(true)).all.map(groupVersion))
    yield* print(
      k.proc,
      [...versions]
        .sort()
        .map((v) => `${v}\n`)
        .join(''),
    )
    return 0
  },
}
