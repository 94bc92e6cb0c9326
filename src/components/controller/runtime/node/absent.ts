/**
 * What the runner doesn't have of Node: processes, sockets, TLS, proxies, WebSockets. Reading a name is allowed (the client does so when
 * it is loaded); calling it says what is missing.
 */
function refuse(): never {
  throw new Error(
    'podlab: the embedded runner has no processes, sockets, WebSockets or archives (exec, attach, cp, port-forward, proxies): run it under real Node',
  )
}

const absent: object = new Proxy(refuse, { get: () => absent, apply: refuse, construct: refuse })

export default absent
export {
  absent as HttpProxyAgent,
  absent as HttpsProxyAgent,
  absent as SocksClient,
  absent as SocksProxyAgent,
  absent as WritableStreamBuffer,
}
