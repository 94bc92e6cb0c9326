/** OpenAPI documents, made from the schema when somebody asks. */
import type { HttpResponse } from '#http/message.ts'
import type { RequestContext } from './context.ts'
import type { ApiServer } from './server.ts'

export function serveOpenApi(_context: RequestContext, _parts: readonly string[]): HttpResponse | undefined {
  return undefined
}

export function openApiV3Paths(_server: ApiServer): string[] {
  return []
}
