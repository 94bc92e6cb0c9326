import { str } from '#kubernetes/api/json.ts'
import type { Command } from '../command.ts'
import { type Event, interval, lastTime } from '../describe/events.ts'
import { CommandError, ServerError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError } from '../io.ts'
import { groupVersion } from '../mapping.ts'
import { objectPrinter } from '../print/object.ts'
import { TabWriter } from '../print/table.ts'

export const events: Command = {
  name: 'events',
  use: '[(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]',
  short: 'List events',
  group: 'Troubleshooting and Debugging Commands',
  flags: [
    SHARED.allNamespaces,
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Return large lists in chunks rather than all at once. Pass 0 to disable.' },
    { name: 'for', type: 'string', default: "''", usage: 'Filter events to only those pertaining to the specified resource.' },
    { name: 'no-headers', type: 'bool', default: 'false', usage: "When using the default output format, don't print headers." },
    SHARED.output,
    SHARED.showManagedFields,
    SHARED.template,
    { name: 'types', type: 'stringSlice', default: '[]', usage: 'Output only events of given types.' },
    { name: 'watch', short: 'w', type: 'bool', default: 'false', usage: 'After listing the requested events, watch for more events.' },
  ],
  *run(k, call) {
    const { flags } = call
    const query: Record<string, string | undefined> = { limit: '500' }
    const about = flags.string('for')
    if (about !== '') {
      const [type = '', name, ...more] = about.split('/')
      if (name === undefined) throw new CommandError('--for must be in resource/name form')
      if (more.length > 0) throw new CommandError('arguments in resource/name form may not have more than one slash')
      const mapping = (yield* k.mapper()).find(type)
      if (mapping === undefined) {
        yield* printError(k.proc, `the server doesn't have a resource type ${JSON.stringify(type)}\n`)
        return 1
      }
      query.fieldSelector = `involvedObject.kind=${mapping.kind},involvedObject.apiVersion=${groupVersion(mapping)},involvedObject.name=${name}`
    }
    const types = flags.list('types').map((t) => t.toLowerCase())
    if (types.some((t) => t !== 'normal' && t !== 'warning')) throw new CommandError('valid --types are Normal or Warning')
    const all = flags.bool('all-namespaces')
    const namespace = yield* k.namespace()
    const path = all ? '/api/v1/events' : `/api/v1/namespaces/${namespace}/events`
    const rest = yield* k.rest()
    const printer = yield* objectPrinter(k, call)
    const wanted = (e: Event): boolean => types.length === 0 || types.includes((e.type ?? '').toLowerCase())
    const now = k.proc.now.bind(k.proc)
    const row = (e: Event): string[] => [
      ...(all ? [e.metadata?.namespace ?? ''] : []),
      interval(e, now()),
      e.type ?? '',
      e.reason ?? '',
      `${str(e, 'involvedObject', 'kind')}/${str(e, 'involvedObject', 'name')}`,
      (e.message ?? '').trim(),
    ]
    const header = [...(all ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']
    if (flags.bool('watch')) {
      const writer = new TabWriter(true)
      let headed = flags.bool('no-headers')
      yield* rest.watch(path, { query }, function* (event) {
        if (event.type === 'ERROR') throw new ServerError(event.object as import('../errors.ts').Status)
        if (event.type === 'DELETED' || event.type === 'BOOKMARK' || !wanted(event.object)) return true
        if (printer !== undefined) yield* print(k.proc, printer({ ...event.object, apiVersion: 'v1', kind: 'Event' }, undefined))
        else yield* print(k.proc, writer.format(headed ? [row(event.object)] : [header, row(event.object)]))
        headed = true
        return true
      })
      return 0
    }
    const list = yield* rest.json<{ metadata?: object; items?: readonly Event[] }>('GET', path, undefined, { query })
    const found = (list.items ?? []).filter(wanted)
    if (found.length === 0) {
      yield* printError(k.proc, all ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`)
      return 0
    }
    const sorted = [...found].sort((a, b) => (lastTime(a) < lastTime(b) ? -1 : lastTime(a) > lastTime(b) ? 1 : 0))
    if (printer === undefined)
      yield* print(k.proc, new TabWriter().format([...(flags.bool('no-headers') ? [] : [header]), ...sorted.map(row)]))
    else if (flags.string('output') === 'name') yield* print(k.proc, '')
    else
      yield* print(
        k.proc,
        printer(
          { apiVersion: 'v1', kind: 'EventList', metadata: {}, items: sorted.map((e) => ({ ...e, apiVersion: 'v1', kind: 'Event' })) },
          undefined,
        ),
      )
    return 0
  },
}
