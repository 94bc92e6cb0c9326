/** `kubectl create configmap` and `create secret`. */
import { sha256 } from '@noble/hashes/sha2.js'
import { goJson, sorted } from '#kubernetes/api/json.ts'
import { Errno } from '#linux/errno.ts'
import { S } from '#linux/syscalls.ts'
import { decode, encode, toBase64 } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import type { Call, Command } from '../../command.ts'
import { CommandError } from '../../errors.ts'
import { readFile } from '../../io.ts'
import { goError, type Kubectl } from '../../kubectl.ts'
import type { KubeObject } from '../../rest.ts'
import { array, flag, generator, list, text } from './generator.ts'

const KEY = /^[-._a-zA-Z0-9]+$/
const ENV = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/
const PLAIN = /^[^\uFFFD]*$/

class Bag {
  readonly data = new Map<string, Uint8Array>()

  add(key: string, bytes: Uint8Array): void {
    if (!KEY.test(key))
      throw new CommandError(
        `${JSON.stringify(key)} is not a valid key name: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
      )
    if (this.data.has(key)) throw new CommandError(`cannot add key ${JSON.stringify(key)}, another key by that name already exists`)
    this.data.set(key, bytes)
  }
}

/** What `--from-file`, `--from-literal` and `--from-env-file` name. */
export function* gather(k: Kubectl, call: Call): Sim<ReadonlyMap<string, Uint8Array>> {
  const bag = new Bag()
  const { flags } = call
  const envFiles = flags.list('from-env-file')
  if (envFiles.length > 0 && (flags.list('from-file').length > 0 || flags.list('from-literal').length > 0)) {
    throw new CommandError('from-env-file cannot be combined with from-file or from-literal')
  }
  for (const source of flags.list('from-literal')) {
    const eq = source.indexOf('=')
    if (eq < 1) throw new CommandError(`invalid literal source ${source}, expected key=value`)
    bag.add(source.slice(0, eq), encode(source.slice(eq + 1).replace(/^(['"])(.*)\1$/s, '$2')))
  }
  for (const source of flags.list('from-file')) yield* fromFile(k, bag, source)
  for (const path of envFiles) yield* fromEnvFile(k, bag, path)
  return bag.data
}

function* fromFile(k: Kubectl, bag: Bag, source: string): Sim<void> {
  const parts = source.split('=')
  if (parts.length > 2) throw new CommandError("key names or file paths cannot contain '='")
  const [first = '', second] = parts
  if (second !== undefined && first === '') throw new CommandError(`key name for file path ${second} missing`)
  if (second === '') throw new CommandError(`file path for key name ${first} missing`)
  const path = second ?? first
  let mode: number
  try {
    mode = k.proc.stat(path).mode
  } catch (error) {
    if (error instanceof Errno) throw new CommandError(`error reading ${path}: ${goError(error)}`)
    throw error
  }
  if ((mode & S.IFMT) !== S.IFDIR) {
    bag.add(second === undefined ? baseName(path) : first, yield* readFile(k.proc, path))
    return
  }
  if (second !== undefined) throw new CommandError(`cannot give a key name for a directory path`)
  for (const entry of [...k.proc.readdir(path)].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.type === S.IFREG) bag.add(entry.name, yield* readFile(k.proc, `${path.replace(/\/$/, '')}/${entry.name}`))
  }
}

const baseName = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1) ?? path

function* fromEnvFile(k: Kubectl, bag: Bag, path: string): Sim<void> {
  let content: string
  try {
    content = decode(yield* readFile(k.proc, path))
  } catch (error) {
    if (error instanceof Errno) throw new CommandError(`error reading ${path}: ${goError(error)}`)
    throw error
  }
  for (const raw of content.replace(/^\uFEFF/, '').split('\n')) {
    const line = raw.replace(/\r$/, '').trimStart()
    if (line === '' || line.startsWith('#')) continue
    const eq = line.indexOf('=')
    const key = eq < 0 ? line : line.slice(0, eq)
    if (!ENV.test(key))
      throw new CommandError(
        `${JSON.stringify(key)} is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')`,
      )
    bag.add(key, encode(eq < 0 ? (k.proc.getenv(key) ?? '') : line.slice(eq + 1)))
  }
}

/** Text, or undefined for bytes that are none. */
export function plainText(bytes: Uint8Array): string | undefined {
  const decoded = decode(bytes)
  return PLAIN.test(decoded) ? decoded : undefined
}

/** A config map's `data` and `binaryData`. */
export function configData(data: ReadonlyMap<string, Uint8Array>): { data?: Record<string, string>; binaryData?: Record<string, string> } {
  const plain: Record<string, string> = {}
  const binary: Record<string, string> = {}
  for (const [key, bytes] of data) {
    const decoded = plainText(bytes)
    if (decoded === undefined) binary[key] = toBase64(bytes)
    else plain[key] = decoded
  }
  return {
    ...(Object.keys(plain).length === 0 ? {} : { data: plain }),
    ...(Object.keys(binary).length === 0 ? {} : { binaryData: binary }),
  }
}

export function secretData(data: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...data].map(([key, bytes]) => [key, toBase64(bytes)]))
}

const LETTERS: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' }

/** The suffix that `--append-hash` and kustomize give: of kind, name, data (and a secret's type). */
export function contentHash(object: KubeObject): string {
  const { kind, metadata, data, binaryData, type } = object
  const content = {
    data: data ?? '',
    kind,
    name: metadata?.name ?? '',
    ...(binaryData === undefined ? {} : { binaryData }),
    ...(kind === 'Secret' ? { type: type ?? '' } : {}),
  }
  const hex = [...sha256(encode(goJson(sorted(content))))].map((b) => b.toString(16).padStart(2, '0')).join('')
  return hex.slice(0, 10).replace(/[013ae]/g, (c) => LETTERS[c] ?? c)
}

const hashed = (call: Call, object: KubeObject): KubeObject =>
  call.flags.bool('append-hash')
    ? { ...object, metadata: { ...object.metadata, name: `${object.metadata?.name}-${contentHash(object)}` } }
    : object

const sources = (what: string) => [
  flag('append-hash', `Append a hash of the ${what} to its name.`),
  list('from-env-file', `Specify the path to a file to read lines of key=val pairs to create a ${what}.`),
  list(
    'from-file',
    what === 'configmap'
      ? 'Key file can be specified using its file path, in which case file basename will be used as configmap key, or optionally with a key and file path, in which case the given key will be used.  Specifying a directory will iterate each named file in the directory whose basename is a valid configmap key.'
      : 'Key files can be specified using their file path, in which case a default name will be given to them, or optionally with a name and file path, in which case the given name will be used.  Specifying a directory will iterate each named file in the directory that is a valid secret key.',
  ),
  array(
    'from-literal',
    what === 'configmap'
      ? 'Specify a key and literal value to insert in configmap (i.e. mykey=somevalue)'
      : 'Specify a key and literal value to insert in secret (i.e. mykey=somevalue)',
  ),
]

export const configmap = generator({
  name: 'configmap',
  aliases: ['cm'],
  use: 'NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  short: 'Create a config map from a local file, directory or literal value',
  long: 'Create a config map based on a file, directory, or specified literal value.\n\n A single config map may package one or more key/value pairs.\n\n When creating a config map based on a file, the key will default to the basename of the file, and the value will default to the file content.  If the basename is an invalid key, you may specify an alternate key.\n\n When creating a config map based on a directory, each file whose basename is a valid key in the directory will be packaged into the config map.  Any directory entries except regular files are ignored (e.g. subdirectories, symlinks, devices, pipes, etc).',
  flags: sources('configmap'),
  failure: 'failed to create configmap:',
  *build(call, name, k) {
    return hashed(call, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...configData(yield* gather(k, call)) })
  },
})

const generic = generator({
  name: 'generic',
  use: 'NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  short: 'Create a secret from a local file, directory, or literal value',
  flags: [...sources('secret'), text('type', 'The type of secret to create')],
  failure: 'failed to create secret',
  *build(call, name, k) {
    const data = secretData(yield* gather(k, call))
    const type = call.flags.string('type')
    return hashed(call, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      ...(Object.keys(data).length === 0 ? {} : { data }),
      ...(type === '' ? {} : { type }),
    })
  },
})

const tls = generator({
  name: 'tls',
  use: 'NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]',
  short: 'Create a TLS secret',
  long: 'Create a TLS secret from the given public/private key pair.\n\n The public/private key pair must exist beforehand. The public key certificate must be .PEM encoded and match the given private key.',
  flags: [
    flag('append-hash', 'Append a hash of the secret to its name.'),
    text('cert', 'Path to PEM encoded public key certificate.'),
    text('key', 'Path to private key associated with given certificate.'),
  ],
  failure: 'failed to create secret',
  *build(call, name, k) {
    if (call.flags.string('key') === '' || call.flags.string('cert') === '') throw new CommandError('key and cert must be specified')
    const read = function* (path: string): Sim<Uint8Array> {
      try {
        return yield* readFile(k.proc, path)
      } catch (error) {
        if (error instanceof Errno) throw new CommandError(`Cannot read file ${path}, open ${path}: ${goError(error)}`)
        throw error
      }
    }
    const cert = yield* read(call.flags.string('cert'))
    const key = yield* read(call.flags.string('key'))
    if (!decode(cert).includes('-----BEGIN CERTIFICATE-----'))
      throw new CommandError('tls: failed to find any PEM data in certificate input')
    if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(decode(key))) throw new CommandError('tls: failed to find any PEM data in key input')
    return hashed(call, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      data: { 'tls.crt': toBase64(cert), 'tls.key': toBase64(key) },
      type: 'kubernetes.io/tls',
    })
  },
})

const dockerRegistry = generator({
  name: 'docker-registry',
  use: 'NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]',
  short: 'Create a secret for use with a Docker registry',
  flags: [
    flag('append-hash', 'Append a hash of the secret to its name.'),
    text('docker-email', 'Email for Docker registry'),
    text('docker-password', 'Password for Docker registry authentication'),
    text('docker-server', 'Server location for Docker registry', "'https://index.docker.io/v1/'"),
    text('docker-username', 'Username for Docker registry authentication'),
    list(
      'from-file',
      'Key files can be specified using their file path, in which case a default name of .dockerconfigjson will be given to them, or optionally with a name and file path, in which case the given name will be used. Specifying a directory will iterate each named file in the directory that is a valid secret key. For this command, the key should always be .dockerconfigjson.',
    ),
  ],
  failure: 'failed to create secret',
  *build(call, name, k) {
    const { flags } = call
    if (flags.list('from-file').length > 0)
      return hashed(call, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name },
        data: secretData(yield* gather(k, call)),
        type: 'kubernetes.io/dockerconfigjson',
      })
    const username = flags.string('docker-username')
    const password = flags.string('docker-password')
    if (username === '' || password === '')
      throw new CommandError(
        'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
      )
    const email = flags.string('docker-email')
    const entry = { username, password, ...(email === '' ? {} : { email }), auth: toBase64(encode(`${username}:${password}`)) }
    const config = JSON.stringify({ auths: { [flags.string('docker-server')]: entry } })
    return hashed(call, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      data: { '.dockerconfigjson': toBase64(encode(config)) },
      type: 'kubernetes.io/dockerconfigjson',
    })
  },
})

export const secret: Command = {
  name: 'secret',
  use: '(docker-registry | generic | tls)',
  short: 'Create a secret using a specified subcommand',
  long: 'Create a secret with specified type.\n\n A docker-registry type secret is for accessing a container registry.\n\n A generic type secret indicate an Opaque secret type.\n\n A tls type secret holds TLS certificate and its associated key.',
  flags: [],
  commands: [dockerRegistry, generic, tls],
}
