/** Answers in YAML. */
import { stringify } from 'yaml'
import { Headers, type HttpResponse } from '#http/message.ts'
import { sorted } from '#kubernetes/api/json.ts'
import { encode } from '#sim/bytes.ts'

export function yamlBody(status: number, value: unknown): HttpResponse {
  return {
    status,
    headers: new Headers([['content-type', 'application/yaml']]),
    body: encode(stringify(sorted(value))),
  }
}
