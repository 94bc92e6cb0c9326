/** JSON Patch (RFC 6902), JSON Pointer (RFC 6901). The document is not changed. */
import { newBadRequest, StatusError } from './errors.ts'
import { clone, type Draft, equal, isObj, obj } from './json.ts'

/** The patch could not be applied (a test failed, a path does not exist): 422 with a text that says no more. */
export const jsonPatchFailed = (_why: string): StatusError =>
  new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})

/** Applies a patch document. Throws BadRequest when it is none, a 422 when an operation fails. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw newBadRequest(`error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp`)
  let here = clone(document)
  for (const operation of patch as readonly unknown[]) here = applyOne(here, operation)
  return here
}

function applyOne(document: unknown, operation: unknown): unknown {
  const { op, path, value, from } = obj(operation)
  const tokens = pointer(path, String(op))
  switch (op) {
    case 'add':
      return edit(document, tokens, (holder, key) => add(holder, key, clone(value), String(path)), clone(value), String(op), String(path))
    case 'replace':
      return edit(
        document,
        tokens,
        (holder, key) => replace(holder, key, clone(value), String(path)),
        clone(value),
        String(op),
        String(path),
      )
    case 'remove':
      return edit(document, tokens, (holder, key) => remove(holder, key, String(path)), undefined, String(op), String(path))
    case 'move':
    case 'copy': {
      const source = pointer(from, String(op))
      const taken = clone(find(document, source, String(op), String(from)))
      const without =
        op === 'move'
          ? edit(document, source, (holder, key) => remove(holder, key, String(from)), undefined, String(op), String(from))
          : document
      return edit(without, tokens, (holder, key) => add(holder, key, taken, String(path)), taken, String(op), String(path))
    }
    case 'test': {
      let found: unknown
      try {
        found = find(document, tokens, String(op), String(path))
      } catch (error) {
        if (value === null && error instanceof StatusError) return document
        throw error
      }
      if (!equal(found, value)) throw jsonPatchFailed(`testing value ${String(path)} failed: test failed`)
      return document
    }
    default:
      throw jsonPatchFailed(`Unexpected kind: ${String(op)}`)
  }
}

function pointer(path: unknown, op: string): string[] {
  if (typeof path !== 'string') throw jsonPatchFailed(`${op} operation: path is missing`)
  if (path === '') return []
  return path
    .split('/')
    .slice(1)
    .map((t) => t.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function find(document: unknown, tokens: readonly string[], op: string, path: string): unknown {
  let here = document
  for (const token of tokens) {
    const next: unknown = Array.isArray(here)
      ? (here as readonly unknown[])[index(token, here.length)]
      : isObj(here)
        ? here[token]
        : undefined
    if (next === undefined) throw jsonPatchFailed(`${op} operation does not apply: doc is missing path: "${path}": missing value`)
    here = next
  }
  return here
}

type Edit = (holder: Draft | unknown[], key: string) => void

function edit(document: unknown, tokens: readonly string[], change: Edit, whole: unknown, op: string, path: string): unknown {
  if (tokens.length === 0) return whole
  const holder = find(document, tokens.slice(0, -1), op, path)
  if (!isObj(holder) && !Array.isArray(holder))
    throw jsonPatchFailed(`${op} operation does not apply: doc is missing path: "${path}": missing value`)
  change(holder as Draft | unknown[], tokens[tokens.length - 1] as string)
  return document
}

function index(token: string, length: number): number {
  if (token === '-') return length
  if (!/^-?\d+$/.test(token)) return -1
  const n = Number(token)
  return n < 0 ? length + n : n
}

function add(holder: Draft | unknown[], key: string, value: unknown, path: string): void {
  if (!Array.isArray(holder)) {
    holder[key] = value
    return
  }
  const i = index(key, holder.length)
  if (i < 0 || i > holder.length) throw jsonPatchFailed(`add operation does not apply: doc is missing path: "${path}": invalid index`)
  holder.splice(i, 0, value)
}

function replace(holder: Draft | unknown[], key: string, value: unknown, path: string): void {
  if (Array.isArray(holder)) {
    const i = index(key, holder.length)
    if (i < 0 || i >= holder.length) throw jsonPatchFailed(`replace operation does not apply: doc is missing key: ${path}: missing value`)
    holder[i] = value
    return
  }
  if (holder[key] === undefined) throw jsonPatchFailed(`replace operation does not apply: doc is missing key: ${path}: missing value`)
  holder[key] = value
}

function remove(holder: Draft | unknown[], key: string, path: string): void {
  if (Array.isArray(holder)) {
    const i = index(key, holder.length)
    if (i < 0 || i >= holder.length) throw jsonPatchFailed(`remove operation does not apply: doc is missing path: "${path}": missing value`)
    holder.splice(i, 1)
    return
  }
  if (holder[key] === undefined) throw jsonPatchFailed(`remove operation does not apply: doc is missing path: "${path}": missing value`)
  delete holder[key]
}
