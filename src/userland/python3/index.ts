import { Headers, type HttpResponse, textResponse } from '#http/message.ts'
import { Errno, strerror } from '#linux/errno.ts'
import { serve } from '#linux/http/server.ts'
import { type Proc, type Program, S } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import { civil } from '#sim/time.ts'
import type { Sim } from '#sim/wait.ts'
import { readAll, readFile, say } from '../lib/io.ts'
import { Interpreter } from './interpreter.ts'
import { PythonSyntax, parsePython } from './parser.ts'

const SERVER = 'SimpleHTTP/0.6 Python/3.11.2'
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  htm: 'text/html',
  txt: 'text/plain',
  css: 'text/css',
  js: 'text/javascript',
  json: 'application/json',
  png: 'image/png',
  md: 'text/markdown',
  sh: 'text/x-sh',
  py: 'text/x-python',
}

const two = (n: number): string => String(n).padStart(2, '0')

function httpDate(micros: number): string {
  const c = civil(micros)
  return `${DAYS[c.weekday]}, ${two(c.day)} ${MONTHS[c.month - 1]} ${c.year} ${two(c.hour)}:${two(c.minute)}:${two(c.second)} GMT`
}

/** A script of a file, of `-c`, or of standard input. */
function* script(proc: Proc, words: readonly string[]): Sim<number> {
  let text: string
  let file = '<string>'
  if (words[0] === '-c') text = words[1] ?? ''
  else if (words[0] === undefined || words[0] === '-') {
    if (proc.isatty(0)) {
      yield* say(proc, 2, 'podlab: interactive python3 is not modelled\n')
      return 1
    }
    file = '<stdin>'
    text = decode(yield* readAll(proc, 0))
  } else if (words[0].startsWith('-')) {
    yield* say(proc, 2, `podlab: python3 ${words[0]} is not modelled\n`)
    return 1
  } else {
    file = words[0]
    try {
      text = decode(yield* readFile(proc, file))
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      yield* say(proc, 2, `python3: can't open file '${proc.getcwd()}/${file}': [Errno ${error.errno}] ${strerror(error)}\n`)
      return 2
    }
  }
  try {
    const argv = words[0] === '-c' ? ['-c', ...words.slice(2)] : words[0] === undefined ? [''] : words
    return yield* new Interpreter(proc, argv).run(parsePython(text), file)
  } catch (error) {
    if (!(error instanceof PythonSyntax)) throw error
    yield* say(
      proc,
      2,
      error.message.startsWith('podlab') ? `${error.message}\n` : `  File "${file}", line ${error.line}\nSyntaxError: ${error.message}\n`,
    )
    return 1
  }
}

/** python3(1): `-m http.server`, and scripts in a small part of the language. */
const python: Program = {
  name: 'python3/python3.11',
  *main(proc) {
    const words = proc.argv.slice(1)
    if (words[0] === '-V' || words[0] === '--version') {
      yield* say(proc, 1, 'Python 3.11.2\n')
      return 0
    }
    const at = words.indexOf('-m')
    if (at >= 0 && words[at + 1] === 'http.server') return yield* httpServer(proc, words.slice(at + 2))
    return yield* script(
      proc,
      words.filter((w) => w !== '-u'),
    )
  },
}

function* httpServer(proc: Proc, words: readonly string[]): Sim<number> {
  let [port, address, directory] = [8000, '0.0.0.0', proc.getcwd()]
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    if (word === '-b' || word === '--bind') address = words[++i] ?? address
    else if (word === '-d' || word === '--directory') directory = words[++i] ?? directory
    else if (/^\d+$/.test(word)) port = Number(word)
  }
  try {
    yield* serve(proc, {
      address,
      port,
      version: 'HTTP/1.0',
      backlog: 5,
      handler: (request) => handle(proc, directory, request.method, request.target, request.peer.address),
    })
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    const text =
      error.code === 'EADDRINUSE'
        ? '[Errno 98] Address already in use'
        : error.code === 'EACCES'
          ? '[Errno 13] Permission denied'
          : `[Errno ${error.errno}] Cannot assign requested address`
    yield* say(proc, 2, `Traceback (most recent call last):\nOSError: ${text}\n`)
    return 1
  }
  return 0
}

function* handle(proc: Proc, root: string, method: string, target: string, peer: string): Sim<HttpResponse> {
  const path = decodeURI_(target.replace(/[?#].*/, ''))
  const response =
    method === 'GET' || method === 'HEAD'
      ? yield* file(proc, root, path, target)
      : failure(proc, 501, `Unsupported method ('${method}')`, 'Server does not support this operation.')
  const c = civil(proc.now())
  const reason = response.headers.get('x-podlab-reason')
  if (response.status >= 400) yield* log(proc, peer, c, `code ${response.status}, message ${reason ?? ''}`)
  yield* log(proc, peer, c, `"${method} ${target} HTTP/1.1" ${response.status} -`)
  return response
}

function* log(proc: Proc, peer: string, c: ReturnType<typeof civil>, text: string): Sim<void> {
  yield* say(
    proc,
    2,
    `${peer} - - [${two(c.day)}/${MONTHS[c.month - 1]}/${c.year} ${two(c.hour)}:${two(c.minute)}:${two(c.second)}] ${text}\n`,
  )
}

function decodeURI_(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function head(proc: Proc, type: string): Headers {
  return new Headers([
    ['server', SERVER],
    ['date', httpDate(proc.now())],
    ['content-type', type],
  ])
}

function failure(proc: Proc, status: number, message: string, explain: string): HttpResponse {
  const page = `<!DOCTYPE HTML>\n<html lang="en">\n    <head>\n        <meta charset="utf-8">\n        <title>Error response</title>\n    </head>\n    <body>\n        <h1>Error response</h1>\n        <p>Error code: ${status}</p>\n        <p>Message: ${message}.</p>\n        <p>Error code explanation: ${status} - ${explain}</p>\n    </body>\n</html>\n`
  const headers = new Headers([
    ['server', SERVER],
    ['date', httpDate(proc.now())],
    ['connection', 'close'],
    ['content-type', 'text/html;charset=utf-8'],
    ['content-length', String(encode(page).length)],
    ['x-podlab-reason', message],
  ])
  return { status, headers, body: encode(page) }
}

function* file(proc: Proc, root: string, path: string, target: string): Sim<HttpResponse> {
  const full = `${root}/${path
    .split('/')
    .filter((p) => p !== '' && p !== '..' && p !== '.')
    .join('/')}`
  try {
    const stat = proc.stat(full)
    if ((stat.mode & S.IFMT) === S.IFDIR) {
      if (!path.endsWith('/'))
        return { ...textResponse(301, ''), headers: head(proc, 'text/html').set('location', `${target}/`).set('content-length', '0') }
      for (const index of ['index.html', 'index.htm'])
        if (proc.access(`${full}/${index}`, 'r')) return yield* file(proc, root, `${path}${index}`, target)
      return listing(proc, full, path)
    }
    const body = yield* readFile(proc, full)
    const type = TYPES[full.slice(full.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
    return {
      status: 200,
      headers: head(proc, type).set('content-length', String(body.length)).set('last-modified', httpDate(stat.mtime)),
      body,
    }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return failure(proc, 404, 'File not found', 'Nothing matches the given URI.')
  }
}

function listing(proc: Proc, folder: string, path: string): HttpResponse {
  const names = proc
    .readdir(folder)
    .map((e) => (e.type === S.IFDIR ? `${e.name}/` : e.type === S.IFLNK ? `${e.name}@` : e.name))
    .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  const items = names.map((n) => `<li><a href="${n.replace(/@$/, '')}">${n}</a></li>\n`).join('')
  const page = `<!DOCTYPE HTML>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Directory listing for ${path}</title>\n</head>\n<body>\n<h1>Directory listing for ${path}</h1>\n<hr>\n<ul>\n${items}</ul>\n<hr>\n</body>\n</html>\n`
  const body = encode(page)
  return { status: 200, headers: head(proc, 'text/html; charset=utf-8').set('content-length', String(body.length)), body }
}

export const programs: readonly Program[] = [python]
