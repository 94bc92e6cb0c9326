/** The real kubectl against `podlab serve`. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { realKubectl } from './kubectl.ts'
import { type Result, Served, type Tally } from './suite.ts'

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: echo
spec:
  containers:
  - name: echo
    image: busybox:1.37
    command: ["sh", "-c", "echo from the pod; sleep 3600"]
`

export async function kubectlSuite(tally: Tally): Promise<void> {
  const served = await Served.start(10)
  const kubectl = (args: readonly string[], input = ''): Result =>
    served.run(realKubectl(), ['--cache-dir', path.join(served.home, 'cache'), ...args], input)
  try {
    tally.checkRun('nodes are Ready', kubectl(['get', 'nodes']), (r) => (r.stdout.match(/ Ready /g) ?? []).length === 4)
    tally.checkRun('version', kubectl(['version']), (r) => r.stdout.includes('Server Version: v1.36.2'))
    tally.checkRun('who am I, by client certificate', kubectl(['auth', 'whoami']), (r) => r.stdout.includes('kubernetes-admin'))
    tally.checkRun(
      'impersonation is refused its own rights',
      kubectl(['get', 'secrets', '--as', 'jane']),
      (r) => r.code === 1 && r.stderr.includes('User "jane" cannot list resource "secrets"'),
    )
    tally.checkRun('api-resources', kubectl(['api-resources']), (r) => r.stdout.includes('deployments') && r.stdout.includes('apps/v1'))
    tally.checkRun(
      'create deployment (protobuf)',
      kubectl(['create', 'deployment', 'web', '--image=nginx:1.27', '--replicas=2']),
      (r) => r.stdout === 'deployment.apps/web created\n',
    )
    tally.checkRun(
      'rollout status',
      kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']),
      (r) => r.code === 0 && r.stdout.endsWith('successfully rolled out\n'),
    )
    tally.checkRun('scale', kubectl(['scale', 'deployment', 'web', '--replicas=3']), (r) => r.stdout === 'deployment.apps/web scaled\n')
    tally.checkRun(
      'wait',
      kubectl(['wait', '--for=jsonpath={.status.availableReplicas}=3', 'deployment/web', '--timeout=60s']),
      (r) => r.code === 0,
    )
    tally.checkRun('apply', kubectl(['apply', '-f', '-'], POD), (r) => r.stdout === 'pod/echo created\n')
    tally.checkRun('wait for the Pod', kubectl(['wait', '--for=condition=Ready', 'pod/echo', '--timeout=60s']), (r) => r.code === 0)
    tally.checkRun('logs', kubectl(['logs', 'echo']), (r) => r.stdout === 'from the pod\n')
    tally.checkRun(
      'exec',
      kubectl(['exec', 'echo', '--', 'sh', '-c', 'echo in; echo err >&2; exit 3']),
      (r) => r.stdout === 'in\n' && r.code === 3,
    )
    tally.checkRun('exec with input', kubectl(['exec', '-i', 'echo', '--', 'cat'], 'hello\n'), (r) => r.stdout === 'hello\n')
    tally.checkRun('describe shows events', kubectl(['describe', 'pod', 'echo']), (r) =>
      r.stdout.includes('Successfully assigned default/echo to'),
    )
    tally.checkRun('an unknown image fails as such', kubectl(['run', 'bad', '--image=nginx:9.99']), (r) => r.code === 0)
    tally.checkRun(
      'expose and endpoints',
      kubectl(['expose', 'deployment', 'web', '--port=80']),
      (r) => r.stdout === 'service/web exposed\n',
    )
    tally.check('port-forward: requests through a tunnel of SPDY', ...(await forwarded(served)))
    tally.checkRun(
      'delete',
      kubectl(['delete', 'deployment', 'web']),
      (r) => r.stdout === 'deployment.apps "web" deleted from default namespace\n',
    )
  } finally {
    served.stop()
  }
}

/** Two requests through `kubectl port-forward`; whether they were answered, and what came. */
async function forwarded(served: Served): Promise<[boolean, string]> {
  const child = spawn(realKubectl(), ['port-forward', 'deployment/web', ':80'], {
    env: { ...process.env, KUBECONFIG: served.config, HOME: served.home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  try {
    const port = await new Promise<string | undefined>((resolve) => {
      const hear = (data: Buffer): void => {
        said += data.toString()
        const found = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said)?.[1]
        if (found !== undefined) resolve(found)
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.on('exit', () => resolve(undefined))
    })
    if (port === undefined) return [false, said]
    const page = await (await fetch(`http://127.0.0.1:${port}/`)).text()
    const { status } = await fetch(`http://127.0.0.1:${port}/nowhere`)
    return [page.includes('Welcome to nginx!') && status === 404, `${said}${page}${status}`]
  } catch (error) {
    return [false, `${said}${String(error)}`]
  } finally {
    child.kill()
  }
}
