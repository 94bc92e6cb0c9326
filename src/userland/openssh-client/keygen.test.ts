// Not recorded: the messages follow ssh-keygen.c of OpenSSH 9.2; the picture is that of "drunken bishop" (sshkey.c)
import { expect, it } from 'vitest'
import { box } from '../test-box.ts'
import { programs } from './index.ts'
import { randomart } from './keygen.ts'

it('makes a pair and lists it', () => {
  const run = box(programs, { files: { '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n', '/root/x': '' }, env: ['HOME=/root'] })
  const made = run('ssh-keygen', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/id_ed25519')
  expect(made.exit).toBe(0)
  const lines = made.out.split('\n')
  expect(lines.slice(0, 5)).toEqual([
    'Generating public/private ed25519 key pair.',
    "Created directory '/root/.ssh'.",
    'Your identification has been saved in /root/.ssh/id_ed25519',
    'Your public key has been saved in /root/.ssh/id_ed25519.pub',
    'The key fingerprint is:',
  ])
  expect(lines[5]).toMatch(/^SHA256:[\w+/]{43} root@box$/)
  expect(lines[7]).toBe('+--[ED25519 256]--+')
  expect(run('ssh-keygen', '-l', '-f', '/root/.ssh/id_ed25519').out).toBe(`256 ${lines[5]} (ED25519)\n`)
})

it('draws the walk of the bishop', () => {
  const digest = Uint8Array.from('fc94b0c1e5b0987c5843997697ee9fb7'.match(/../g) ?? [], (h) => Number.parseInt(h, 16))
  expect(randomart(digest, 'RSA 2048', 'MD5')).toBe(`+---[RSA 2048]----+
|       .=o.  .   |
|     . *+*. o    |
|      =.*..o     |
|       o + ..    |
|        S o.     |
|         o  .    |
|          .  . . |
|              o .|
|               E.|
+------[MD5]------+
`)
})
