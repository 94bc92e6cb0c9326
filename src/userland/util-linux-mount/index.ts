import type { Program } from '#linux/syscalls.ts'
import { findmnt } from './findmnt.ts'
import { mount } from './mount.ts'
import { blkid, losetup, lsblk, mountpoint, pivotRoot } from './small.ts'
import { swapoff, swapon } from './swap.ts'
import { umount } from './umount.ts'

/** The part of util-linux that deals with mounts and disks. */
export const programs: readonly Program[] = [blkid, findmnt, losetup, lsblk, mount, mountpoint, pivotRoot, swapoff, swapon, umount]
