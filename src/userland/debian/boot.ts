/** What the kernel of a Debian machine starts as PID 1. */
export const INIT = {
  path: '/sbin/init',
  argv: ['/sbin/init'],
  environ: ['HOME=/', 'TERM=linux'],
} as const
