/** What is used of a WebContainer; its own type fits, and so does the stand-in of the tests. */
export interface ContainerProcess {
  readonly exit: Promise<number>
  readonly input: WritableStream<string>
  readonly output: ReadableStream<string>
  kill(): void
}

export interface Container {
  mount(tree: Record<string, { file: { contents: string } }>): Promise<void>
  spawn(command: string, args: string[], options?: { env?: Record<string, string> }): Promise<ContainerProcess>
  teardown(): void
}

/** Why this browser or this server can't run a WebContainer; undefined when it can. */
export function unsupported(scope: { readonly isSecureContext: boolean; readonly crossOriginIsolated: boolean }): string | undefined {
  if (!scope.isSecureContext) return 'This page was not loaded over HTTPS (or from this computer), which a WebContainer needs.'
  if (!scope.crossOriginIsolated || !('SharedArrayBuffer' in globalThis)) {
    return 'This page is not isolated, so the browser gives it no shared memory, which a WebContainer needs. The server has to send two headers with it, Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp; many static hosts can’t. The server that comes with Podlab (npm start) does.'
  }
  return undefined
}
