// recorded: messages and exit statuses of man-db 2.11.2; the pages are the model's own
import { describe, expect, it, test } from 'vitest'
import { EXECUTABLES, LAPTOP_EXECUTABLES, LAPTOP_LINKS, LINKS } from '../debian/installed.ts'
import { program } from '../programs.ts'
import { box } from '../test-box.ts'
import { programs } from './index.ts'
import { layout } from './layout.ts'
import { pages, pagesNamed, parsePages } from './page.ts'

const run = box(programs)

describe('man', () => {
  it('wants a page', () => {
    const example = "For example, try 'man man'.\n"
    expect(run('man')).toEqual({ out: '', err: `What manual page do you want?\n${example}`, exit: 1 })
    expect(run('man', '5')).toEqual({ out: '', err: `What manual page do you want from section 5?\n${example}`, exit: 1 })
  })

  it('says what is not there', () => {
    expect(run('man', 'nosuch')).toEqual({ out: '', err: 'No manual entry for nosuch\n', exit: 16 })
    expect(run('man', '5', 'ls')).toEqual({ out: '', err: 'No manual entry for ls in section 5\n', exit: 16 })
  })

  it('finds a page by section, and all of a name', () => {
    expect(run('man', '-w', 'chroot').out).toBe('/usr/share/man/man8/chroot.8.gz\n')
    expect(run('man', '-w', '2', 'chroot').out).toBe('/usr/share/man/man2/chroot.2.gz\n')
    expect(run('man', '-aw', 'unshare').out).toBe('/usr/share/man/man1/unshare.1.gz\n/usr/share/man/man2/unshare.2.gz\n')
    expect(run('man', '-w', 'egrep').out).toBe('/usr/share/man/man1/grep.1.gz\n')
    expect(run('man', '-w').out).toBe('/usr/local/man:/usr/local/share/man:/usr/share/man\n')
  })

  it('prints plain text into a pipe', () => {
    const { out, exit } = run('man', 'true')
    expect(exit).toBe(0)
    expect(out).toBe(`TRUE(1)                         User Commands                          TRUE(1)

NAME
       true - do nothing, successfully

SYNOPSIS
       true

SEE ALSO
       false(1)

Podlab                                                                 TRUE(1)
`)
  })
})

describe('whatis and apropos', () => {
  it.each([
    [['whatis'], '', 'whatis what?\n', 1],
    [['apropos'], '', 'apropos what?\n', 1],
    [['whatis', 'nosuch'], '', 'nosuch: nothing appropriate.\n', 16],
    [['man', '-k', 'nosuchthing'], '', 'nosuchthing: nothing appropriate.\n', 16],
    [['man', '-f', 'ls'], 'ls (1)               - list directory contents\n', '', 0],
    [['whatis', 'unshare', '-s', '2'], 'unshare (2)          - disassociate parts of the process execution context\n', '', 0],
    [['apropos', '-a', 'mount', 'namespaces'], 'mount_namespaces (7) - overview of Linux mount namespaces\n', '', 0],
  ])('%j', (argv, out, err, exit) => {
    expect(run(...argv)).toEqual({ out, err, exit })
  })
})

test('the notation of pages', () => {
  const [page] = parsePages(
    '.veth,pair 4 a pair\n> veth x y\nWhat goes in comes out.\n- -a|all\n    ip link\n    ip addr\n# NOTES\nLast.\n@ ip(8) a(1)\n',
  )
  expect(layout(page ?? never(), 60, true)).toBe(`VETH(4)              Kernel Interfaces               VETH(4)

\x1b[1mNAME\x1b[0m
       veth, pair - a pair

\x1b[1mSYNOPSIS\x1b[0m
       \x1b[1mveth\x1b[0m x y

\x1b[1mDESCRIPTION\x1b[0m
       What goes in comes out.

       \x1b[1m-a\x1b[0m     all

              ip link
              ip addr

\x1b[1mNOTES\x1b[0m
       Last.

\x1b[1mSEE ALSO\x1b[0m
       ip(8), a(1)

Podlab                                               VETH(4)
`)
})

test('every program of the model has a page', () => {
  const files = `${EXECUTABLES}${LAPTOP_EXECUTABLES}`.split('\n').flatMap((line) => {
    const [where, name = ''] = line.split(' ')
    return (where === 'bin' || where === 'sbin') && program(name) !== undefined ? [name] : []
  })
  const links = `${LINKS}${LAPTOP_LINKS}`.split('\n').flatMap((line) => {
    const [path = '', target = ''] = line.split(' ')
    const name = path.slice(path.lastIndexOf('/') + 1)
    return path.startsWith('/usr') && program(target.slice(target.lastIndexOf('/') + 1)) !== undefined ? [name] : []
  })
  expect([...files, ...links].filter((name) => pagesNamed(name).length === 0)).toEqual([])
})

test('what SEE ALSO names is there, or a page of another package', () => {
  const elsewhere = ['clone', 'credentials', 'regex', 'sched', 'subuid', 'lsb_release']
  const missing = pages().flatMap((page) =>
    page.see.filter((entry) => {
      const [, name = '', section = ''] = /^(.+)\((\d)\)$/.exec(entry) ?? []
      return pagesNamed(name, section).length === 0 && !elsewhere.includes(name)
    }),
  )
  expect([...new Set(missing)]).toEqual([])
})

function never(): never {
  throw new Error('no page')
}
