/** The few functions of node:path that the client uses, for paths with slashes. */
const join = (...parts: readonly string[]): string =>
  parts
    .filter((part) => part !== '')
    .join('/')
    .replace(/\/{2,}/g, '/')
const isAbsolute = (path: string): boolean => path.startsWith('/')
const dirname = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

export default { join, isAbsolute, dirname, delimiter: ':' }
