import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { parse } from 'yaml'
import type { Cluster } from '#cluster/cluster.ts'
import { parseArgs, UsageError } from './args.ts'

/** Where a running `serve` on `port` hears `podlab node`. */
export function controlSocket(port: number): string {
  return path.join(os.tmpdir(), `podlab-${port}.control`)
}

/** Listens for `stop NODE` and `start NODE`; returns how to end. */
export function listenControl(file: string, cluster: Cluster, wake: () => void): () => void {
  fs.rmSync(file, { force: true })
  const server = net.createServer((socket) => {
    socket.once('data', (data) => {
      const [verb, name = ''] = data.toString().trim().split(' ')
      const done = verb === 'stop' ? cluster.stopKubelet(name) : verb === 'start' ? cluster.startKubelet(name) : false
      wake()
      socket.end(done ? 'ok\n' : `no node ${name}\n`)
    })
    socket.on('error', () => socket.destroy())
  })
  server.listen(file)
  return () => {
    server.close()
    fs.rmSync(file, { force: true })
  }
}

/** `podlab node stop|start NODE --kubeconfig FILE`. */
export async function node(argv: readonly string[]): Promise<number> {
  const args = parseArgs(argv, { kubeconfig: 'text' })
  const [verb, name] = args.rest
  const file = args.texts.get('kubeconfig')
  if ((verb !== 'stop' && verb !== 'start') || name === undefined || file === undefined)
    throw new UsageError('node stop|start NODE --kubeconfig FILE')
  const config = parse(fs.readFileSync(file, 'utf8')) as { clusters?: { cluster?: { server?: string } }[] }
  const port = Number(/:(\d+)$/.exec(config.clusters?.[0]?.cluster?.server ?? '')?.[1] ?? 0)
  const answer = await new Promise<string>((resolve) => {
    const socket = net.connect(controlSocket(port), () => socket.write(`${verb} ${name}\n`))
    let text = ''
    socket.on('data', (data) => {
      text += data.toString()
    })
    socket.on('end', () => resolve(text))
    socket.on('error', (error) => resolve(`no podlab serve at the server of ${file}: ${error.message}`))
  })
  if (answer === 'ok\n') return 0
  process.stderr.write(`podlab: ${answer.trim()}\n`)
  return 1
}
