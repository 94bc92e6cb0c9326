import { str } from '#kubernetes/api/json.ts'
import { CommandError } from '../../errors.ts'
import { commandOf, containerName, generator, list, text } from './generator.ts'

const deployment = generator({
  name: 'deployment',
  aliases: ['deploy'],
  use: 'NAME --image=image -- [COMMAND] [args...]',
  short: 'Create a deployment with the specified name',
  flags: [
    list('image', 'Image names to run. A deployment can have multiple images set for multi-container pod.'),
    { name: 'port', type: 'int', default: '-1', usage: 'The containerPort that this deployment exposes.' },
    { name: 'replicas', short: 'r', type: 'int', default: '1', usage: 'Number of replicas to create. Default is 1.' },
  ],
  required: ['image'],
  failure: 'failed to create deployment:',
  *build(call, name) {
    const images = call.flags.list('image')
    const command = commandOf(call)
    if (images.length > 1 && command.length > 0) throw new CommandError('cannot specify multiple --image options and command')
    const port = call.flags.int('port')
    const labels = { app: name }
    const containers = images.map((image) => ({
      image,
      name: containerName(image),
      resources: {},
      ...(command.length > 0 ? { command } : {}),
      ...(port > 0 ? { ports: [{ containerPort: port }] } : {}),
    }))
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { labels, name },
      spec: {
        replicas: call.flags.int('replicas'),
        selector: { matchLabels: labels },
        strategy: {},
        template: { metadata: { labels }, spec: { containers } },
      },
      status: {},
    }
  },
})

const job = generator({
  name: 'job',
  use: 'NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  short: 'Create a job with the specified name',
  long: 'Create a job with the specified name.',
  flags: [text('from', 'The name of the resource to create a Job from (only cronjob is supported).'), text('image', 'Image name to run.')],
  failure: 'failed to create job:',
  *build(call, name, k) {
    const image = call.flags.string('image')
    const from = call.flags.string('from')
    const command = commandOf(call)
    if ((image === '') === (from === '')) throw new CommandError('either --image or --from must be specified')
    if (from === '') {
      const container = { image, name, resources: {}, ...(command.length > 0 ? { command } : {}) }
      return {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name },
        spec: { template: { metadata: {}, spec: { containers: [container], restartPolicy: 'Never' } } },
        status: {},
      }
    }
    if (command.length > 0) throw new CommandError('cannot specify --from and command')
    const [type = '', source = ''] = from.includes('/') ? from.split('/') : ['', '']
    const mapping = (yield* k.mapper()).resolve(type)
    if (mapping.kind !== 'CronJob') throw new CommandError('from must be an existing cronjob')
    const cron = yield* (yield* k.rest()).json('GET', `/apis/batch/v1/namespaces/${yield* k.namespace()}/cronjobs/${source}`)
    const template = (
      cron.spec as
        | { jobTemplate?: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec?: object } }
        | undefined
    )?.jobTemplate
    return {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...template?.metadata?.annotations },
        ...(template?.metadata?.labels === undefined ? {} : { labels: template.metadata.labels }),
        name,
        ownerReferences: [
          { apiVersion: 'batch/v1', controller: true, kind: 'CronJob', name: cron.metadata?.name ?? '', uid: str(cron, 'metadata', 'uid') },
        ],
      },
      spec: template?.spec,
      status: {},
    }
  },
})

const cronjob = generator({
  name: 'cronjob',
  aliases: ['cj'],
  use: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
  short: 'Create a cron job with the specified name',
  long: 'Create a cron job with the specified name.',
  flags: [
    text('image', 'Image name to run.'),
    text('restart', "job's restart policy. supported values: OnFailure, Never"),
    text('schedule', 'A schedule in the Cron format the job should be run with.'),
  ],
  required: ['image', 'schedule'],
  failure: 'failed to create cronjob:',
  *build(call, name) {
    const command = commandOf(call)
    const container = { image: call.flags.string('image'), name, resources: {}, ...(command.length > 0 ? { command } : {}) }
    const restartPolicy = call.flags.string('restart') || 'OnFailure'
    const template = { metadata: {}, spec: { containers: [container], restartPolicy } }
    return {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name },
      spec: { jobTemplate: { metadata: { name }, spec: { template } }, schedule: call.flags.string('schedule') },
      status: {},
    }
  },
})

const namespace = generator({
  name: 'namespace',
  aliases: ['ns'],
  use: 'NAME [--dry-run=server|client|none]',
  short: 'Create a namespace with the specified name',
  long: 'Create a namespace with the specified name.',
  flags: [],
  *build(_, name) {
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} }
  },
})

const serviceaccount = generator({
  name: 'serviceaccount',
  aliases: ['sa'],
  use: 'NAME [--dry-run=server|client|none]',
  short: 'Create a service account with the specified name',
  long: 'Create a service account with the specified name.',
  flags: [],
  failure: 'failed to create serviceaccount:',
  *build(_, name) {
    return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }
  },
})

export { cronjob, deployment, job, namespace, serviceaccount }
