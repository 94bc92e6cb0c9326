/** The lab's Web Worker: hears the page, speaks for a world. Nothing else runs here. */
import { Lab } from './lab.ts'
import type { FromLab, ToLab } from './protocol.ts'

/** The part of a dedicated worker's global scope that is used. */
interface Scope {
  postMessage(message: FromLab, transfer: Transferable[]): void
  onmessage: ((event: MessageEvent<ToLab>) => void) | null
}

const scope = self as Scope

const channel = new MessageChannel()
let soon: (() => void) | undefined
channel.port1.onmessage = () => {
  const run = soon
  soon = undefined
  run?.()
}

const lab = new Lab(
  {
    now: () => performance.now(),
    later(fn, ms) {
      if (ms > 0) {
        const timer = setTimeout(fn, ms)
        return () => clearTimeout(timer)
      }
      // A message port: setTimeout(0) would cost four milliseconds a key.
      soon = fn
      channel.port2.postMessage(undefined)
      return () => {
        if (soon === fn) soon = undefined
      }
    },
  },
  (message) => scope.postMessage(message, message.type === 'output' ? [message.data.buffer as ArrayBuffer] : []),
)

scope.onmessage = (event) => lab.hear(event.data)
