import { type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import type { Sim } from '#sim/wait.ts'
import { infoOf, infoPath, readManifests } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError, ServerError, UsageError } from '../errors.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { pathOf } from '../mapping.ts'
import { dryRun, objectPrinter, report } from '../print/object.ts'
import { TabWriter } from '../print/table.ts'
import type { KubeObject } from '../rest.ts'

const REVIEWS = '/apis/authorization.k8s.io/v1'

const canI: Command = {
  name: 'can-i',
  use: 'VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  short: 'Check whether an action is allowed',
  flags: [
    { ...SHARED.allNamespaces, usage: 'If true, check the specified action in all namespaces.' },
    { name: 'list', type: 'bool', default: 'false', usage: 'If true, prints all allowed actions.' },
    { name: 'no-headers', type: 'bool', default: 'false', usage: 'If true, prints allowed actions without headers' },
    { name: 'quiet', short: 'q', type: 'bool', default: 'false', usage: 'If true, suppress output and just return the exit code.' },
    { name: 'subresource', type: 'string', default: "''", usage: 'SubResource such as pod/log or deployment/scale' },
  ],
  run: check,
}

function* check(k: Kubectl, call: Call): Sim<number> {
  const { flags, args } = call
  const namespace = flags.bool('all-namespaces') ? '' : yield* k.namespace()
  if (flags.bool('list')) {
    if (args.length > 0) throw new CommandError('list option must be specified with no arguments')
    return yield* listRules(k, call, namespace)
  }
  const [verb = '', what = '', extra] = args
  if (args.length !== 2 && args.length !== 3)
    throw new CommandError(
      "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
    )
  const rest = yield* k.rest()
  let spec: object
  if (what.startsWith('/')) spec = { nonResourceAttributes: { path: what, verb } }
  else {
    const [type = '', slashed = ''] = what.split('/')
    const name = slashed || (extra ?? '')
    const mapping = type === '*' ? undefined : (yield* k.mapper()).find(type)
    const [bare = '', ...groups] = type.split('.')
    if (mapping === undefined && type !== '*')
      yield* printError(
        k.proc,
        `Warning: the server doesn't have a resource type '${bare}'${groups.length > 0 ? ` in group '${groups.join('.')}'` : ''}\n\n`,
      )
    if (mapping !== undefined && !mapping.namespaced && namespace !== '' && !flags.bool('all-namespaces'))
      yield* printError(
        k.proc,
        `Warning: resource '${mapping.resource}' is not namespace scoped${mapping.group === '' ? '' : ` in group '${mapping.group}'`}\n\n`,
      )
    spec = {
      resourceAttributes: {
        namespace,
        verb,
        group: mapping?.group ?? (type === '*' ? '*' : groups.join('.')),
        resource: mapping?.resource ?? bare,
        ...(flags.string('subresource') === '' ? {} : { subresource: flags.string('subresource') }),
        ...(name === '' ? {} : { name }),
      },
    }
  }
  const answer = yield* rest.json('POST', `${REVIEWS}/selfsubjectaccessreviews`, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec,
  })
  const allowed = obj(answer, 'status').allowed === true
  if (!flags.bool('quiet')) {
    const reason = str(answer, 'status', 'reason')
    const problem = str(answer, 'status', 'evaluationError')
    yield* print(k.proc, allowed ? 'yes\n' : `no${reason === '' ? '' : ` - ${reason}`}${problem === '' ? '' : ` - ${problem}`}\n`)
  }
  return allowed ? 0 : 1
}

function* listRules(k: Kubectl, call: Call, namespace: string): Sim<number> {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } }
  const answer = yield* (yield* k.rest()).json('POST', `${REVIEWS}/selfsubjectrulesreviews`, review)
  const rules: { group?: string; resource?: string; name?: string; url?: string; verbs: string[] }[] = []
  const add = (rule: Omit<(typeof rules)[number], 'verbs'>, verbs: readonly string[]): void => {
    const same =
      rule.url === undefined
        ? rules.find((r) => r.url === undefined && r.group === rule.group && r.resource === rule.resource && r.name === rule.name)
        : undefined
    if (same === undefined) rules.push({ ...rule, verbs: [...verbs] })
    else same.verbs.push(...verbs)
  }
  for (const rule of objs(answer, 'status', 'resourceRules')) {
    const names = strs(rule, 'resourceNames')
    for (const group of strs(rule, 'apiGroups')) {
      for (const resource of strs(rule, 'resources')) {
        if (names.length === 0) add({ group, resource }, strs(rule, 'verbs'))
        for (const name of names) add({ group, resource, name }, strs(rule, 'verbs'))
      }
    }
  }
  for (const rule of objs(answer, 'status', 'nonResourceRules'))
    for (const url of strs(rule, 'nonResourceURLs')) add({ url }, strs(rule, 'verbs'))
  // The order of the rules' own texts, as Go prints a struct.
  const keyed = rules.map((r) => ({
    r,
    key: `Verbs:[${r.verbs.join(' ')}],APIGroups:[${r.group ?? ''}],Resources:[${r.resource ?? ''}],ResourceNames:[${r.name ?? ''}],NonResourceURLs:[${r.url ?? ''}],`,
  }))
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const rows = keyed.map(({ r }) => {
    const [main = '', ...sub] = (r.resource ?? '').split('/')
    const resource =
      r.resource === undefined
        ? ''
        : `${main}${r.group === undefined || r.group === '' ? '' : `.${r.group}`}${sub.length === 0 ? '' : `/${sub.join('/')}`}`
    return [resource, `[${r.url ?? ''}]`, `[${r.name ?? ''}]`, `[${r.verbs.join(' ')}]`]
  })
  const header = ['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs']
  yield* print(k.proc, new TabWriter().format(call.flags.bool('no-headers') ? rows : [header, ...rows]))
  if (obj(answer, 'status').incomplete === true)
    yield* printError(k.proc, `warning: the list may be incomplete: ${str(answer, 'status', 'evaluationError')}\n`)
  return 0
}

const whoami: Command = {
  name: 'whoami',
  use: '',
  short: 'Experimental: Check self subject attributes',
  flags: [SHARED.allowMissing, SHARED.output, SHARED.showManagedFields, SHARED.template],
  *run(k, call) {
    if (call.args.length > 0) throw new UsageError(call.path, `unexpected arguments: [${call.args.join(' ')}]`)
    const answer = yield* (yield* k.rest()).json('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
    })
    const printer = yield* objectPrinter(k, call)
    if (printer !== undefined) {
      yield* print(k.proc, printer(answer, undefined))
      return 0
    }
    const user = obj(answer, 'status', 'userInfo')
    const extra = obj(user, 'extra')
    const rows = [
      ['ATTRIBUTE', 'VALUE'],
      ...(str(user, 'username') === '' ? [] : [['Username', str(user, 'username')]]),
      ...(str(user, 'uid') === '' ? [] : [['UID', str(user, 'uid')]]),
      ...(strs(user, 'groups').length === 0 ? [] : [['Groups', `[${strs(user, 'groups').join(' ')}]`]]),
      ...Object.keys(extra)
        .sort()
        .map((key) => [`Extra: ${key}`, `[${strs(extra, key).join(' ')}]`]),
    ]
    yield* print(k.proc, new TabWriter().format(rows))
    return 0
  },
}

const reconcile: Command = {
  name: 'reconcile',
  use: '-f FILENAME',
  short: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
  flags: [
    SHARED.allowMissing,
    SHARED.dryRun,
    SHARED.filename('Filename, directory, or URL to files identifying the resource to reconcile.'),
    SHARED.kustomize,
    SHARED.output,
    SHARED.recursive(),
    { name: 'remove-extra-permissions', type: 'bool', default: 'false', usage: 'If true, removes extra permissions added to roles' },
    { name: 'remove-extra-subjects', type: 'bool', default: 'false', usage: 'If true, removes extra subjects added to rolebindings' },
    SHARED.showManagedFields,
    SHARED.template,
  ],
  run: reconcileAll,
}

function* reconcileAll(k: Kubectl, call: Call): Sim<number> {
  if (call.args.length > 0) throw new CommandError('no arguments are allowed')
  if (call.flags.list('filename').length === 0) throw new CommandError('must specify one of -f and -k')
  const mapper = yield* k.mapper()
  const rest = yield* k.rest()
  const { manifests, errors } = yield* readManifests(k, call)
  if (errors[0] !== undefined) throw errors[0]
  for (const manifest of manifests) {
    const info = infoOf(mapper, manifest, yield* k.namespace(), false)
    const query = { dryRun: dryRun(call) === 'server' ? 'All' : undefined }
    let existing: KubeObject | undefined
    try {
      existing = yield* rest.json('GET', infoPath(info))
    } catch (error) {
      if (!(error instanceof ServerError) || !error.notFound) throw error
    }
    const wanted = info.object
    const isRole = /Role$/.test(info.mapping.kind)
    const missing = isRole ? missingRules(objs(wanted, 'rules'), objs(existing, 'rules')) : []
    if (!isRole && !/RoleBinding$/.test(info.mapping.kind)) continue
    const subjects = objs(existing, 'subjects')
    const fresh = objs(wanted, 'subjects').filter(
      (s) =>
        !subjects.some(
          (o) => str(o, 'kind') === str(s, 'kind') && str(o, 'name') === str(s, 'name') && str(o, 'namespace') === str(s, 'namespace'),
        ),
    )
    let result = existing ?? wanted
    if (dryRun(call) !== 'client') {
      if (existing === undefined) result = yield* rest.json('POST', pathOf(info.mapping, info.namespace), wanted, { query })
      else if (isRole && missing.length > 0)
        result = yield* rest.json('PUT', infoPath(info), { ...existing, rules: [...objs(existing, 'rules'), ...missing] }, { query })
      else if (!isRole && fresh.length > 0)
        result = yield* rest.json('PUT', infoPath(info), { ...existing, subjects: [...subjects, ...fresh] }, { query })
    }
    yield* report(k, call, info.mapping, result, 'reconciled')
    const lines = isRole
      ? missing.map(goRule)
      : fresh.map((s) => `{Kind:${str(s, 'kind')} APIGroup:${str(s, 'apiGroup')} Name:${str(s, 'name')} Namespace:${str(s, 'namespace')}}`)
    if (existing !== undefined && lines.length > 0)
      yield* printError(
        k.proc,
        `\treconciliation required update\n\tmissing ${isRole ? 'rules' : 'subjects'} added:\n${lines.map((l) => `\t\t${l}\n`).join('')}`,
      )
    else if (existing === undefined)
      yield* printError(
        k.proc,
        `\treconciliation required create\n${lines.length === 0 ? '' : `\tmissing ${isRole ? 'rules' : 'subjects'} added:\n${lines.map((l) => `\t\t${l}\n`).join('')}`}`,
      )
  }
  return 0
}

const goRule = (r: Obj): string =>
  `{Verbs:[${strs(r, 'verbs').join(' ')}] APIGroups:[${strs(r, 'apiGroups').join(' ')}] Resources:[${strs(r, 'resources').join(' ')}] ResourceNames:[${strs(r, 'resourceNames').join(' ')}] NonResourceURLs:[${strs(r, 'nonResourceURLs').join(' ')}]}`

/** The single permissions of rules: one verb, group, resource, name each. */
function breakdown(rules: readonly Obj[]): Obj[] {
  const out: Obj[] = []
  for (const rule of rules) {
    const names = strs(rule, 'resourceNames')
    for (const group of strs(rule, 'apiGroups')) {
      for (const resource of strs(rule, 'resources')) {
        for (const verb of strs(rule, 'verbs')) {
          if (names.length === 0) out.push({ apiGroups: [group], resources: [resource], verbs: [verb] })
          for (const name of names) out.push({ apiGroups: [group], resources: [resource], resourceNames: [name], verbs: [verb] })
        }
      }
    }
    for (const url of strs(rule, 'nonResourceURLs'))
      for (const verb of strs(rule, 'verbs')) out.push({ nonResourceURLs: [url], verbs: [verb] })
  }
  return out
}

function missingRules(wanted: readonly Obj[], existing: readonly Obj[]): Obj[] {
  const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value)
  return breakdown(wanted).filter((r) => {
    const [verb = ''] = strs(r, 'verbs')
    return !existing.some((e) => {
      if (!has(strs(e, 'verbs'), verb)) return false
      const [url] = strs(r, 'nonResourceURLs')
      if (url !== undefined)
        return strs(e, 'nonResourceURLs').some((u) => u === url || u === '*' || (u.endsWith('*') && url.startsWith(u.slice(0, -1))))
      const names = strs(e, 'resourceNames')
      return (
        has(strs(e, 'apiGroups'), strs(r, 'apiGroups')[0] ?? '') &&
        has(strs(e, 'resources'), strs(r, 'resources')[0] ?? '') &&
        (names.length === 0 || names.includes(strs(r, 'resourceNames')[0] ?? '\0'))
      )
    })
  })
}

export const auth: Command = {
  name: 'auth',
  use: '[flags]',
  short: 'Inspect authorization',
  group: 'Troubleshooting and Debugging Commands',
  flags: [],
  commands: [canI, reconcile, whoami],
}
