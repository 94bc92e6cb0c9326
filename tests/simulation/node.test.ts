import { describe, expect, test } from 'vitest'
import { bodyBytes, Headers } from '#http/message.ts'
import { EVENTS, PODS } from '#kubernetes/client/resources.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import { makeImage, say, sleepForever } from '#kubernetes/node/cri/test-node.ts'
import { O } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import { ControlPlane } from './control-plane.ts'
import { makePod, Node } from './node.ts'

const BOX = 'docker.io/library/box:1'

function cluster() {
  const cp = new ControlPlane()
  const node = new Node(cp, 'node-a', [makeImage(BOX, ['hello', 'fail', 'sleep', 'env'], ['/bin/hello'])], {
    *hello(proc) {
      yield* say(proc, 'hello\n')
      return 0
    },
    *fail(proc) {
      yield* say(proc, 'failing\n')
      return 3
    },
    sleep: sleepForever,
    *env(proc) {
      yield* say(proc, `${proc.environ.join('\n')}\n`)
      return 0
    },
  })
  const pod = (name: string) => cp.server.object('', 'pods', 'default', name) as unknown as Pod | undefined
  const create = (p: Pod) => cp.do(cp.admin.create(PODS, 'default', p))
  const events = (name: string) =>
    cp
      .do(cp.admin.list(EVENTS, 'default'))
      .items.filter((e) => e.involvedObject.name === name)
      .map((e) => `${e.type} ${e.reason} ${e.message}${(e.count ?? 1) > 1 ? ` x${e.count}` : ''}`)
  const logs = (name: string) => {
    const handler = node.handler
    if (handler === undefined) throw new Error('no kubelet')
    const response = cp.do(
      handler({
        method: 'GET',
        target: `/containerLogs/default/${name}/c`,
        headers: new Headers(),
        body: new Uint8Array(0),
        peer: { address: '', port: 0, tls: true },
      }),
    )
    return decode(cp.do(bodyBytes(response.body)))
  }
  cp.sim.run({ until: cp.sim.now + 5_000_000 })
  return { cp, node, pod, create, events, logs }
}

describe('a pod on a node', () => {
  test('runs: pulled, created, started, with an address', () => {
    const { cp, create, pod, events } = cluster()
    create(makePod('web', 'box:1', ['sleep']))
    cp.until(() => pod('web')?.status?.phase === 'Running')
    expect(pod('web')?.status).toMatchObject({
      podIP: '10.244.1.2',
      hostIP: '172.18.0.3',
      conditions: [
        { type: 'PodReadyToStartContainers', status: 'True' },
        { type: 'Initialized' },
        { type: 'Ready', status: 'True' },
        { type: 'ContainersReady' },
        { type: 'PodScheduled' },
      ],
    })
    cp.sim.run({ until: cp.sim.now + 1_000_000 })
    expect(events('web')).toEqual([
      'Normal Scheduled Successfully assigned default/web to node-a',
      expect.stringMatching(/^Normal Pulling Pulling image "box:1"$/),
      expect.stringMatching(
        /^Normal Pulled Successfully pulled image "box:1" in \d+ms \(\d+ms including waiting\)\. Image size: 1000000 bytes\.$/,
      ),
      'Normal Created Container created',
      'Normal Started Container started',
    ])
  })

  test('that ends well is Completed; its log stays', () => {
    const { cp, create, pod, logs } = cluster()
    create(makePod('job', 'box:1', [], { restartPolicy: 'Never' }))
    cp.until(() => pod('job')?.status?.phase === 'Succeeded')
    expect(pod('job')?.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' })
    expect(logs('job')).toBe('hello\n')
  })

  test('that fails restarts at once, then in CrashLoopBackOff', () => {
    const { cp, create, pod, events } = cluster()
    create(makePod('crasher', 'box:1', ['fail']))
    cp.until(() => pod('crasher')?.status?.containerStatuses?.[0]?.state.waiting?.reason === 'CrashLoopBackOff')
    const status = pod('crasher')?.status?.containerStatuses?.[0]
    expect(status).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 3, reason: 'Error' } } })
    expect(status?.state.waiting?.message).toMatch(/^back-off 10s restarting failed container=c pod=crasher_default\(.*\)$/)
    cp.sim.run({ until: cp.sim.now + 15_000_000 })
    expect(pod('crasher')?.status?.containerStatuses?.[0]?.restartCount).toBe(2)
    expect(
      events('crasher').some((e) => e.startsWith('Warning BackOff Back-off restarting failed container c in pod crasher_default(')),
    ).toBe(true)
  })

  test('with an image that is not there: ErrImagePull, then ImagePullBackOff', () => {
    const { cp, create, pod } = cluster()
    create(makePod('bad', 'box:2', ['sleep']))
    const waiting = () => pod('bad')?.status?.containerStatuses?.[0]?.state.waiting
    cp.until(() => waiting()?.reason === 'ErrImagePull')
    expect(waiting()?.message).toBe(
      'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/box:2": failed to resolve image: docker.io/library/box:2: not found',
    )
    cp.until(() => waiting()?.reason === 'ImagePullBackOff')
    expect(waiting()?.message).toMatch(/^Back-off pulling image "box:2": ErrImagePull: rpc error/)
  })

  test('that is deleted ends in its grace period and goes', () => {
    const { cp, create, pod, node } = cluster()
    create(makePod('web', 'box:1', ['sleep'], { terminationGracePeriodSeconds: 3 }))
    cp.until(() => pod('web')?.status?.phase === 'Running')
    cp.do(cp.admin.delete(PODS, 'default', 'web'))
    const seconds = cp.until(() => pod('web') === undefined)
    expect(seconds).toBeGreaterThan(2.9)
    expect(seconds).toBeLessThan(4)
    cp.sim.run({ until: cp.sim.now + 1_000_000 })
    expect(node.machine.runtime.listPodSandbox()).toEqual([])
  })

  test('in the directory of manifests runs once it is wholly written, and again when rewritten in place', () => {
    const { cp, pod, node } = cluster()
    const { kernel } = node.machine
    const file = '/etc/kubernetes/manifests/own.yaml'
    const manifest = (command: string) =>
      encode(
        `{"kind": "Pod", "metadata": {"name": "own"}, "spec": {"containers": [{"name": "c", "image": "box:1", "command": ["${command}"]}]}}`,
      )
    const command = () => pod('own-node-a')?.spec.containers[0]?.command
    const edit = (text: Uint8Array) =>
      kernel.spawn({
        argv: ['editor'],
        *main(proc) {
          const fd = yield* proc.open(file, O.WRONLY | O.CREAT | O.TRUNC, 0o644)
          yield* proc.nanosleep(10_000)
          yield* proc.write(fd, text)
          return 0
        },
      })
    edit(manifest('sleep'))
    cp.until(() => pod('own-node-a')?.status?.phase === 'Running')
    expect(command()).toEqual(['sleep'])
    const mirror = () => pod('own-node-a')?.metadata.uid
    const first = mirror()
    cp.do(cp.admin.delete(PODS, 'default', 'own-node-a'))
    cp.until(() => mirror() !== first && pod('own-node-a')?.status?.phase === 'Running')
    edit(manifest('env'))
    cp.until(() => command()?.[0] === 'env')
  })
})
