/** The session of the notes, as typed on two terminals of one node: a Pod's parts built by hand, with the failures on the way. */
import { expect, it } from 'vitest'
import { decode, encode } from '#sim/bytes.ts'
import { type BookWorld, boot, wait } from '../book/world.ts'

const NODE = 'kind-control-plane'
const PROMPT = 'root@kind-control-plane:/# '

/** A terminal with a root shell in / on the node; `type` returns what the screen shows from the typed line on. */
function openTerminal(world: BookWorld): (line: string) => string {
  const machine = world.cluster.machine(NODE)
  if (machine === undefined) throw new Error(`no machine ${NODE}`)
  const terminal = machine.kernel.openTerminal({ rows: 40, cols: 120 })
  let shown = ''
  terminal.onOutput((data) => {
    shown += decode(data)
  })
  machine.login(terminal, () => undefined)
  const type = (line: string): string => {
    shown = ''
    terminal.write(encode(`${line}\r`))
    wait(world, 30)
    return shown.replace(/\x1b\[[?0-9;]*[a-zA-Z]/g, '').replaceAll('\r', '')
  }
  wait(world, 2)
  type('cd /')
  return type
}

const SCRIPT = [
  '#!/bin/bash',
  'mkdir -p /home/namespace/box',
  'mkdir -p /home/namespace/box/bin',
  'mkdir -p /home/namespace/box/lib',
  'mkdir -p /home/namespace/box/lib64',
  'mkdir -p /home/namespace/box/proc',
  'cp -v /usr/bin/kill /home/namespace/box/bin/',
  'cp -v /usr/bin/ps /home/namespace/box/bin',
  'cp -v /bin/bash /home/namespace/box/bin',
  'cp -v /bin/ls /home/namespace/box/bin',
  'cp -r /lib/* /home/namespace/box/lib/',
  'cp -r /lib64/* /home/namespace/box/lib64/',
]
const MOUNT = 'mount -t proc proc /home/namespace/box/proc'
const CHROOT = 'chroot /home/namespace/box /bin/bash'
const COPIED = `'/usr/bin/kill' -> '/home/namespace/box/bin/kill'
'/usr/bin/ps' -> '/home/namespace/box/bin/ps'
'/bin/bash' -> '/home/namespace/box/bin/bash'
'/bin/ls' -> '/home/namespace/box/bin/ls'
`

it('builds the box of the notes: chroot, bind mount, unshare', () => {
  const world = boot('kind', 1)
  const [first, second] = [openTerminal(world), openTerminal(world)]
  const says = (type: typeof first, line: string, shown: string, prompt = PROMPT): void => {
    expect(type(line)).toBe(`${line}\n${shown}${prompt}`)
  }
  const inBox = (line: string, shown: string): void => says(first, line, shown, 'bash-5.2# ')

  // A root without libraries can't run bash.
  says(first, 'mkdir -p /home/namespace/box/bin', '')
  says(first, 'cp -v /bin/bash /home/namespace/box/bin', "'/bin/bash' -> '/home/namespace/box/bin/bash'\n")
  says(first, CHROOT, "chroot: failed to run command '/bin/bash': No such file or directory\n")

  // With them it can; but ps finds no /proc.
  for (const line of ['cat > chroot.sh', ...SCRIPT, CHROOT, '\x04']) first(line)
  says(first, './chroot.sh', 'bash: ./chroot.sh: Permission denied\n')
  says(first, 'chmod +x chroot.sh', '')
  inBox('./chroot.sh', COPIED)
  inBox('ls', 'bin  lib  lib64  proc\n')
  inBox('ps -ax', 'Error, do this: mount -t proc proc /proc\n')
  says(first, 'exit', 'exit\n')

  // The script as the notes have it; the host's processes are seen.
  for (const line of ['cat > chroot.sh', ...SCRIPT, MOUNT, CHROOT, '\x04']) first(line)
  inBox('./chroot.sh', COPIED)
  expect(first('ps -ax')).toMatch(/ kube-apiserver .* \/bin\/bash\n +\d+ \? +R\+ +\d:\d\d ps -ax\nbash-5\.2# $/s)

  // From the second terminal a folder of the host is bound into the box.
  for (const line of [
    'mkdir -p /home/namespace/box/data',
    'mount --bind /tmp/ /home/namespace/box/data',
    'touch /tmp/a',
    'touch /tmp/b',
    'touch /tmp/c',
  ])
    says(second, line, '')
  inBox('ls /data/', 'a  b  c\n')
  says(first, 'exit', 'exit\n')

  // A pid namespace of its own.
  inBox(`unshare -p -f --mount-proc=/home/namespace/box/proc ${CHROOT}`, '')
  inBox('ps -ax', '    PID TTY      STAT   TIME COMMAND\n      1 ?        S      0:00 /bin/bash\n      2 ?        R+     0:00 ps -ax\n')
  says(second, 'nsenter -t $(pgrep -P $(pgrep -x unshare)) -p -m chroot /home/namespace/box /bin/ps -A -o pid,args', INSIDE)
  says(first, 'exit', 'exit\n')
})

const INSIDE = `    PID COMMAND
      1 /bin/bash
      3 /bin/ps -A -o pid,args
`
