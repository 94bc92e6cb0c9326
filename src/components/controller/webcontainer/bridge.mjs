// Runs in the WebContainer, under Node: an HTTP server like `kubectl proxy`, whose requests go to the page on standard output and whose
// answers come on standard input (frames.ts has the form of the lines).
import http from 'node:http'
import readline from 'node:readline'

const PIECE = 1500
const open = new Map()
let ids = 0

function send(message) {
  const text = Buffer.from(JSON.stringify(message)).toString('base64')
  for (let at = 0; at < text.length; at += PIECE) {
    process.stdout.write(`@pod${at + PIECE < text.length ? '+' : '.'}${text.slice(at, at + PIECE)}\n`)
  }
}

const server = http.createServer(async (request, response) => {
  const parts = []
  for await (const part of request) parts.push(part)
  const id = ++ids
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)])
  const body = Buffer.concat(parts).toString()
  open.set(id, response)
  response.on('close', () => open.delete(id) && send({ type: 'cancel', id }))
  send({ type: 'request', id, request: { method: request.method, target: request.url, headers, ...(body === '' ? {} : { body }) } })
})

function hear({ id, part }) {
  const response = open.get(id)
  if (response === undefined) return
  switch (part.kind) {
    case 'head':
      response.writeHead(
        part.status,
        Object.fromEntries(part.headers.filter(([name]) => !/^(content-length|transfer-encoding)$/i.test(name))),
      )
      response.flushHeaders()
      return
    case 'chunk':
      response.write(Buffer.from(part.data, 'base64'))
      return
    case 'end':
      open.delete(id)
      response.end()
      return
    default:
      open.delete(id)
      response.destroy()
  }
}

process.stdin.setRawMode?.(true)
let pieces = ''
readline.createInterface({ input: process.stdin, terminal: false }).on('line', (line) => {
  if (!line.startsWith('@lab')) return
  pieces += line.slice(5)
  if (line[4] !== '.') return
  const text = pieces
  pieces = ''
  hear(JSON.parse(Buffer.from(text, 'base64').toString()))
})

server.listen(8001, '127.0.0.1', () => send({ type: 'ready' }))
