/**
 * The API's descriptions as a browser has them: stands in for `kubernetes/api/generated/schema-docs.ts` in the worker (see
 * `vite.ts`), so that half a megabyte is fetched at the first `explain` only. A worker may wait for a file; no virtual time passes.
 */
import url from '#kubernetes/api/generated/schema-docs.json?url'

class Docs {
  toString(): string {
    const request = new XMLHttpRequest()
    request.open('GET', url, false)
    request.send()
    return request.status === 200 ? request.responseText : '{}'
  }
}

export const SCHEMA_DOCS = new Docs()
