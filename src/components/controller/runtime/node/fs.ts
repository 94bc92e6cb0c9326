/** The file system as the client sees it: one file, the kubeconfig of the reader's laptop. Credentials are added outside of the runner. */
import { Buffer } from 'buffer'
import { HOME, SERVER } from '../environment.ts'

const CONFIG = `apiVersion: v1
kind: Config
clusters:
- name: kind-kind
  cluster: {server: '${SERVER}'}
contexts:
- name: kind-kind
  context: {cluster: kind-kind, user: kind-kind}
current-context: kind-kind
users:
- name: kind-kind
  user: {}
`

const FILES: ReadonlyMap<string, string> = new Map([[`${HOME}/.kube/config`, CONFIG]])
const FOLDERS: ReadonlySet<string> = new Set(['/', '/home', HOME, `${HOME}/.kube`])

function missing(call: string, path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, ${call} '${path}'`), { code: 'ENOENT', path })
}

export function accessSync(path: string): void {
  if (!FILES.has(path) && !FOLDERS.has(path)) throw missing('access', path)
}

export function readFileSync(path: string): Buffer {
  const text = FILES.get(path)
  if (text === undefined) throw missing('open', path)
  return Buffer.from(text)
}

export default { accessSync, readFileSync }
