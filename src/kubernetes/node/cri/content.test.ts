import { expect, test } from 'vitest'
import { decode, encode } from '#sim/bytes.ts'
import { archiveOf, contentOf, digest } from './content.ts'
import type { RegistryImage } from './images.ts'

const image: RegistryImage = {
  references: ['docker.io/library/box:1'],
  config: { cmd: ['hello'] },
  layers: [
    {
      sizeBytes: 5_000_000,
      createdBy: 'COPY hello /bin/hello',
      entries: () => [
        { path: '/bin', type: 'dir', mode: 0o755 },
        { path: '/bin/hello', type: 'file', mode: 0o755, content: encode('hello') },
        { path: '/bin/hi', type: 'symlink', target: 'hello' },
      ],
    },
  ],
}

/** Names of an archive's members with type and content. */
function members(archive: Uint8Array): [string, string, string][] {
  const out: [string, string, string][] = []
  const text = (from: number, to: number): string => decode(archive.subarray(from, to)).replace(/\0.*$/s, '')
  for (let at = 0; at < archive.length && archive[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, at + 136), 8)
    out.push([text(at, at + 100), text(at + 156, at + 157), text(at + 512, at + 512 + size)])
    at += 512 + Math.ceil(size / 512) * 512
  }
  return out
}

test('a layer is an archive of its files', () => {
  const [layer] = contentOf(image).layers
  expect(members(layer?.bytes ?? new Uint8Array(0))).toEqual([
    ['bin/', '5', ''],
    ['bin/hello', '0', 'hello'],
    ['bin/hi', '2', ''],
  ])
})

test('configuration and manifest name what they consist of by its hash', () => {
  const { manifest, config, layers } = contentOf(image)
  expect(JSON.parse(decode(config.bytes))).toMatchObject({ config: { Cmd: ['hello'] }, rootfs: { diff_ids: [layers[0]?.digest] } })
  expect(JSON.parse(decode(manifest.bytes))).toMatchObject({
    config: { digest: config.digest, size: config.bytes.length },
    layers: [{ digest: layers[0]?.digest }],
  })
  expect(digest(manifest.bytes)).toBe(manifest.digest)
})

test('an exported image holds each blob under its hash', () => {
  const found = members(archiveOf(contentOf(image), 'docker.io/library/box:1'))
  for (const [name, type, text] of found)
    if (name.startsWith('blobs/sha256/') && type === '0' && text.startsWith('{'))
      expect(`blobs/sha256/${digest(encode(text)).slice(7)}`).toBe(name)
  expect(found.map(([name]) => name).slice(-3)).toEqual(['index.json', 'manifest.json', 'oci-layout'])
  expect(found.filter(([name, type]) => name.startsWith('blobs/sha256/') && type === '0')).toHaveLength(3)
})
