#!/usr/bin/env node
// Entry of the npm scripts. Runs on any Node from 20 on: installs what is missing, then hands over to the project's
// own Node 24 (an npm package, so nothing but npm is needed).
//
//   node src/cli/run.mjs prepare | start | dev | test [STEP...] | book:check | bench:page
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const [task = 'start', ...args] = process.argv.slice(2)
const at = (...parts) => path.join(root, ...parts)

/** Runs a command in the project's folder with its output shown; returns the exit code. */
function run(command, argv, options = {}) {
  const { status, error } = spawnSync(command, argv, { cwd: root, stdio: 'inherit', ...options })
  if (error) console.error(`podlab: ${command}: ${error.message}`)
  return status ?? 1
}

function fail(message) {
  console.error(`podlab: ${message}`)
  process.exit(1)
}

/** True when node_modules holds what package-lock.json asks for. */
function installed() {
  const stamp = at('node_modules', '.package-lock.json')
  if (!fs.existsSync(stamp)) return false
  return fs.statSync(stamp).mtimeMs >= fs.statSync(at('package-lock.json')).mtimeMs
}

function install() {
  if (installed()) return
  console.log('Installing packages …')
  const npm = process.env.npm_execpath
  // Not `npm ci`: it refuses a lock file without the packages of other platforms, which not every registry has.
  const argv = ['install', '--no-audit', '--no-fund', '--no-save', '--loglevel=error']
  const code = npm ? run(process.execPath, [npm, ...argv]) : run('npm', argv)
  if (code !== 0) fail('`npm install` failed; its messages are above')
  const now = new Date()
  fs.utimesSync(at('node_modules', '.package-lock.json'), now, now)
}

/** The project's own Node, or this one when it is new enough. */
function findNode() {
  const own = at('node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  if (fs.existsSync(own)) return own
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  return fail(`Node 24 or later is needed on ${process.platform} ${process.arch}; install it and run this again`)
}

if (task !== 'prepare') install()
const node = findNode()
const env = {
  ...process.env,
  PATH: `${path.dirname(node)}${path.delimiter}${at('node_modules', '.bin')}${path.delimiter}${process.env.PATH ?? ''}`,
  ASTRO_TELEMETRY_DISABLED: '1',
}
const own = (script, ...argv) => run(node, [at(script), ...argv], { env })
const astro = (...argv) => run(node, [at('node_modules/astro/bin/astro.mjs'), ...argv], { env })

const tasks = {
  prepare: () => own('src/kubernetes/api/generate/main.ts'),
  start: () => astro('build', '--silent') || own('src/cli/preview.ts', ...args),
  dev: () => astro('dev', ...args),
  test: () => own('tests/run.ts', ...args),
  'book:check': () => own('tests/book/check.ts', ...args),
  'bench:page': () => astro('build', '--silent') || own('tests/bench/page.ts', ...args),
}
if (!Object.hasOwn(tasks, task)) fail(`unknown task ${task}; there are ${Object.keys(tasks).join(', ')}`)
process.exit(tasks[task]())
