/** Request bodies: JSON, YAML or protobuf, to plain JSON. */
import { parseDocument } from 'yaml'
import { type HttpRequest, JsonBody } from '#http/message.ts'
import { newBadRequest, StatusError } from '#kubernetes/api/errors.ts'
import { isObj, type Obj } from '#kubernetes/api/json.ts'
import { decodeProtobuf } from '#kubernetes/api/protobuf.ts'
import { decode } from '#sim/bytes.ts'

export interface Body {
  readonly value: unknown
  /** Names met twice in one object, as strict decoding reports them. */
  readonly duplicates: readonly string[]
}

const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/cbor']

/** The body's document. Throws BadRequest when it can't be read, 415 for other media types. */
export function readBody(request: HttpRequest): Body {
  if (request.body instanceof JsonBody) return { value: request.body.value, duplicates: [] }
  const bytes = request.body
  const type = (request.headers.get('content-type') ?? 'application/json').split(';')[0]?.trim() ?? ''
  if (bytes.length === 0) return { value: undefined, duplicates: [] }
  switch (type) {
    case 'application/vnd.kubernetes.protobuf':
      return { value: decodeProtobuf(bytes), duplicates: [] }
    case 'application/yaml':
    case 'application/yml': {
      return { value: parseYaml(decode(bytes)), duplicates: [] }
    }
    case 'application/json':
    case '':
    case '*/*':
    case 'text/plain':
    case 'application/x-www-form-urlencoded':
      return { value: parseJson(decode(bytes)), duplicates: [] }
    default:
      throw new StatusError(
        415,
        'UnsupportedMediaType',
        `the body of the request was in an unknown format - accepted media types include: ${ACCEPTED.slice(0, 3).join(', ')}`,
      )
  }
}

export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false })
  if (document.errors.length > 0) throw newBadRequest(`error decoding YAML: ${document.errors[0]?.message ?? ''}`)
  return document.toJS()
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw newBadRequest(`couldn't get version/kind; json parse error: ${goSyntaxError(text)}`)
  }
}

/** What Go's decoder says of broken JSON. Differs: names no offset. */
function goSyntaxError(text: string): string {
  const trimmed = text.trim()
  if (trimmed === '') return 'unexpected end of JSON input'
  const first = trimmed.charAt(0)
  if (first !== '{' && first !== '[' && first !== '"') return `invalid character '${first}' looking for beginning of value`
  return 'unexpected end of JSON input'
}

/** The body as an object; a BadRequest names what it is instead. */
export function readObject(request: HttpRequest): Obj {
  const { value } = readBody(request)
  if (!isObj(value))
    throw newBadRequest(
      'couldn\'t get version/kind; json parse error: json: cannot unmarshal into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
    )
  return value
}
