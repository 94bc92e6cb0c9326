/** Requests whose path the user writes: --raw. Source: kubectl pkg/rawhttp. */
import { JsonBody } from '#http/message.ts'
import type { Sim } from '#sim/wait.ts'
import type { Call } from '../command.ts'
import { CommandError } from '../errors.ts'
import { print, readFile } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'

/** Sends a request to the path that --raw names, and prints the answer as it comes. */
export function* requestRaw(k: Kubectl, call: Call, method: string, sent?: Uint8Array): Sim<number> {
  const rest = yield* k.rest()
  const { body } = yield* rest.request(method, call.flags.string('raw'), sent)
  if (body instanceof JsonBody) yield* print(k.proc, `${JSON.stringify(body.value)}${isApiObject(body.value) ? '\n' : ''}`)
  else if (body instanceof Uint8Array) yield* k.proc.write(1, body)
  else
    for (let part = yield* body.next(); part !== undefined; part = yield* body.next())
      yield* k.proc.write(1, part instanceof JsonBody ? part.bytes() : part)
  return 0
}

/** What --raw sends: the one file of -f as it is. Refuses flags that would change it. */
export function* rawBody(k: Kubectl, call: Call): Sim<Uint8Array> {
  const files = call.flags.list('filename')
  const [file = '-'] = files
  if (files.length !== 1) throw new CommandError('--raw can only use a single local file or stdin')
  if (/^https?:\/\//.test(file)) throw new CommandError('--raw cannot read from a url')
  if (call.flags.bool('recursive')) throw new CommandError('--raw and --recursive are mutually exclusive')
  if (call.flags.string('selector') !== '') throw new CommandError('--raw and --selector (-l) are mutually exclusive')
  if (call.flags.string('output') !== '') throw new CommandError('--raw and --output are mutually exclusive')
  return yield* file === '-' ? k.stdin() : readFile(k.proc, file)
}

/** The API's own serializer ends a document with a newline; other handlers do not. */
function isApiObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value
}
