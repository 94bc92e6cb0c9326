/**
 * Makes `../generated/schema-docs.ts` from the types of kubernetes-models: what each type and field is for, which fields
 * are required, which values they may have. Run by the root package's `prepare` script; its output is never committed.
 */
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { definition, definitionNames } from '../schema.ts'

const HERE = path.dirname(fileURLToPath(import.meta.url))

/** Folders of packages whose name is not their API group. */
const GROUPS: { readonly [pkg: string]: string } = {
  core: '',
  admissionregistration: 'admissionregistration.k8s.io',
  authentication: 'authentication.k8s.io',
  authorization: 'authorization.k8s.io',
  certificates: 'certificates.k8s.io',
  coordination: 'coordination.k8s.io',
  discovery: 'discovery.k8s.io',
  events: 'events.k8s.io',
  flowcontrol: 'flowcontrol.apiserver.k8s.io',
  networking: 'networking.k8s.io',
  node: 'node.k8s.io',
  rbac: 'rbac.authorization.k8s.io',
  resource: 'resource.k8s.io',
  scheduling: 'scheduling.k8s.io',
  storage: 'storage.k8s.io',
}
const OTHERS = [
  ['io.k8s.apimachinery.pkg.api.resource.Quantity', 'api/resource/Quantity'],
  ['io.k8s.apimachinery.pkg.util.intstr.IntOrString', 'util/intstr/IntOrString'],
  ['io.k8s.apimachinery.pkg.runtime.RawExtension', 'runtime/RawExtension'],
  ['io.k8s.apimachinery.pkg.apis.meta.v1.Time', 'apis/meta/v1/Time'],
  ['io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime', 'apis/meta/v1/MicroTime'],
  ['io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1', 'apis/meta/v1/FieldsV1'],
] as const

const [models, machinery] = ['kubernetes-models', '@kubernetes-models/apimachinery'].map((name) => findPackage(name)) as [string, string]

function findPackage(name: string): string {
  for (let dir = HERE; ; dir = path.dirname(dir)) {
    const found = path.join(dir, 'node_modules', name)
    if (fs.existsSync(found)) return found
    if (dir === path.dirname(dir)) throw new Error(`${name} is not installed`)
  }
}

function fileOf(name: string): string {
  const parts = name.split('.')
  const kind = parts.pop() ?? ''
  const version = parts.pop() ?? ''
  if (name.startsWith('io.k8s.apimachinery.')) return path.join(machinery, 'apis', 'meta', version, `${kind}.d.ts`)
  if (name.includes('apiextensions')) return path.join(models, 'apiextensions.k8s.io', version, `${kind}.d.ts`)
  if (name.includes('apiregistration')) return path.join(models, 'apiregistration.k8s.io', version, `${kind}.d.ts`)
  const pkg = parts[3] ?? ''
  return path.join(models, GROUPS[pkg] ?? pkg, version, `${kind}.d.ts`)
}

interface FieldDocs {
  readonly description: string
  readonly required: boolean
  readonly values: readonly string[]
}

function parse(text: string): {
  readonly description: string
  readonly fields: ReadonlyMap<string, FieldDocs>
} {
  const fields = new Map<string, FieldDocs>()
  const start = /((?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?)export (?:interface|type) \w+[^{;]*/.exec(text)
  if (start === null) return { description: '', fields }
  const body = text.slice(start.index + start[0].length, text.indexOf('\n}', start.index))
  const pattern = /((?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?)\n? {4}"?([\w$-]+)"?(\?)?: ([^\n]*(?:\n {8}[^\n]*)*)/g
  for (const [, comment = '', name = '', optional, type = ''] of body.matchAll(pattern)) {
    const values = /^(?:"[^"]*"(?: \| )?)+;$/.test(type.trim()) ? [...type.matchAll(/"([^"]*)"/g)].map((m) => m[1] ?? '') : []
    fields.set(name, {
      description: comment === '' ? '' : uncomment(comment),
      required: optional === undefined,
      values: name === 'apiVersion' || name === 'kind' ? [] : values,
    })
  }
  return { description: uncomment(start[1] ?? ''), fields }
}

function uncomment(comment: string): string {
  return comment
    .trim()
    .replace(/^\/\*\*\s?/, '')
    .replace(/\s*\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .replaceAll('*\\/', '*/')
    .replaceAll('\\*', '*')
    .trim()
}

const out: { [name: string]: unknown } = {}
for (const name of definitionNames()) {
  const file = fileOf(name)
  if (!fs.existsSync(file)) continue
  const { description, fields } = parse(fs.readFileSync(file, 'utf8'))
  const docs: { [name: string]: unknown } = {}
  for (const json of definition(name).json.keys()) {
    const field = fields.get(json)
    if (field !== undefined) docs[json] = [field.description, field.required ? 1 : 0, ...(field.values.length > 0 ? [field.values] : [])]
  }
  out[name] = [description, docs]
}
for (const [name, file] of OTHERS) out[name] = [parse(fs.readFileSync(path.join(machinery, `${file}.d.ts`), 'utf8')).description, {}]

const target = path.join(HERE, '..', 'generated')
fs.mkdirSync(target, { recursive: true })
const header = '/** Made by ../generate/main.ts: by definition a description and, by field, description, required or not, values. */\n'
const json = JSON.stringify(out)
fs.writeFileSync(path.join(target, 'schema-docs.json'), json)
fs.writeFileSync(path.join(target, 'schema-docs.ts'), `${header}export const SCHEMA_DOCS: string = ${JSON.stringify(json)}\n`)
