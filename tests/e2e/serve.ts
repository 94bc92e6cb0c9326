/** Serves a folder of built pages on 127.0.0.1, as any static host would: index.html of folders, a 404 for the rest, gzip. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { gzipSync } from 'node:zlib'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

export interface Site {
  /** With a slash at the end. */
  readonly url: string
  readonly folder: string
  /** Bytes sent so far, compressed by gzip -9, by path; emptied by `reset`. */
  readonly sent: ReadonlyMap<string, number>
  reset(): void
  close(): Promise<void>
}

/** `base` is the sub-path that the pages were built for; `more` gives a file headers of its own. */
export async function serve(
  folder: string,
  base = '/',
  more: (file: string) => Readonly<Record<string, string>> = () => ({}),
): Promise<Site> {
  const sent = new Map<string, number>()
  const compressed = new Map<string, Buffer>()
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
    const inside = normalize(path.startsWith(base) ? path.slice(base.length) : '../').replace(/^\/+/, '')
    const file = join(folder, inside === '' || inside.endsWith('/') || inside === '.' ? join(inside, 'index.html') : inside)
    try {
      if (inside.startsWith('..')) throw new Error('outside')
      const body = compressed.get(file) ?? gzipSync(await readFile(file), { level: 9 })
      compressed.set(file, body)
      sent.set(path, body.length)
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-encoding': 'gzip',
        ...more(file),
      })
      response.end(body)
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' })
      response.end('not found')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // TCP, so an object.
  return {
    url: `http://127.0.0.1:${port}${base}`,
    folder,
    sent,
    reset: () => sent.clear(),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
