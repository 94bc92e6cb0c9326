/** What checks see of a machine: processes in their namespaces, mounts, links. */
import { expect, it } from 'vitest'
import { evaluate } from '#book/checks.ts'
import { bash, boot } from '../book/world.ts'

it('sees a box made by hand as the kernel does', () => {
  const world = boot('kind', 1)
  const at = { machine: 'kind-worker' } as const
  bash(
    world,
    'kind-worker',
    `mkdir -p /box /srv/data && mount --bind /srv/data /mnt && cp -r /bin /lib /lib64 /usr /box/ 2>/dev/null
ip netns add blue && ip link add v0 type veth peer name v1 netns blue && ip addr add 10.9.0.1/24 dev v0 && ip link set v0 up
mkdir /sys/fs/cgroup/cage
setsid unshare -p -f -u chroot /box /bin/sleep 1000 </dev/null >/dev/null 2>&1 &
sleep 1; echo $(pgrep -x sleep) > /sys/fs/cgroup/cage/cgroup.procs`,
  )
  const holds = (check: Parameters<typeof evaluate>[0]): boolean => evaluate(check, world).done
  const own = { path: 'namespaces.pid', equals: 'own' }
  expect(
    holds({
      kind: 'process',
      ...at,
      where: [
        { path: 'root', equals: '/box' },
        { path: 'comm', equals: 'sleep' },
        { path: 'ownPid', equals: 1 },
        own,
        { path: 'namespaces.uts', equals: 'own' },
        { path: 'namespaces.net', equals: 'host' },
        { path: 'cgroup', matches: '/cage$' },
        { path: 'uid', equals: 0 },
      ],
    }),
  ).toBe(true)
  expect(holds({ kind: 'process', ...at, where: [{ path: 'comm', equals: 'systemd' }, own] })).toBe(false)
  expect(
    holds({
      kind: 'mount',
      ...at,
      where: [
        { path: 'target', equals: '/mnt' },
        { path: 'root', matches: '/srv/data$' },
      ],
    }),
  ).toBe(true)
  const v0 = [
    { path: 'name', equals: 'v0' },
    { path: 'type', equals: 'veth' },
    { path: 'addresses[*]', equals: '10.9.0.1/24' },
    { path: 'up', equals: true },
  ]
  expect(holds({ kind: 'link', ...at, where: v0 })).toBe(true)
  expect(
    holds({
      kind: 'link',
      ...at,
      where: [
        { path: 'name', equals: 'v1' },
        { path: 'namespace', equals: 'own' },
      ],
    }),
  ).toBe(true)
  expect(holds({ kind: 'link', machine: 'kind-worker2', where: v0 })).toBe(false)
})
