import { expect, test } from 'vitest'
import { Headers, JsonBody } from '#http/message.ts'
import { decode } from '#sim/bytes.ts'
import { jsonResponse, prettyFor } from './response.ts'

function shown(agent: string, pretty?: string): string {
  const request = {
    method: 'GET',
    target: '/',
    headers: new Headers([['user-agent', agent]]),
    body: new Uint8Array(),
    peer: { address: '127.0.0.1', port: 1, tls: true },
  }
  const { body } = prettyFor(request, pretty, jsonResponse(200, { a: 1 }))
  if (body instanceof JsonBody) return decode(body.bytes())
  return body instanceof Uint8Array ? decode(body) : ''
}

const PLAIN = '{"a":1}\n'
const PRETTY = '{\n  "a": 1\n}'

test.each([
  ['kubectl/v1.36.2', undefined, PLAIN],
  ['curl/7.88.1', undefined, PRETTY],
  ['Wget/1.21', undefined, PRETTY],
  ['Mozilla/5.0 (X11)', undefined, PRETTY],
  ['curl/7.88.1', 'false', PLAIN],
  ['kubectl/v1.36.2', 'true', PRETTY],
])('%s with pretty=%s', (agent, pretty, text) => {
  expect(shown(agent, pretty)).toBe(text)
})
