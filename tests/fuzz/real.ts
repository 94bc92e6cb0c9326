import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ENVIRON, FILE_LIMIT, NOBODY, OUTPUT_LIMIT, type Result, SCRIPT, WORK } from './result.ts'

/** The version whose behaviour is the truth. */
const VERSION = '5.2.15'
const TIME_LIMIT_MS = 10_000
const LIMITS = ['--cpu=5', `--fsize=${FILE_LIMIT}`, '--nproc=400', '--core=0', '--as=536870912']

/** Why the real bash can't be run here; undefined: it can. */
export function realMissing(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux'
  if (process.getuid?.() !== 0) return 'not root'
  const version = spawnSync('/bin/bash', ['-c', 'echo $BASH_VERSION'], { encoding: 'utf8' }).stdout
  if (version === null || !version.startsWith(VERSION)) return `bash is not ${VERSION}`
  for (const tool of ['prlimit', 'chroot', 'mknod', 'ldd']) if (place(tool) === '') return `no ${tool}`
  return undefined
}

/** Where a tool of the host is; empty: nowhere. */
function place(tool: string): string {
  return spawnSync('/bin/sh', ['-c', `PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v ${tool}`], { encoding: 'utf8' }).stdout.trim()
}

/** The real bash in an otherwise empty chroot, as nobody. One script at a time. */
export class RealBash {
  readonly #root = fs.mkdtempSync(path.join(os.tmpdir(), 'podlab-fuzz-'))
  readonly #prlimit = place('prlimit')
  readonly #prefix: readonly string[]

  constructor() {
    const libraries = spawnSync('ldd', ['/bin/bash'], { encoding: 'utf8' }).stdout.match(/\/\S+/g) ?? []
    this.#prefix = [...LIMITS, place('chroot'), `--userspec=${NOBODY}:${NOBODY}`, `--groups=${NOBODY}`, this.#root]
    for (const file of ['/bin/bash', ...libraries]) {
      fs.mkdirSync(path.join(this.#root, path.dirname(file)), { recursive: true })
      fs.copyFileSync(file, path.join(this.#root, file))
    }
    fs.chmodSync(this.#root, 0o755)
    fs.mkdirSync(this.#at('/dev'))
    spawnSync('mknod', ['-m', '666', this.#at('/dev/null'), 'c', '1', '3'])
  }

  #at(name: string): string {
    return path.join(this.#root, name)
  }

  /** Runs a script (a byte string). */
  async run(script: string): Promise<Result> {
    this.#clean()
    fs.writeFileSync(this.#at(SCRIPT), script, 'latin1')
    const child = spawn(this.#prlimit, [...this.#prefix, '/bin/bash', SCRIPT], {
      env: { ...ENVIRON },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const streams = ['', '']
    for (const [at, stream] of [child.stdout, child.stderr].entries()) {
      stream.setEncoding('latin1')
      stream.on('data', (text: string) => {
        streams[at] += text
        if ((streams[at] ?? '').length >= OUTPUT_LIMIT && !late) {
          late = true
          end()
        }
      })
    }
    let late = false
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
    const timer = setTimeout(() => {
      late = true
      end()
    }, TIME_LIMIT_MS)
    const exit = await new Promise<number>((resolve) => {
      child.on('close', (code, signal) => resolve(signal === null ? (code ?? 0) : 128 + os.constants.signals[signal]))
    })
    clearTimeout(timer)
    return { stdout: streams[0] ?? '', stderr: streams[1] ?? '', exit: late ? 'hang' : exit }
  }

  /** Empty work and temporary folders. */
  #clean(): void {
    for (const [name, mode] of [
      [WORK, 0o755],
      ['/tmp', 0o1777],
    ] as const) {
      fs.rmSync(this.#at(name), { recursive: true, force: true })
      fs.mkdirSync(this.#at(name))
      fs.chmodSync(this.#at(name), mode)
    }
    fs.chownSync(this.#at(WORK), NOBODY, NOBODY)
  }

  close(): void {
    fs.rmSync(this.#root, { recursive: true, force: true })
  }
}
