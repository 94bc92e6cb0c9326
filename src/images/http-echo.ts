import { textResponse } from '#http/message.ts'
import { serve } from '#linux/http/server.ts'
import type { Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { baseFiles, binary, layer } from './layer.ts'
import type { Image } from './types.ts'

function option(argv: readonly string[], name: string): string | undefined {
  for (const [i, word] of argv.entries()) {
    const bare = word.replace(/^--?/, '')
    if (bare === name) return argv[i + 1]
    if (bare.startsWith(`${name}=`)) return bare.slice(name.length + 1)
  }
  return undefined
}

/** Answers every request with the text it was started with. */
const program: Program = {
  name: 'hashicorp/http-echo',
  *main(proc): Sim<number> {
    const echo = option(proc.argv, 'text') ?? proc.getenv('ECHO_TEXT')
    if (echo === undefined || echo === '') {
      yield* proc.write(2, encode('Missing -text option!\n'))
      return 127
    }
    const listen = option(proc.argv, 'listen') ?? ':5678'
    const port = Number(listen.split(':').at(-1))
    yield* proc.write(2, encode(`[INFO] server is listening on ${listen}\n`))
    yield* serve(proc, {
      port,
      *handler() {
        yield* proc.cpu(60)
        const response = textResponse(200, `${echo}\n`)
        response.headers.set('x-app-name', 'http-echo').set('x-app-version', '1.0.0')
        return response
      },
    })
    return 0
  },
}

export const httpEcho: Image = {
  references: [
    'docker.io/hashicorp/http-echo:latest',
    'docker.io/hashicorp/http-echo:1.0.0',
    'docker.io/hashicorp/http-echo:1.0',
    'docker.io/hashicorp/http-echo:0.2.3',
  ],
  config: { entrypoint: ['/http-echo'], user: '65532', exposedPorts: ['5678/tcp'] },
  layers: [layer('COPY /http-echo /', 3_200_000, () => [...baseFiles(), binary('/http-echo', program.name, 6_000_000)])],
  programs: [program],
}
