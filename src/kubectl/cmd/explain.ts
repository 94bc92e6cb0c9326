import { at, isObj, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { print, printError } from '../io.ts'
import { groupVersion } from '../mapping.ts'
import { oldFields, wrap } from '../print/explain-text.ts'

export const explain: Command = {
  name: 'explain',
  use: 'TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]',
  short: 'Get documentation for a resource',
  group: 'Basic Commands (Intermediate)',
  flags: [
    {
      name: 'api-version',
      type: 'string',
      default: "''",
      usage: 'Get different explanations for particular API version (API group/version)',
    },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      default: "'plaintext'",
      usage: 'Format in which to render the schema (plaintext, plaintext-openapiv2)',
    },
    { name: 'recursive', short: 'R', type: 'bool', default: 'false', usage: 'Print the fields of fields (Currently only 1 level deep)' },
  ],
  *run(k, call) {
    const [word, ...more] = call.args
    if (word === undefined)
      throw new CommandError(
        'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.',
      )
    if (more.length > 0) throw new CommandError('We accept only this format: explain RESOURCE')
    const mapper = yield* k.mapper()
    const whole = mapper.find(word)
    const [type = '', ...dotted] = word.split('.')
    let mapping = whole ?? mapper.find(type)
    let path: readonly string[] = whole === undefined ? dotted : []
    if (whole === undefined) {
      // Longest prefix that names a resource: `deployments.apps.spec`.
      for (let i = dotted.length; i > 0; i--) {
        const candidate = mapper.find([type, ...dotted.slice(0, i)].join('.'))
        if (
          candidate === undefined ||
          !dotted.slice(0, i).join('.').startsWith(candidate.group.slice(0, 1)) ||
          candidate.group !== dotted.slice(0, i).join('.')
        )
          continue
        mapping = candidate
        path = dotted.slice(i)
        break
      }
    }
    if (mapping === undefined) {
      yield* printError(k.proc, `the server doesn't have a resource type ${JSON.stringify(type)}\n`)
      return 1
    }
    const version = call.flags.string('api-version')
    if (version !== '') {
      const found = mapper.forKind(version, mapping.kind)
      if (found === undefined) throw new CommandError(`couldn't find resource for "${version}, Resource=${mapping.resource}"`)
      mapping = found
    }
    const rest = yield* k.rest()
    const root = mapping.group === '' ? `api/${mapping.version}` : `apis/${groupVersion(mapping)}`
    const document = yield* rest.json<Obj>('GET', `/openapi/v3/${root}`)
    const schema = Object.values(obj(document, 'components', 'schemas')).find((s) =>
      objs(s, 'x-kubernetes-group-version-kind').some(
        (g) => str(g, 'group') === mapping.group && g.version === mapping.version && g.kind === mapping.kind,
      ),
    )
    if (schema === undefined)
      throw new CommandError(`GVR (${groupVersion(mapping)}, Resource=${mapping.resource}) not found in OpenAPI schema`)
    const output = call.flags.string('output')
    if (output !== 'plaintext' && output !== 'plaintext-openapiv2') throw new CommandError(`unrecognized format: ${output}`)
    const explained = new Explainer(document, call.flags.bool('recursive'))
    if (output === 'plaintext-openapiv2') {
      yield* print(
        k.proc,
        oldFields(mapping, explained.target(schema, path), (s) => explained.resolve(s)),
      )
      return 0
    }
    yield* print(
      k.proc,
      `${mapping.group === '' ? '' : `GROUP:      ${mapping.group}\n`}KIND:       ${mapping.kind}\nVERSION:    ${mapping.version}\n\n`,
    )
    yield* print(k.proc, `${explained.text(schema, path)}\n`)
    return 0
  },
}

const indent = (n: number, text: string): string =>
  text
    .split('\n')
    .map((l) => ' '.repeat(n) + l)
    .join('\n')

/** Renders a schema of an OpenAPI v3 document as `kubectl explain` does. */
class Explainer {
  readonly #document: Obj
  readonly #recursive: boolean

  constructor(document: Obj, recursive: boolean) {
    this.#document = document
    this.#recursive = recursive
  }

  /** What a `$ref` leads to; the schema itself without one. */
  resolve(schema: unknown): Obj {
    const ref = str(schema, '$ref')
    return ref === '' ? (isObj(schema) ? schema : {}) : obj(this.#document, 'components', 'schemas', ref.split('/').at(-1) ?? '')
  }

  text(schema: unknown, path: readonly string[]): string {
    const { head, last } = this.#walk(schema, path, '')
    const fields = this.#fields(last, 1, new Set())
    const description = this.#describe(last)
    return `${head}DESCRIPTION:\n${indent(4, wrap(description === '' ? '<empty>' : description, 76))}\n${fields === '' ? '' : `FIELDS:\n${fields}`}`
  }

  /** The schema a path leads to. */
  target(schema: unknown, path: readonly string[]): Obj {
    return this.resolve(this.#walk(schema, path, '').last)
  }

  #walk(schema: unknown, path: readonly string[], head: string): { head: string; last: unknown } {
    const [name, ...rest] = path
    if (name === undefined) return { head, last: schema }
    const owner = this.#withProperty(schema, name)
    const property = owner === undefined ? undefined : at(owner, 'properties', name)
    if (property === undefined) throw new CommandError(`field ${JSON.stringify(path.at(-1))} does not exist`)
    const title = rest.length > 0 ? '' : `FIELD: ${name} <${this.#type(property)}>\n${this.#longEnum(property)}\n\n`
    return this.#walk(property, rest, head + title)
  }

  #withProperty(schema: unknown, name: string): Obj | undefined {
    const resolved = this.resolve(schema)
    if (at(resolved, 'properties', name) !== undefined) return resolved
    if (resolved.items !== undefined) return this.#withProperty(resolved.items, name)
    if (isObj(resolved.additionalProperties)) return this.#withProperty(resolved.additionalProperties, name)
    for (const part of objs(resolved, 'allOf')) {
      const found = this.#withProperty(part, name)
      if (found !== undefined) return found
    }
    return undefined
  }

  #longEnum(property: unknown): string {
    const values = this.#enum(property)
    return values.length === 0 ? '' : `ENUM:\n${values.map((v) => `    ${v}`).join('\n')}`
  }

  #enum(property: unknown): string[] {
    const own = strs(property, 'enum')
    const values = own.length > 0 ? own : strs(this.resolve(property), 'enum')
    return values.map((v) => (v === '' ? '""' : v))
  }

  #type(schema: unknown): string {
    if (!isObj(schema)) return 'Object'
    if (schema.items !== undefined) return `[]${this.#type(schema.items)}`
    if (isObj(schema.additionalProperties)) return `map[string]${this.#type(schema.additionalProperties)}`
    const all = objs(schema, 'allOf')
    if (all.length === 1 && schema.properties === undefined) return this.#type(all[0])
    const ref = str(schema, '$ref')
    if (ref !== '') {
      const type = str(this.resolve(schema), 'type')
      return type === '' || type === 'object' ? (ref.split('/').at(-1)?.split('.').at(-1) ?? 'Object') : type
    }
    const type = str(schema, 'type')
    return type === 'object' || type === '' ? 'Object' : type
  }

  #describe(schema: unknown): string {
    const resolved = this.resolve(schema)
    const own = str(resolved, 'description')
    let text = own === '' ? '' : `${own}\n`
    for (const part of objs(resolved, 'allOf')) text += this.#describe(part)
    if (resolved.items !== undefined) text += this.#describe(resolved.items)
    if (isObj(resolved.additionalProperties)) text += this.#describe(resolved.additionalProperties)
    return text
  }

  #fields(schema: unknown, level: number, seen: ReadonlySet<string>): string {
    const ref = str(schema, '$ref')
    if (seen.has(ref)) return ''
    const next = ref === '' ? seen : new Set([...seen, ref])
    const resolved = this.resolve(schema)
    const properties = obj(resolved, 'properties')
    const required = strs(resolved, 'required')
    let text = ''
    for (const name of Object.keys(properties).sort()) {
      text += this.#detail(name, properties[name], required.includes(name), level)
      if (this.#recursive) text += this.#fields(properties[name], level + 1, next)
    }
    for (const part of objs(resolved, 'allOf')) text += this.#fields(part, level, next)
    if (resolved.items !== undefined) text += this.#fields(resolved.items, level, next)
    if (isObj(resolved.additionalProperties)) text += this.#fields(resolved.additionalProperties, level, next)
    return text
  }

  #detail(name: string, property: unknown, required: boolean, level: number): string {
    const pad = level * 2
    const values = this.#enum(property)
    const shown = values.length > 4 ? `${values.slice(0, 4).join(', ')}, ....` : values.join(', ')
    const head = `${' '.repeat(pad)}${name}\t<${this.#type(property)}>${required ? ' -required-' : ''}${values.length === 0 ? '' : `\n${' '.repeat(pad)}enum: ${shown}`}\n`
    if (this.#recursive) return head
    return `${head}${indent(pad + 2, wrap(str(property, 'description') || '<no description>', 78 - pad))}\n\n`
  }
}
