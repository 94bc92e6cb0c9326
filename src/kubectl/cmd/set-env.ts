import { type Draft, drafts, objs, str, strMap } from '#kubernetes/api/json.ts'
import { decode, fromBase64 } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { parseResourceArgs } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { print, printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { pathOf } from '../mapping.ts'
import { matchingContainers, withPodSpec } from './pod-template.ts'
import { applyChange, SET_FLAGS, targets } from './set-fields.ts'

interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: object
}

const NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/

export const env: Command = {
  name: 'env',
  use: 'RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  short: 'Update environment variables on a pod template',
  flags: [
    ...SET_FLAGS,
    {
      name: 'containers',
      short: 'c',
      type: 'string',
      default: "'*'",
      usage: 'The names of containers in the selected pod templates to change - may use wildcards',
    },
    {
      name: 'env',
      short: 'e',
      type: 'stringArray',
      default: '[]',
      usage: 'Specify a key-value pair for an environment variable to set into each container.',
    },
    { name: 'from', type: 'string', default: "''", usage: 'The name of a resource from which to inject environment variables' },
    { name: 'keys', type: 'stringSlice', default: '[]', usage: 'Comma-separated list of keys to import from specified resource' },
    {
      name: 'list',
      type: 'bool',
      default: 'false',
      usage:
        'If true, display the environment and any changes in the standard format. this flag will removed when we have kubectl view env.',
    },
    { name: 'local', type: 'bool', default: 'false', usage: 'If true, set env will NOT contact api-server but run locally.' },
    {
      name: 'overwrite',
      type: 'bool',
      default: 'true',
      usage: 'If true, allow environment to be overwritten, otherwise reject updates that overwrite existing environment.',
    },
    { name: 'prefix', type: 'string', default: "''", usage: 'Prefix to append to variable names' },
    { name: 'resolve', type: 'bool', default: 'false', usage: 'If true, show secret or configmap references when listing variables' },
  ],
  run,
}

function* run(k: Kubectl, call: Call): Sim<number> {
  const { flags } = call
  const isVariable = (a: string): boolean => a.includes('=') || (a.endsWith('-') && a !== '-')
  const words = [...call.args.filter(isVariable), ...flags.list('env')]
  const resources = call.args.filter((a) => !isVariable(a) && a !== '-')
  if (resources.length === 0 && flags.list('filename').length === 0)
    throw new CommandError('one or more resources must be specified as <resource> <name> or <resource>/<name>')
  if (call.args.includes('-'))
    words.push(
      ...decode(yield* k.stdin())
        .split('\n')
        .filter((l) => l.trim() !== '' && !l.startsWith('#')),
    )
  if (words.length === 0 && !flags.bool('list') && flags.string('from') === '') {
    yield* targets(k, call, resources)
    throw new CommandError('at least one environment variable must be provided')
  }
  const { add, remove } = parse(words)
  add.push(...(yield* imported(k, call)))
  for (const info of yield* targets(k, call, resources)) {
    const found = withPodSpec(info.object ?? {})
    if (found === undefined) throw new CommandError(`${info.mapping.resource}/${info.name} has no pod template`)
    const { chosen } = matchingContainers(found.spec, flags.string('containers'))
    if (chosen.length === 0) {
      yield* printError(
        k.proc,
        `warning: ${info.mapping.resource}/${info.name} does not have any containers matching ${JSON.stringify(flags.string('containers'))}\n`,
      )
      continue
    }
    for (const c of chosen) change(c, add, remove, flags.bool('overwrite'))
    if (flags.bool('list')) for (const c of chosen) yield* list(k, info.mapping.kind, info.name, c, flags.bool('resolve'))
    else yield* applyChange(k, call, info, found.copy, 'env updated')
  }
  return 0
}

function parse(words: readonly string[]): { add: Variable[]; remove: string[] } {
  const add: Variable[] = []
  const remove: string[] = []
  for (const word of words) {
    const eq = word.indexOf('=')
    if (eq < 0 && word.endsWith('-')) {
      remove.push(word.slice(0, -1))
      continue
    }
    if (eq < 1 || !NAME.test(word.slice(0, eq)))
      throw new CommandError(
        eq < 0
          ? `unknown var: ${word}`
          : `${JSON.stringify(word.slice(0, eq))} is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')`,
      )
    add.push({ name: word.slice(0, eq), value: word.slice(eq + 1) })
  }
  if (remove.some((name) => add.some((v) => v.name === name)))
    throw new CommandError('can not both modify and remove an environment variable in the same command')
  return { add, remove }
}

/** Variables of `--from=configmap/NAME` or `secret/NAME`. */
function* imported(k: Kubectl, call: Call): Sim<Variable[]> {
  const { flags } = call
  const from = flags.string('from')
  if (from === '') return []
  const mapper = yield* k.mapper()
  const out: Variable[] = []
  for (const { mapping, name } of parseResourceArgs(mapper, [from]).named) {
    const object = yield* (yield* k.rest()).json('GET', pathOf(mapping, yield* k.namespace(), name))
    const ref = mapping.kind === 'Secret' ? 'secretKeyRef' : mapping.kind === 'ConfigMap' ? 'configMapKeyRef' : undefined
    if (ref === undefined) throw new CommandError(`unsupported resource specified in --from`)
    const wanted = flags.list('keys')
    for (const key of Object.keys(strMap(object, 'data')).sort()) {
      if (wanted.length > 0 && !wanted.includes(key)) continue
      const variable = key.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')
      if (variable !== key.toUpperCase()) yield* printError(k.proc, `Warning: key ${key} transferred to ${variable}\n`)
      out.push({ name: `${flags.string('prefix')}${variable}`, valueFrom: { [ref]: { key, name } } })
    }
  }
  return out
}

function change(container: Draft, add: readonly Variable[], remove: readonly string[], overwrite: boolean): void {
  const env = container.env === undefined ? [] : drafts(container, 'env')
  for (const v of add) {
    const at = env.findIndex((e) => e.name === v.name)
    if (at >= 0 && !overwrite)
      throw new CommandError(`'${v.name}' already has a value (${str(env[at], 'value')}), and --overwrite is false`)
    if (at >= 0) env[at] = { ...v }
    else env.push({ ...v })
  }
  const left = env.filter((e) => !remove.includes(String(e.name)))
  if (left.length === 0) delete container.env
  else container.env = left
}

function* list(k: Kubectl, kind: string, name: string, container: Draft, resolve: boolean): Sim<void> {
  const lines = [`# ${kind} ${name}, container ${String(container.name)}\n`]
  for (const e of objs(container, 'env')) {
    const secret = str(e, 'valueFrom', 'secretKeyRef', 'name')
    const config = str(e, 'valueFrom', 'configMapKeyRef', 'name')
    const field = str(e, 'valueFrom', 'fieldRef', 'fieldPath')
    if (e.valueFrom === undefined) lines.push(`${str(e, 'name')}=${str(e, 'value')}\n`)
    else if (resolve && (secret !== '' || config !== ''))
      lines.push(
        `${str(e, 'name')}=${yield* resolved(k, secret !== '', secret || config, str(e, 'valueFrom', secret !== '' ? 'secretKeyRef' : 'configMapKeyRef', 'key'))}\n`,
      )
    else if (secret !== '') lines.push(`# ${str(e, 'name')} from secret ${secret}, key ${str(e, 'valueFrom', 'secretKeyRef', 'key')}\n`)
    else if (config !== '')
      lines.push(`# ${str(e, 'name')} from configmap ${config}, key ${str(e, 'valueFrom', 'configMapKeyRef', 'key')}\n`)
    else lines.push(`# ${str(e, 'name')} from field path ${field}\n`)
  }
  yield* print(k.proc, lines.join(''))
}

function* resolved(k: Kubectl, secret: boolean, name: string, key: string): Sim<string> {
  const object = yield* (yield* k.rest()).json(
    'GET',
    `/api/v1/namespaces/${yield* k.namespace()}/${secret ? 'secrets' : 'configmaps'}/${name}`,
  )
  const value = strMap(object, 'data')[key] ?? ''
  return secret ? decode(fromBase64(value) ?? new Uint8Array(0)) : value
}
