import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { kubeconfig } from '#cluster/kubeconfig.ts'
import { Driver } from '#lab/driver.ts'
import { Simulation } from '#sim/simulation.ts'
import { parseArgs } from './args.ts'
import { SETTLED_AGE, startCluster } from './cluster.ts'
import { gateway } from './gateway.ts'
import { hostTimers } from './host-timers.ts'
import { controlSocket, listenControl } from './node.ts'
import { realKeys } from './real-keys.ts'

/** `podlab serve`: a cluster's API on 127.0.0.1 until interrupted. */
export async function serve(argv: readonly string[]): Promise<number> {
  const args = parseArgs(argv, {
    port: 'number',
    nodes: 'number',
    kubeconfig: 'text',
    speed: 'number',
    seed: 'number',
    hollow: 'number',
    cloud: 'flag',
  })
  const sim = new Simulation({ seed: args.numbers.get('seed') ?? 1, start: (Date.now() - SETTLED_AGE * 1000) * 1000 })
  const nodes = args.numbers.get('nodes')
  const cluster = startCluster(sim, {
    keys: realKeys,
    ...(nodes === undefined ? {} : { workers: Math.max(0, nodes - 1) }),
    hollow: args.numbers.get('hollow') ?? 0,
    cloud: args.flags.has('cloud'),
  })
  const driver = new Driver(
    sim,
    hostTimers,
    () => {},
    () => false,
  )
  driver.rate = args.numbers.get('speed') ?? 1
  const { pki } = cluster
  const server = gateway({
    sim,
    handler: () => cluster.apiHandler,
    wake: () => {
      driver.sync()
      driver.wake()
    },
    certificate: pki.apiserver.pem,
    key: pki.apiserver.key.privateKeyPem,
    ca: pki.ca.pem,
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.on('error', reject)
    server.listen(args.numbers.get('port') ?? 0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  const url = `https://127.0.0.1:${port}`
  const file = args.texts.get('kubeconfig') ?? path.join(os.tmpdir(), `podlab-${port}.kubeconfig`)
  fs.writeFileSync(file, kubeconfig(pki, url), { mode: 0o600 })
  const stopControl = listenControl(controlSocket(port), cluster, () => driver.wake())
  driver.wake()
  process.stdout.write(`podlab: serving on ${url}\n`)
  if (!args.texts.has('kubeconfig')) process.stdout.write(`export KUBECONFIG=${file}\n`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  driver.stop()
  stopControl()
  server.closeAllConnections()
  server.close()
  return 0
}
