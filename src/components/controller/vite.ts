import { fileURLToPath } from 'node:url'

interface Plugin {
  readonly name: string
  readonly enforce: 'pre'
  resolveId(id: string, importer: string | undefined): string | undefined
  transform(code: string, id: string): string | undefined
}

/** What the Kubernetes client imports of Node and of packages for Node, and the file that stands for it in the runner. */
const STAND_INS: Readonly<Record<string, string>> = {
  'node:buffer': 'globals',
  'node:fs': 'fs',
  'node:http': 'http',
  'node:path': 'path',
  'node:readline': 'readline',
  'node:stream': 'stream',
  'node:timers/promises': 'timers-promises',
  url: 'globals',
  undici: 'undici',
  'node:child_process': 'absent',
  'node:https': 'absent',
  'node:net': 'absent',
  'node:querystring': 'absent',
  'node:tls': 'absent',
  hpagent: 'absent',
  'isomorphic-ws': 'absent',
  'openid-client': 'absent',
  socks: 'absent',
  'socks-proxy-agent': 'absent',
  'stream-buffers': 'absent',
  'tar-fs': 'absent',
}

const PACKAGE = '/@kubernetes/client-node/'

/**
 * Vite plugin for the worker of the embedded runner: the official client is bundled as it is, what it needs of Node comes from
 * `runtime/node`.
 */
export function nodeStandIns(): Plugin {
  return {
    name: 'podlab-node-stand-ins',
    enforce: 'pre',
    resolveId(id, importer) {
      const file = importer?.includes(PACKAGE) ? STAND_INS[id] : undefined
      return file === undefined ? undefined : fileURLToPath(new URL(`./runtime/node/${file}.ts`, import.meta.url))
    },
    // Vite takes `process.env` for its own and puts an empty object there.
    transform: (code, id) => (id.includes(PACKAGE) ? code.replaceAll('process.env', 'globalThis.podlabEnvironment') : undefined),
  }
}
