import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** Content types of what the built site holds. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.xml': 'application/xml',
  '.webmanifest': 'application/manifest+json',
}

const EMBEDDED = { 'cross-origin-embedder-policy': 'require-corp' }

/**
 * Headers that isolate the page of the WebContainer, which needs shared memory: the page itself, and what it may only load with the
 * same promise, workers and the runner's frame. All other pages go without, as on any static host.
 */
export function isolation(file: string): Readonly<Record<string, string>> {
  const name = file.split(path.sep).join('/')
  if (name.endsWith('/webcontainer/index.html')) return { ...EMBEDDED, 'cross-origin-opener-policy': 'same-origin' }
  return name.endsWith('/runner/index.html') || (name.includes('/assets/') && name.endsWith('.js')) ? EMBEDDED : {}
}

/**
 * Serves a folder of static files on 127.0.0.1, as any static host would; `port` 0 takes a free one.
 * Returns the server and its address.
 */
export function serveStatic(folder: string, port: number): Promise<{ server: http.Server; url: string }> {
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)
    let file = path.join(folder, path.normalize(name))
    if (!file.startsWith(folder)) file = folder
    if (fs.existsSync(file) && fs.statSync(file).isDirectory()) {
      if (!name.endsWith('/')) {
        response.writeHead(301, { location: `${name}/` }).end()
        return
      }
      file = path.join(file, 'index.html')
    }
    const found = fs.existsSync(file)
    if (!found) file = path.join(folder, '404.html')
    if (!fs.existsSync(file)) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n')
      return
    }
    response.writeHead(found ? 200 : 404, {
      'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
      ...isolation(file),
    })
    fs.createReadStream(file).pipe(response)
  })
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      resolve({ server, url: `http://127.0.0.1:${bound}/` })
    })
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = process.argv.indexOf('--port')
  const port = wanted > 0 ? Number(process.argv[wanted + 1]) : 4321
  const dist = fileURLToPath(new URL('../../dist', import.meta.url))
  const { url } = await serveStatic(dist, port).catch(() => serveStatic(dist, 0))
  console.log(`Podlab is at ${url}  (Ctrl-C ends it)`)
}
