import { expect, test } from 'vitest'
import { bash, boot } from '../book/world.ts'

test('systemd-run --scope: a cgroup with limits around a command of the caller, gone when it is empty', () => {
  const world = boot('kind', 1)
  expect(
    bash(
      world,
      'kind-worker',
      `systemd-run --scope -q --unit=box -p MemoryMax=20M -p TasksMax=9 bash -c 'cat /proc/self/cgroup; cd /sys/fs/cgroup/system.slice/box.scope; cat memory.max pids.max; sleep 5 & systemctl is-active box.scope'
ls /sys/fs/cgroup/system.slice | grep box; sleep 6; ls /sys/fs/cgroup/system.slice | grep -c box; systemctl is-active box.scope
systemd-run --scope -p MemoryMax=20M -q tail /dev/zero; echo $?
systemd-run --scope -q -E A=b printenv A; systemd-run --scope -p IOWeight=5 true; systemd-run --scope --uid=nobody true
systemd-run --scope --unit=twice sleep 1 & sleep 0.1; systemd-run --scope --unit=twice true; wait`,
    ),
  ).toBe(`0::/system.slice/box.scope
20971520
9
active
box.scope
0
inactive
bash: line 4:    77 Killed                  systemd-run --scope -p MemoryMax=20M -q tail /dev/zero
137
b
podlab: systemd-run --scope -p IOWeight is not modelled
podlab: systemd-run --scope with --uid is not modelled
Running scope as unit: twice.scope
Failed to start transient scope unit: Unit twice.scope was already loaded or has a fragment file.
`)
})
