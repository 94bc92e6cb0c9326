/** A node with kernel, runtime and kubelet beside the control plane of `control-plane.ts`. */
import type { HttpHandler } from '#http/message.ts'
import type { Pod } from '#kubernetes/client/types/pod.ts'
import type { RegistryImage } from '#kubernetes/node/cri/images.ts'
import { TestNode } from '#kubernetes/node/cri/test-node.ts'
import type { Kubelet } from '#kubernetes/node/kubelet/kubelet.ts'
import { kubeletProgram } from '#kubernetes/node/kubelet/main.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import type { ControlPlane } from './control-plane.ts'

export class Node {
  readonly machine: TestNode
  kubelet: Kubelet | undefined
  handler: HttpHandler | undefined

  constructor(
    cp: ControlPlane,
    name: string,
    images: readonly RegistryImage[],
    programs: Readonly<Record<string, (proc: Proc) => Sim<number>>>,
  ) {
    this.machine = new TestNode(images, programs, cp.sim, name)
    const program = kubeletProgram({
      kernel: this.machine.kernel,
      cri: this.machine.endpoint,
      clusterDns: '10.96.0.10',
      clusterDomain: 'cluster.local',
      facts: {
        name,
        ip: '172.18.0.3',
        labels: {},
        taints: [],
        providerId: `kind://docker/kind/${name}`,
        capacity: { cpu: '16', memory: '8059232Ki', pods: '110' },
        allocatable: { cpu: '16', memory: '8059232Ki', pods: '110' },
        nodeInfo: {},
        port: 10250,
      },
      *connect() {
        return cp.transport('nodes')
      },
      onStart: (kubelet, handler) => {
        this.kubelet = kubelet
        this.handler = handler
      },
    })
    this.machine.kernel.spawn({ argv: ['/usr/bin/kubelet'], main: (proc) => program.main(proc) })
  }
}

export function makePod(name: string, image: string, command: readonly string[], more: Partial<Pod['spec']> = {}): Pod {
  return { metadata: { name, namespace: 'default' }, spec: { containers: [{ name: 'c', image, command }], ...more } }
}
