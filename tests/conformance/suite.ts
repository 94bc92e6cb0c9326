/** A `podlab serve` for a suite of clients, and how a suite says what holds. */
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface Result {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** A running server with its kubeconfig in a home folder of its own. */
export class Served {
  readonly home = fs.mkdtempSync(path.join(os.tmpdir(), 'podlab-conformance-'))
  readonly config = path.join(this.home, 'config')
  #stop: () => void = () => undefined

  /** Starts it and waits for its line. `speed`: virtual seconds a second. */
  static async start(speed: number): Promise<Served> {
    const served = new Served()
    const child = spawn(process.execPath, [main, 'serve', '--kubeconfig', served.config, '--speed', String(speed)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (data: Buffer) => {
        if (data.toString().includes('podlab: serving on https://127.0.0.1:')) resolve()
      })
      child.on('exit', (code) => reject(new Error(`podlab serve ended with ${code}`)))
    })
    served.#stop = () => child.kill('SIGTERM')
    return served
  }

  /** Runs a client with the server's kubeconfig. */
  run(program: string, args: readonly string[], input = ''): Result {
    const env = { ...process.env, KUBECONFIG: this.config, HOME: this.home }
    const { stdout, stderr, status } = spawnSync(program, args, { env, input, encoding: 'utf8', timeout: 60_000 })
    return { stdout, stderr, code: status ?? 1 }
  }

  stop(): void {
    this.#stop()
    fs.rmSync(this.home, { recursive: true, force: true })
  }
}

export class Tally {
  passed = 0
  failed = 0

  /** One more line of the result. `seen` is printed when it does not hold. */
  check(what: string, holds: boolean, seen: unknown): void {
    if (holds) this.passed++
    else this.failed++
    console.log(holds ? `ok   ${what}` : `FAIL ${what}\n  ${String(seen).trimEnd().replaceAll('\n', '\n  ')}`)
  }

  checkRun(what: string, result: Result, holds: (r: Result) => boolean): void {
    this.check(what, holds(result), `exit ${result.code}\n${result.stdout}${result.stderr}`)
  }
}
