import { spawnSync } from 'node:child_process'
import fs from 'node:fs'

/** Where Chromium is on the systems we know. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

const INSTALL: readonly (readonly string[])[] = [
  ['apt-get', 'update'],
  ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
]

function find(): string | undefined {
  const named = process.env.CHROMIUM
  if (named !== undefined) return named
  return PLACES.find((path) => fs.existsSync(path))
}

let known: string | undefined

/**
 * Path of a Chromium: the one that $CHROMIUM names, or one that is there, or, as root on Debian, the one installed now.
 * Otherwise ends the program with the command to run.
 */
export function chromiumPath(): string {
  known ??= find() ?? install()
  return known
}

function install(): string {
  const line = INSTALL.map((words) => words.join(' ')).join(' && ')
  if (process.getuid?.() === 0 && fs.existsSync('/usr/bin/apt-get')) {
    console.log(`Installing Chromium: ${line}`)
    for (const [command = '', ...args] of INSTALL) {
      spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    }
    const found = find()
    if (found !== undefined) return found
  }
  console.error(`podlab: these tests need Chromium. Run: sudo sh -c '${line}'  (or name one by CHROMIUM=/path/to/it)`)
  return process.exit(1)
}
