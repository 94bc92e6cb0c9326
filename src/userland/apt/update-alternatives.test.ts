// recorded: update-alternatives --query (13-iptables-nat, step 1); the rest follows update-alternatives(1) of dpkg 1.21.22
import { describe, expect, it } from 'vitest'
import { alternativeFiles, parseAlternative } from '../debian/alternatives.ts'
import { box } from '../test-box.ts'
import { updateAlternatives } from './update-alternatives.ts'

function machine() {
  const files = alternativeFiles(false).flatMap(({ path, what }) =>
    what.kind === 'file' && typeof what.content === 'string' ? [[path, what.content] as const] : [],
  )
  return box([updateAlternatives], {
    files: Object.fromEntries(files),
    links: { '/etc/alternatives/editor': '/bin/nano', '/etc/alternatives/iptables': '/usr/sbin/iptables-nft' },
  })
}

describe('update-alternatives', () => {
  it('--query', () => {
    expect(machine()('update-alternatives', '--query', 'iptables').out).toBe(`Name: iptables
Link: /usr/sbin/iptables
Slaves:
 iptables-restore /usr/sbin/iptables-restore
 iptables-save /usr/sbin/iptables-save
Status: auto
Best: /usr/sbin/iptables-nft
Value: /usr/sbin/iptables-nft

Alternative: /usr/sbin/iptables-legacy
Priority: 10
Slaves:
 iptables-restore /usr/sbin/iptables-legacy-restore
 iptables-save /usr/sbin/iptables-legacy-save

Alternative: /usr/sbin/iptables-nft
Priority: 20
Slaves:
 iptables-restore /usr/sbin/iptables-nft-restore
 iptables-save /usr/sbin/iptables-nft-save
`)
  })

  it('--list, --display, and a choice by hand', () => {
    const run = machine()
    expect(run('update-alternatives', '--list', 'editor').out).toBe('/bin/nano\n/usr/bin/vim.tiny\n')
    expect(run('update-alternatives', '--set', 'editor', '/usr/bin/vim.tiny')).toEqual({
      out: 'update-alternatives: using /usr/bin/vim.tiny to provide /usr/bin/editor (editor) in manual mode\n',
      err: '',
      exit: 0,
    })
    expect(run('update-alternatives', '--display', 'editor').out).toBe(`editor - manual mode
  link best version is /bin/nano
  link currently points to /usr/bin/vim.tiny
  link editor is /usr/bin/editor
  slave editor.1.gz is /usr/share/man/man1/editor.1.gz
/bin/nano - priority 40
  slave editor.1.gz: /usr/share/man/man1/nano.1.gz
/usr/bin/vim.tiny - priority 15
  slave editor.1.gz: /usr/share/man/man1/vim.1.gz
`)
  })

  it.each([
    [['--list', 'nosuch'], 'update-alternatives: error: no alternatives for nosuch\n', 2],
    [['--set', 'editor', '/bin/x'], 'update-alternatives: error: alternative /bin/x for editor not registered; not setting\n', 2],
    [['--config', 'editor'], 'podlab: update-alternatives --config is not modelled\n', 1],
  ])('%j', (words, err, exit) => {
    expect(machine()('update-alternatives', ...words)).toEqual({ out: '', err, exit })
  })
})

it('a file is read as it was written', () => {
  const text = 'manual\n/usr/bin/x\ny\n/usr/bin/y\n\n/opt/x\n10\n/opt/y\n/usr/bin/x1\n5\n\n\n'
  expect(parseAlternative('x', text)).toEqual({
    name: 'x',
    link: '/usr/bin/x',
    status: 'manual',
    slaves: { y: '/usr/bin/y' },
    choices: [
      { path: '/opt/x', priority: 10, slaves: { y: '/opt/y' } },
      { path: '/usr/bin/x1', priority: 5, slaves: {} },
    ],
  })
})
