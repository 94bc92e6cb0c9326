import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, infoOf, infoPath, selectObjects } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, ServerError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { groupResource } from '../mapping.ts'
import { report, sorted, writeQuery } from '../print/object.ts'
import { toYaml } from '../print/yaml.ts'
import type { KubeObject } from '../rest.ts'
import { lastApplied } from './apply-patch.ts'
import { header, launchTempFile, manualStrip, type Reason, readEdited, stripComments } from './edit-file.ts'
import { isBuiltIn, patchBetween } from './object-patch.ts'

const KEY_CHANGED = 'At least one of apiVersion, kind and name was changed'
const NO_VALID_CHANGES = 'Edit cancelled, no valid changes were saved.'

/** Source: k8s.io/kubectl pkg/cmd/util/editor, editoptions.go. */
export const edit: Command = {
  name: 'edit',
  use: '(RESOURCE/NAME | -f FILENAME)',
  short: 'Edit a resource on the server',
  group: 'Basic Commands (Intermediate)',
  flags: [
    SHARED.allowMissing,
    SHARED.fieldManager('kubectl-edit'),
    SHARED.filename('Filename, directory, or URL to files to use to edit the resource'),
    SHARED.kustomize,
    SHARED.output,
    { name: 'output-patch', type: 'bool', default: 'false', usage: 'Output the patch if the resource is edited.' },
    SHARED.recursive(),
    SHARED.saveConfig,
    SHARED.showManagedFields,
    {
      name: 'subresource',
      type: 'string',
      default: "''",
      usage: 'If specified, edit will operate on the subresource of the requested object.',
    },
    SHARED.template,
    SHARED.validate,
    { name: 'windows-line-endings', type: 'bool', default: 'false', usage: 'Defaults to the line ending native to your platform.' },
  ],
  *run(k, call) {
    const sub = call.flags.string('subresource') || undefined
    const infos = yield* selectObjects(k, call, { all: true })
    if (infos.length === 0) throw new CommandError('edit cancelled, no objects found')
    const rest = yield* k.rest()
    const latest: Info[] = []
    for (const info of infos) latest.push(sub === undefined ? info : { ...info, object: yield* rest.json('GET', infoPath(info, sub)) })
    return yield* new Edit(k, call, latest, sub).run()
  },
}

/** What became of an attempt to save. */
interface Results {
  readonly reasons: Reason[]
  retryable: number
  notFound: number
  /** Objects that have to be edited again. */
  again: number
}

class Edit {
  readonly #k: Kubectl
  readonly #call: Call
  readonly #infos: readonly Info[]
  readonly #subresource: string | undefined
  readonly #json: boolean

  constructor(k: Kubectl, call: Call, infos: readonly Info[], subresource: string | undefined) {
    this.#k = k
    this.#call = call
    this.#subresource = subresource
    const keep = call.flags.bool('show-managed-fields')
    this.#infos = infos.map((info) => ({ ...info, object: shown(info.object ?? {}, keep) }))
    const output = call.flags.string('output')
    if (!['', 'yaml', 'json'].includes(output))
      throw new CommandError(
        `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: json, yaml`,
      )
    this.#json = output === 'json'
  }

  /** Edits until it is saved, cancelled, or nothing valid comes any more. */
  *run(): Sim<number> {
    const k = this.#k
    const original = this.#printed()
    let edited = ''
    let file: string | undefined
    let failed = false
    let results = noResults()
    for (;;) {
      const head = this.#json ? '' : header(results.reasons)
      const before = edited
      const text = head + (failed ? manualStrip(edited) : original)
      const windows = this.#call.flags.bool('windows-line-endings')
      try {
        const launched = yield* launchTempFile(
          k,
          encode(windows ? text.replaceAll(/\r?\n/g, '\r\n') : text),
          this.#json ? '.json' : '.yaml',
        )
        edited = launched.text
        if (failed && stripComments(before) === stripComments(edited)) {
          file = launched.file
          throw new CommandError(NO_VALID_CHANGES)
        }
        if (file !== undefined) k.proc.unlink(file)
        file = launched.file
        results = noResults()
        const wrong = invalid(edited)
        if (wrong !== undefined) {
          failed = true
          yield* this.#refused(results, this.#infos[0], { field: '<nil>', message: wrong })
          continue
        }
        if (stripComments(original) === stripComments(edited)) {
          k.proc.unlink(file)
          yield* printError(k.proc, 'Edit cancelled, no changes made.\n')
          return 0
        }
        const updated = yield* this.#parse(edited, results)
        failed = updated === undefined
        if (updated === undefined) continue
        for (const info of updated) yield* this.#save(info, results)
      } catch (error) {
        if (error instanceof CommandError && file !== undefined && k.proc.access(file, ''))
          yield* printError(k.proc, `A copy of your changes has been stored to ${JSON.stringify(file)}\n`)
        throw error
      }
      if (results.retryable > 0) {
        yield* printError(k.proc, `You can run \`kubectl replace -f ${file}\` to try this update again.\n`)
        return 1
      }
      if (results.notFound > 0) {
        yield* printError(k.proc, `The edits you made on deleted resources have been saved to ${JSON.stringify(file)}\n`)
        return 1
      }
      if (results.again === 0) {
        k.proc.unlink(file)
        return 0
      }
      failed = true
    }
  }

  /** The object, or a list of them, as it goes into the file. */
  #printed(): string {
    const [first] = this.#infos
    const items = this.#infos.map((info) => info.object ?? {})
    const value = items.length === 1 ? (first?.object ?? {}) : { apiVersion: 'v1', items, kind: 'List', metadata: {} }
    return this.#json ? `${JSON.stringify(sorted(value), null, 4)}\n` : toYaml(value)
  }

  /** The objects of the edited file; undefined when it has to be edited again. */
  *#parse(text: string, results: Results): Sim<Info[] | undefined> {
    const namespace = yield* this.#k.namespace()
    try {
      const objects = readEdited(text)
      return yield* this.#k.mapped((mapper) => objects.map((object) => infoOf(mapper, { object, source: 'edited-file' }, namespace, false)))
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      results.reasons.push({ head: `The edited file had a syntax error: ${error.message}`, other: [] })
      return undefined
    }
  }

  /** Sends what was changed of an object. */
  *#save(info: Info, results: Results): Sim<void> {
    const call = this.#call
    const after = call.flags.bool('save-config') ? lastApplied(info.object ?? {}) : (info.object ?? {})
    const old = this.#infos.find((one) => one.object?.metadata?.uid === after.metadata?.uid)
    const before = old?.object
    if (old === undefined || before === undefined) throw new CommandError('no original object found for the edited one')
    if (info.namespace !== old.namespace)
      throw new CommandError(
        `the namespace from the provided object ${JSON.stringify(info.namespace ?? '')} does not match the namespace ${JSON.stringify(old.namespace ?? '')}. You must pass '--namespace=${info.namespace}' to perform this operation.`,
      )
    const patch = patchBetween(old.mapping, before, after)
    if (patch === undefined) {
      yield* report(this.#k, call, info.mapping, after, 'skipped')
      return
    }
    if (before.apiVersion !== after.apiVersion || before.kind !== after.kind || before.metadata?.name !== after.metadata?.name)
      throw new CommandError(KEY_CHANGED)
    if (call.flags.bool('output-patch')) yield* print(this.#k.proc, `Patch: ${JSON.stringify(sorted(patch))}\n`)
    const contentType = isBuiltIn(old.mapping) ? 'application/strategic-merge-patch+json' : 'application/merge-patch+json'
    try {
      const rest = yield* this.#k.rest()
      const object = yield* rest.json('PATCH', infoPath(old, this.#subresource), patch, { contentType, query: writeQuery(call) })
      yield* report(this.#k, call, info.mapping, object, 'edited')
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      yield* this.#failed(results, old, error)
    }
  }

  *#failed(results: Results, info: Info, error: ServerError): Sim<void> {
    const what = `${groupResource(info.mapping)} ${JSON.stringify(info.name)}`
    if (error.status.reason === 'Invalid') {
      const causes = error.status.details?.causes ?? []
      yield* this.#refused(results, info, ...causes.map(({ field = '', message = '' }) => ({ field, message })))
    } else if (error.notFound) {
      results.notFound++
      yield* printError(this.#k.proc, `error: ${what} could not be found on the server\n`)
    } else {
      results.retryable++
      yield* printError(this.#k.proc, `error: ${what} could not be patched: ${error.message}\n`)
    }
  }

  /** What is wrong goes to the head of the file, which is opened again. */
  *#refused(
    results: Results,
    info: Info | undefined,
    ...causes: readonly { readonly field: string; readonly message: string }[]
  ): Sim<void> {
    if (info === undefined) return
    const what = `${groupResource(info.mapping)} ${JSON.stringify(info.name)}`
    results.again++
    results.reasons.push({ head: `${what} was not valid`, other: causes.map(({ field, message }) => `${field}: ${message}`) })
    yield* printError(this.#k.proc, `error: ${what} is invalid\n`)
  }
}

const noResults = (): Results => ({ reasons: [], retryable: 0, notFound: 0, again: 0 })

function shown(object: KubeObject, managedFields: boolean): KubeObject {
  if (managedFields || object.metadata?.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** Why an edited file can be nobody's object, in the words of the validation; undefined when it may be one. */
function invalid(text: string): string | undefined {
  const failed = (why: string): string => `Invalid value: "The edited file failed validation": ${why}`
  try {
    const [first] = readEdited(manualStrip(text))
    if (first === undefined) return failed('invalid object to validate')
    const missing = (['apiVersion', 'kind'] as const).filter((field) => (first[field] ?? '') === '').map((field) => `${field} not set`)
    return missing.length === 0 ? undefined : failed(missing.length === 1 ? `${missing[0]}` : `[${missing.join(', ')}]`)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return failed(error.message)
  }
}
