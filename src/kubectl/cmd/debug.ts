/** `kubectl debug`: a container beside those of a pod, a changed copy of a pod, a pod on a node. Source: kubectl pkg/cmd/debug/debug.go. */
import { isObj, type Obj, obj, objs, str, strs } from '#kubernetes/api/json.ts'
import { definitionOf } from '#kubernetes/api/protobuf.ts'
import { applyStrategicMergePatch } from '#kubernetes/api/strategic-merge-patch.ts'
import type { Proc } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { type Info, infoPath, selectObjects } from '../builder.ts'
import type { Call, Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import type { FlagValues } from '../flags.ts'
import { SHARED } from '../global-flags.ts'
import { print, printError, readFile } from '../io.ts'
import type { Kubectl } from '../kubectl.ts'
import { groupVersion } from '../mapping.ts'
import type { KubeObject } from '../rest.ts'
import { readYaml } from '../yaml-documents.ts'
import { attachOrLog } from './attach.ts'
import { applyProfile, checkProfile, type DebugStyle, type KeepFlags } from './debug-profiles.ts'
import { patchBetween } from './object-patch.ts'

const COPY_ONLY = "(This flag only works when used with '--copy-to')"
const keepFlag = (name: string, usage: string, value = 'false') =>
  ({ name: `keep-${name}`, type: 'bool', default: value, usage: `${usage}${COPY_ONLY}` }) as const

export const debug: Command = {
  name: 'debug',
  use: '(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  short: 'Create debugging sessions for troubleshooting workloads and nodes',
  group: 'Troubleshooting and Debugging Commands',
  flags: [
    {
      name: 'arguments-only',
      type: 'bool',
      default: 'false',
      usage: 'If specified, everything after -- will be passed to the new container as Args instead of Command.',
    },
    {
      name: 'attach',
      type: 'bool',
      default: 'false',
      usage:
        "If true, wait for the container to start running, and then attach as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true.",
    },
    { name: 'container', short: 'c', type: 'string', default: "''", usage: 'Container name to use for debug container.' },
    { name: 'copy-to', type: 'string', default: "''", usage: 'Create a copy of the target Pod with this name.' },
    {
      name: 'custom',
      type: 'string',
      default: "''",
      usage: 'Path to a JSON or YAML file containing a partial container spec to customize built-in debug profiles.',
    },
    { name: 'env', type: 'stringSlice', default: '[]', usage: 'Environment variables to set in the container.' },
    SHARED.filename('identifying the resource to debug'),
    { name: 'image', type: 'string', default: "''", usage: 'Container image to use for debug container.' },
    {
      name: 'image-pull-policy',
      type: 'string',
      default: "''",
      usage:
        'The image pull policy for the container. If left empty, this value will not be specified by the client and defaulted by the server.',
    },
    keepFlag('annotations', 'If true, keep the original pod annotations.'),
    keepFlag('init-containers', 'Run the init containers for the pod. Defaults to true.', 'true'),
    keepFlag('labels', 'If true, keep the original pod labels.'),
    keepFlag('liveness', 'If true, keep the original pod liveness probes.'),
    keepFlag('readiness', 'If true, keep the original pod readiness probes.'),
    keepFlag('startup', 'If true, keep the original startup probes.'),
    {
      name: 'profile',
      type: 'string',
      default: "'general'",
      usage: 'Options are "general", "baseline", "restricted", "netadmin" or "sysadmin". Defaults to "general"',
    },
    { name: 'quiet', short: 'q', type: 'bool', default: 'false', usage: 'If true, suppress informational messages.' },
    { name: 'replace', type: 'bool', default: 'false', usage: "When used with '--copy-to', delete the original Pod." },
    {
      name: 'same-node',
      type: 'bool',
      default: 'false',
      usage: "When used with '--copy-to', schedule the copy of target Pod on the same node.",
    },
    {
      name: 'set-image',
      type: 'stringSlice',
      default: '[]',
      usage:
        "When used with '--copy-to', a list of name=image pairs for changing container images, similar to how 'kubectl set image' works.",
    },
    {
      name: 'share-processes',
      type: 'bool',
      default: 'true',
      usage: "When used with '--copy-to', enable process namespace sharing in the copy.",
    },
    {
      name: 'stdin',
      short: 'i',
      type: 'bool',
      default: 'false',
      usage: 'Keep stdin open on the container(s) in the pod, even if nothing is attached.',
    },
    { name: 'target', type: 'string', default: "''", usage: 'When using an ephemeral container, target processes in this container name.' },
    { name: 'tty', short: 't', type: 'bool', default: 'false', usage: 'Allocate a TTY for the debugging container.' },
  ],
  *run(k, call) {
    const { flags } = call
    checkProfile(flags.string('profile'))
    const custom = flags.string('custom') === '' ? undefined : yield* customProfile(k.proc, flags.string('custom'))
    const wish = wishOf(call, custom)
    check(wish, flags)
    if (wish.target !== '' && !wish.quiet)
      yield* print(
        k.proc,
        `Targeting container ${JSON.stringify(wish.target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      )
    if (flags.string('profile') === 'legacy')
      yield* printError(
        k.proc,
        '--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example "--profile=general".\n',
      )
    const args = wish.names.map((name) => (name.includes('/') ? name : `pods/${name}`))
    for (const info of yield* selectObjects(k, call, { args })) {
      const made = yield* visit(k, wish, info)
      if (!wish.attach || made.container === '') continue
      const pod = yield* waitForContainer(k, wish, made)
      yield* attachOrLog(k, pod, { ...made, stdin: wish.stdin, tty: wish.tty, quiet: wish.quiet, finished: ended(pod, made.container) })
    }
    return 0
  },
}

/** What the command line asks for. */
interface Wish {
  readonly names: readonly string[]
  /** Members of the container that say what runs. */
  readonly command: Obj
  readonly hasArgs: boolean
  readonly attach: boolean
  readonly container: string
  readonly copyTo: string
  readonly replace: boolean
  readonly env: readonly Obj[]
  readonly image: string
  readonly pullPolicy: string
  readonly stdin: boolean
  readonly tty: boolean
  readonly quiet: boolean
  readonly sameNode: boolean
  readonly setImages: ReadonlyMap<string, string>
  /** Undefined: as the pod has it. */
  readonly shareProcesses: boolean | undefined
  readonly target: string
  readonly profile: string
  readonly keep: KeepFlags
  readonly custom: Obj | undefined
}

function wishOf({ flags, args, dash }: Call, custom: Obj | undefined): Wish {
  const words = dash < 0 ? [] : args.slice(dash)
  const stdin = flags.bool('stdin')
  return {
    names: words.length === 0 ? args : args.slice(0, dash),
    command: words.length === 0 ? {} : flags.bool('arguments-only') ? { args: words } : { command: words },
    hasArgs: words.length > 0,
    attach: flags.changed('attach') ? flags.bool('attach') : stdin,
    container: flags.string('container'),
    copyTo: flags.string('copy-to'),
    replace: flags.bool('replace'),
    env: pairs(flags.list('env'), 'env').map(([name, value]) => ({ name, value })),
    image: flags.string('image'),
    pullPolicy: flags.string('image-pull-policy'),
    stdin,
    tty: flags.bool('tty'),
    quiet: flags.bool('quiet'),
    sameNode: flags.bool('same-node'),
    setImages: new Map(pairs(flags.list('set-image'), 'set-image')),
    shareProcesses: flags.changed('share-processes') ? flags.bool('share-processes') : undefined,
    target: flags.string('target'),
    profile: flags.string('profile'),
    keep: {
      labels: flags.bool('keep-labels'),
      annotations: flags.bool('keep-annotations'),
      liveness: flags.bool('keep-liveness'),
      readiness: flags.bool('keep-readiness'),
      startup: flags.bool('keep-startup'),
      initContainers: flags.bool('keep-init-containers'),
    },
    custom,
  }
}

/** `a=1`, as pflag reads a StringToString. */
function pairs(list: readonly string[], flag: string): [string, string][] {
  return list.map((pair) => {
    const at = pair.indexOf('=')
    if (at < 0)
      throw new CommandError(`invalid argument ${JSON.stringify(pair)} for "--${flag}" flag: ${pair} must be formatted as key=value`)
    return [pair.slice(0, at), pair.slice(at + 1)]
  })
}

function* customProfile(proc: Proc, path: string): Sim<Obj> {
  const read = readYaml(decode(yield* readFile(proc, path)))
  if (!isObj(read)) throw new CommandError(`${path} does not contain a valid container spec: the file holds no object`)
  return read
}

const IMAGE = /^[A-Za-z0-9][\w./:@-]*$/

/** Source: DebugOptions.Validate, in its order. */
function check(wish: Wish, flags: FlagValues): void {
  const { image, container, copyTo, setImages } = wish
  if (wish.attach && flags.changed('attach') && image === '' && container === '')
    throw new CommandError('you must specify --container or create a new container using --image in order to attach.')
  if (copyTo !== '') {
    if (image === '' && setImages.size === 0 && !wish.hasArgs)
      throw new CommandError('you must specify --image, --set-image or command arguments.')
    if (wish.hasArgs && container === '' && image === '')
      throw new CommandError('you must specify an existing container or a new image when specifying args.')
  } else {
    if (wish.replace) throw new CommandError('--replace may only be used with --copy-to.')
    if (wish.sameNode) throw new CommandError('--same-node may only be used with --copy-to.')
    if (setImages.size > 0) throw new CommandError('--set-image may only be used with --copy-to.')
    if (image === '') throw new CommandError('you must specify --image when not using --copy-to.')
  }
  if (image !== '' && !IMAGE.test(image)) throw new CommandError(`invalid image name ${JSON.stringify(image)}: invalid reference format`)
  if (wish.names.length === 0 && flags.list('filename').length === 0) throw new CommandError('NAME or filename is required for debug')
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(wish.pullPolicy))
    throw new CommandError(`invalid image pull policy: ${wish.pullPolicy}`)
  for (const [name, wanted] of setImages)
    if (!IMAGE.test(wanted))
      throw new CommandError(`invalid image name ${JSON.stringify(wanted)} for container ${JSON.stringify(name)}: invalid reference format`)
  if (wish.target !== '' && copyTo !== '') throw new CommandError('--target is incompatible with --copy-to. Use --share-processes instead.')
  if (wish.tty && !wish.stdin) throw new CommandError('-i/--stdin is required for containers with -t/--tty=true')
  const fixed = ['name', 'command', 'image', 'lifecycle', 'volumeDevices']
  if (fixed.some((member) => wish.custom?.[member] !== undefined))
    throw new CommandError('name, command, image, lifecycle and volume devices are not modifiable via custom profile')
}

/** A debug container that was made; `container` is empty when only images were changed. */
interface Made {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

function* visit(k: Kubectl, wish: Wish, info: Info): Sim<Made> {
  const object = info.object ?? {}
  if (info.mapping.kind === 'Node') return yield* debugNode(k, wish, info.name)
  if (info.mapping.kind !== 'Pod')
    throw new CommandError(`"${groupVersion(info.mapping)}, Kind=${info.mapping.kind}" not supported by debug`)
  return yield* wish.copyTo === '' ? debugByEphemeralContainer(k, wish, info, object) : debugByCopy(k, wish, info, object)
}

/** A container as asked for, without its profile. */
function containerOf(wish: Wish, name: string): Obj {
  return {
    name,
    image: wish.image,
    resources: {},
    terminationMessagePolicy: 'File',
    ...wish.command,
    ...(wish.env.length === 0 ? {} : { env: wish.env }),
    ...(wish.pullPolicy === '' ? {} : { imagePullPolicy: wish.pullPolicy }),
    ...(wish.stdin ? { stdin: true } : {}),
    ...(wish.tty ? { tty: true } : {}),
  }
}

function* debugByEphemeralContainer(k: Kubectl, wish: Wish, info: Info, pod: KubeObject): Sim<Made> {
  const container = yield* containerName(k.proc, wish, pod)
  const added = { ...containerOf(wish, container), ...(wish.target === '' ? {} : { targetContainerName: wish.target }) }
  const ephemeralContainers = [...objs(pod, 'spec', 'ephemeralContainers'), added]
  const after = profiled(wish, 'ephemeral', { ...pod, spec: { ...obj(pod, 'spec'), ephemeralContainers } }, container)
  yield* warn(k.proc, after, container)
  const patch = patchBetween(info.mapping, pod, after) ?? {}
  const rest = yield* k.rest()
  yield* rest.json('PATCH', infoPath(info, 'ephemeralcontainers'), patch, { contentType: 'application/strategic-merge-patch+json' })
  return { namespace: info.namespace ?? '', pod: info.name, container }
}

function* debugByCopy(k: Kubectl, wish: Wish, info: Info, pod: KubeObject): Sim<Made> {
  const { nodeName, ephemeralContainers: _, ...spec } = obj(pod, 'spec')
  const { labels, annotations } = obj(pod, 'metadata')
  const copy: Obj = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: wish.copyTo,
      namespace: info.namespace,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      ...spec,
      ...(wish.sameNode ? { nodeName } : {}),
      ...(wish.shareProcesses === undefined ? {} : { shareProcessNamespace: wish.shareProcesses }),
      containers: objs(spec, 'containers').map((c) => {
        const image = wish.setImages.get(str(c, 'name')) ?? wish.setImages.get('*')
        return image === undefined ? c : { ...c, image }
      }),
    },
  }
  const { pod: made, container } = yield* withDebugContainer(k.proc, wish, copy)
  yield* warn(k.proc, made, container)
  const rest = yield* k.rest()
  yield* rest.json('POST', infoPath(info).replace(/\/[^/]+$/, ''), made)
  if (wish.replace) yield* rest.json('DELETE', infoPath(info), { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 })
  return { namespace: info.namespace ?? '', pod: wish.copyTo, container }
}

/** The copy with one container more, or one changed. Source: generatePodCopyWithDebugContainer. */
function* withDebugContainer(proc: Proc, wish: Wish, copy: Obj): Sim<{ readonly pod: Obj; readonly container: string }> {
  const known = wish.container !== '' && containersOf(copy).some((c) => str(c, 'name') === wish.container)
  if (known) return { pod: profiled(wish, 'copy', changed(copy, wish), wish.container), container: wish.container }
  if (wish.image === '') {
    if (wish.setImages.size > 0) return { pod: copy, container: '' }
    throw new CommandError('you must specify image when creating new container')
  }
  const container = yield* containerName(proc, wish, copy)
  const containers = [...objs(copy, 'spec', 'containers'), containerOf(wish, container)]
  return { pod: profiled(wish, 'copy', { ...copy, spec: { ...obj(copy, 'spec'), containers } }, container), container }
}

/** The named container as asked for; what is not asked for stays. */
function changed(pod: Obj, wish: Wish): Obj {
  const change = (c: Obj): Obj => {
    if (str(c, 'name') !== wish.container) return c
    const { command, args, stdin: _, tty: __, ...rest } = c
    return {
      ...rest,
      ...(wish.hasArgs && wish.command.command !== undefined ? {} : { command, args }),
      ...wish.command,
      ...(wish.env.length === 0 ? {} : { env: wish.env }),
      ...(wish.image === '' ? {} : { image: wish.image }),
      ...(wish.pullPolicy === '' ? {} : { imagePullPolicy: wish.pullPolicy }),
      ...(wish.stdin ? { stdin: true } : {}),
      ...(wish.tty ? { tty: true } : {}),
    }
  }
  const spec = obj(pod, 'spec')
  const lists = ['containers', 'initContainers'].filter((field) => spec[field] !== undefined)
  return { ...pod, spec: { ...spec, ...Object.fromEntries(lists.map((field) => [field, objs(spec, field).map(change)])) } }
}

function* debugNode(k: Kubectl, wish: Wish, node: string): Sim<Made> {
  const container = wish.container || 'debugger'
  const pod = `node-debugger-${node}-${suffix(k.proc)}`
  if (!wish.quiet) yield* print(k.proc, `Creating debugging pod ${pod} with container ${container} on node ${node}.\n`)
  const plain: Obj = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' } },
    spec: {
      containers: [containerOf(wish, container)],
      nodeName: node,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
    },
  }
  const namespace = yield* k.namespace()
  yield* (yield* k.rest()).json('POST', `/api/v1/namespaces/${namespace}/pods`, profiled(wish, 'node', plain, container))
  return { namespace, pod, container }
}

/** Applies the profile, and on top of it what the user's own file says of the container. */
function profiled(wish: Wish, style: DebugStyle, pod: Obj, container: string): Obj {
  const applied = applyProfile(wish.profile, style, pod, container, wish.keep)
  const def = definitionOf('v1', 'Pod')
  if (wish.custom === undefined || def === undefined) return applied
  const list = style === 'ephemeral' ? 'ephemeralContainers' : 'containers'
  return applyStrategicMergePatch(applied, { spec: { [list]: [{ ...wish.custom, name: container }] } }, def)
}

const containersOf = (pod: Obj): readonly Obj[] =>
  ['containers', 'initContainers', 'ephemeralContainers'].flatMap((field) => objs(pod, 'spec', field))

function* containerName(proc: Proc, wish: Wish, pod: Obj): Sim<string> {
  if (wish.container !== '') return wish.container
  const taken = new Set(containersOf(pod).map((c) => str(c, 'name')))
  let name: string
  do name = `debugger-${suffix(proc)}`
  while (taken.has(name))
  if (!wish.quiet) yield* print(proc, `Defaulting debug container name to ${name}.\n`)
  return name
}

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789'

/** Five characters of chance. Source: apimachinery, rand.String. */
const suffix = (proc: Proc): string => [...proc.getrandom(5)].map((byte) => LETTERS[byte % LETTERS.length]).join('')

/** Says when capabilities are given to a process that will not be root. */
function* warn(proc: Proc, pod: Obj, container: string): Sim<void> {
  const podUser = obj(pod, 'spec', 'securityContext').runAsUser
  const context = obj(
    containersOf(pod).find((c) => str(c, 'name') === container),
    'securityContext',
  )
  const powers = context.privileged === true || strs(context, 'capabilities', 'add').length > 0
  if (podUser === undefined || podUser === 0 || context.runAsUser === 0 || !powers) return
  yield* printError(
    proc,
    'Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n',
  )
}

function statusOf(pod: Obj, container: string): Obj | undefined {
  return ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses']
    .flatMap((list) => objs(pod, 'status', list))
    .find((c) => str(c, 'name') === container)
}

const ended = (pod: Obj, container: string): boolean => isObj(obj(statusOf(pod, container), 'state').terminated)

/** The pod once the container runs or has ended; why it waits is told. */
function* waitForContainer(k: Kubectl, wish: Wish, { namespace, pod, container }: Made): Sim<KubeObject> {
  const rest = yield* k.rest()
  const path = `/api/v1/namespaces/${namespace}/pods`
  let found = yield* rest.json('GET', `${path}/${pod}`)
  const ready = function* (now: KubeObject): Sim<boolean> {
    found = now
    const state = obj(statusOf(now, container), 'state')
    if (isObj(state.running) || isObj(state.terminated)) return true
    const waiting = str(state, 'waiting', 'message')
    if (!wish.quiet && waiting !== '') yield* printError(k.proc, `Warning: container ${container}: ${waiting}\n`)
    return false
  }
  if (yield* ready(found)) return found
  const query = { fieldSelector: `metadata.name=${pod}`, resourceVersion: found.metadata?.resourceVersion }
  yield* rest.watch(path, { query }, function* (event) {
    if (event.type === 'DELETED') throw new CommandError(`pods ${JSON.stringify(pod)} not found`)
    return !(yield* ready(event.object))
  })
  return found
}
