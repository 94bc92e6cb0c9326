import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import type { Call } from '../command.ts'
import { CommandError } from '../errors.ts'
import { print, readFile } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { type Mapping, singularName } from '../mapping.ts'
import type { KubeObject } from '../rest.ts'
import { checkTemplate, goTemplate } from './go-template.ts'
import { jsonpath } from './jsonpath.ts'
import { toKyaml } from './kyaml.ts'
import { inGoOrder } from './typed.ts'
import { toYaml } from './yaml.ts'

const FORMATS = 'json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file'

/** Formats objects for `-o`; undefined when the command's own message is wanted. */
export type ObjectPrinter = (object: KubeObject, mapping: Mapping | undefined) => string

/** The printer `-o` asks for. `extra` formats (`wide`, `custom-columns=…`) are the caller's. */
export function* objectPrinter(k: Kubectl, call: Call, allowed = FORMATS): Sim<ObjectPrinter | undefined> {
  const output = call.flags.string('output')
  const template = call.flags.string('template')
  const eq = output.indexOf('=')
  const format = eq < 0 ? output : output.slice(0, eq)
  const argument = eq < 0 ? template : output.slice(eq + 1)
  const keep = call.flags.bool('show-managed-fields')
  const strict = call.flags.changed('allow-missing-template-keys') && !call.flags.bool('allow-missing-template-keys')
  switch (format) {
    case '':
      return undefined
    case 'json':
      return (o) => `${JSON.stringify(layout(o, keep), null, 4)}\n`
    case 'kyaml':
      return (o) => toKyaml(layout(o, keep))
    case 'yaml':
      return (o) => toYaml(visible(o, keep))
    case 'name':
      return (o, m) => `${m === undefined ? (o.kind ?? '').toLowerCase() : singularName(m)}/${o.metadata?.name ?? ''}\n`
    case 'jsonpath':
      return pathPrinter(argument, false, strict)
    case 'jsonpath-as-json':
      return pathPrinter(argument, true, strict)
    case 'jsonpath-file':
      return pathPrinter(decode(yield* readFile(k.proc, argument)), false, strict)
    case 'go-template':
    case 'template':
      return templatePrinter(argument)
    case 'go-template-file':
    case 'templatefile':
      return templatePrinter(decode(yield* readFile(k.proc, argument)))
    default:
      throw new CommandError(
        `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: ${allowed}`,
      )
  }
}

function pathPrinter(template: string, asJson: boolean, strict: boolean): ObjectPrinter {
  if (template === '') throw new CommandError('template format specified but no template given')
  if (!template.includes('{') && !asJson) return () => template
  return (object) => jsonpath(template, object, asJson, strict)
}

function templatePrinter(template: string): ObjectPrinter {
  if (template === '') throw new CommandError('template format specified but no template given')
  checkTemplate(template)
  return (object) => goTemplate(template, object)
}

const typed = new WeakSet<object>()

/** Marks an object as one that kubectl made from its own types: its fields are shown in their order. */
export function asTyped<T extends KubeObject>(object: T): T {
  typed.add(object)
  return object
}

function layout(object: KubeObject, keepManagedFields: boolean): unknown {
  const shown = visible(object, keepManagedFields)
  return typed.has(object) ? inGoOrder(shown) : sorted(shown)
}

/** Without managedFields, as `-o yaml` shows objects. */
function visible(object: KubeObject, keepManagedFields: boolean): KubeObject {
  if (keepManagedFields) return object
  if (Array.isArray(object.items)) return { ...object, items: (object.items as KubeObject[]).map((o) => visible(o, false)) }
  if (object.metadata?.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** Keys in order, all the way down: encoding/json's maps. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const map = value as Record<string, unknown>
  return Object.fromEntries(
    Object.keys(map)
      .filter((k) => map[k] !== undefined)
      .sort()
      .map((k) => [k, sorted(map[k])]),
  )
}

/** Prints the outcome of a changing command: `deployment.apps/web created`, or the object when `-o` is given. */
export function* report(k: Kubectl, call: Call, mapping: Mapping, object: KubeObject, done: string): Sim<void> {
  const printer = yield* objectPrinter(k, call)
  if (printer !== undefined) {
    yield* print(k.proc, printer(object, mapping))
    return
  }
  yield* print(k.proc, `${singularName(mapping)}/${object.metadata?.name ?? ''} ${done}${dryRunSuffix(call)}\n`)
}

export type DryRun = 'none' | 'client' | 'server'

/** `--dry-run`, checked. */
export function dryRun(call: Call): DryRun {
  const value = call.flags.string('dry-run')
  if (value === 'none' || value === 'client' || value === 'server') return value
  if (value === 'unchanged') return 'client'
  if (value === '') return 'none'
  throw new CommandError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`)
}

export function dryRunSuffix(call: Call): string {
  const mode = dryRun(call)
  return mode === 'client' ? ' (dry run)' : mode === 'server' ? ' (server dry run)' : ''
}

/** Query parameters of a write: dry run, field manager, validation. */
export function writeQuery(call: Call): Record<string, string | undefined> {
  const asked = call.flags.string('validate')
  if (call.flags.changed('validate') && !['true', 'strict', 'warn', 'ignore', 'false', ''].includes(asked)) {
    throw new CommandError(`invalid - validate option ${JSON.stringify(asked)}; must be one of: strict (or true), warn, ignore (or false)`)
  }
  const validate = { true: 'Strict', strict: 'Strict', warn: 'Warn', ignore: 'Ignore', false: 'Ignore' }[asked]
  return {
    dryRun: dryRun(call) === 'server' ? 'All' : undefined,
    fieldManager: call.flags.string('field-manager') || undefined,
    fieldValidation: validate,
  }
}
