/**
 * Clients that nobody here wrote against `podlab serve`: the real kubectl. Prints `N passed, N failed`.
 */
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { realKubectl } from './kubectl.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'podlab-conformance-'))
const config = path.join(home, 'config')
const kubectlPath = realKubectl()

interface Result {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

function kubectl(args: readonly string[], input = ''): Result {
  const env = { ...process.env, KUBECONFIG: config, HOME: home }
  const { stdout, stderr, status } = spawnSync(kubectlPath, ['--cache-dir', path.join(home, 'cache'), ...args], {
    env,
    input,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { stdout, stderr, code: status ?? 1 }
}

/** Starts `podlab serve` and waits for its line. */
function serve(): Promise<() => void> {
  const child = spawn(process.execPath, [main, 'serve', '--kubeconfig', config, '--speed', '10'], { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => {
      if (data.toString().includes('podlab: serving on https://127.0.0.1:')) resolve(() => child.kill('SIGTERM'))
    })
    child.on('exit', (code) => reject(new Error(`podlab serve ended with ${code}`)))
  })
}

let passed = 0
let failed = 0

function check(what: string, result: Result, holds: (r: Result) => boolean): void {
  if (holds(result)) {
    passed++
    console.log(`ok   ${what}`)
    return
  }
  failed++
  console.log(`FAIL ${what}\n  exit ${result.code}\n  ${`${result.stdout}${result.stderr}`.trimEnd().replaceAll('\n', '\n  ')}`)
}

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

const stop = await serve()
try {
  check('nodes are Ready', kubectl(['get', 'nodes']), (r) => (r.stdout.match(/ Ready /g) ?? []).length === 4)
  check('version', kubectl(['version']), (r) => r.stdout.includes('Server Version: v1.36.2'))
  check('who am I, by client certificate', kubectl(['auth', 'whoami']), (r) => r.stdout.includes('kubernetes-admin'))
  check(
    'impersonation is refused its own rights',
    kubectl(['get', 'secrets', '--as', 'jane']),
    (r) => r.code === 1 && r.stderr.includes('User "jane" cannot list resource "secrets"'),
  )
  check('api-resources', kubectl(['api-resources']), (r) => r.stdout.includes('deployments') && r.stdout.includes('apps/v1'))
  check(
    'create deployment (protobuf)',
    kubectl(['create', 'deployment', 'web', '--image=nginx:1.27', '--replicas=2']),
    (r) => r.stdout === 'deployment.apps/web created\n',
  )
  check(
    'rollout status',
    kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']),
    (r) => r.code === 0 && r.stdout.endsWith('successfully rolled out\n'),
  )
  check('scale', kubectl(['scale', 'deployment', 'web', '--replicas=3']), (r) => r.stdout === 'deployment.apps/web scaled\n')
  check('wait', kubectl(['wait', '--for=jsonpath={.status.availableReplicas}=3', 'deployment/web', '--timeout=60s']), (r) => r.code === 0)
  check('apply', kubectl(['apply', '-f', '-'], POD), (r) => r.stdout === 'pod/echo created\n')
  check('wait for the Pod', kubectl(['wait', '--for=condition=Ready', 'pod/echo', '--timeout=60s']), (r) => r.code === 0)
  check('logs', kubectl(['logs', 'echo']), (r) => r.stdout === 'from the pod\n')
  check('exec', kubectl(['exec', 'echo', '--', 'sh', '-c', 'echo in; echo err >&2; exit 3']), (r) => r.stdout === 'in\n' && r.code === 3)
  check('exec with input', kubectl(['exec', '-i', 'echo', '--', 'cat'], 'hello\n'), (r) => r.stdout === 'hello\n')
  check('describe shows events', kubectl(['describe', 'pod', 'echo']), (r) => r.stdout.includes('Successfully assigned default/echo to'))
  check('an unknown image fails as such', kubectl(['run', 'bad', '--image=nginx:9.99']), (r) => r.code === 0)
  check('expose and endpoints', kubectl(['expose', 'deployment', 'web', '--port=80']), (r) => r.stdout === 'service/web exposed\n')
  check('delete', kubectl(['delete', 'deployment', 'web']), (r) => r.stdout === 'deployment.apps "web" deleted from default namespace\n')
} finally {
  stop()
  fs.rmSync(home, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
