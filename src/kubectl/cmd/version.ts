import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { print } from '../io.ts'
import { toYaml } from '../print/yaml.ts'

const CLIENT = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.2',
  gitCommit: '98b35193b2ac7a23a673325f5e9b830ecd5ba406',
  gitTreeState: 'clean',
  buildDate: '2026-06-09T12:00:00Z',
  goVersion: 'go1.26.10',
  compiler: 'gc',
  platform: 'linux/amd64',
}
const KUSTOMIZE = 'v5.8.1'

export const version: Command = {
  name: 'version',
  use: '[flags]',
  short: 'Print the client and server version information',
  long: 'Print the client and server version information for the current context.',
  flags: [
    { name: 'client', type: 'bool', default: 'false', usage: 'If true, shows client version only (no server required).' },
    { name: 'output', short: 'o', type: 'string', default: "''", usage: "One of 'yaml' or 'json'." },
  ],
  *run(k, call) {
    const output = call.flags.string('output')
    if (output !== '' && output !== 'yaml' && output !== 'json') throw new CommandError("--output must be 'yaml' or 'json'")
    const server = call.flags.bool('client') ? undefined : yield* (yield* k.rest()).json<{ gitVersion?: string }>('GET', '/version')
    const info = { clientVersion: CLIENT, kustomizeVersion: KUSTOMIZE, ...(server === undefined ? {} : { serverVersion: server }) }
    if (output === 'json') yield* print(k.proc, `${JSON.stringify(info, null, 2)}\n`)
    else if (output === 'yaml') yield* print(k.proc, `${toYaml(info)}\n`)
    else {
      yield* print(k.proc, `Client Version: ${CLIENT.gitVersion}\nKustomize Version: ${KUSTOMIZE}\n`)
      if (server !== undefined) yield* print(k.proc, `Server Version: ${server.gitVersion ?? ''}\n`)
    }
    return 0
  },
}
