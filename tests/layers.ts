/** The layer rule as data: what each room may import. Longest prefix wins. `tests/layers.test.ts` enforces it. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'src/sim': [],
  'src/http': ['src/sim'],
  'src/linux': ['src/sim', 'src/http'],
  'src/userland': ['src/sim', 'src/http', 'src/linux'],
  'src/kubernetes/api': ['src/sim', 'src/http'],
  'src/kubernetes/etcd': ['src/sim', 'src/kubernetes/api'],
  'src/kubernetes/apiserver': ['src/sim', 'src/http', 'src/kubernetes/api', 'src/kubernetes/etcd'],
  'src/kubernetes/client': ['src/sim', 'src/http', 'src/kubernetes/api'],
  'src/kubernetes/controllers': ['src/sim', 'src/http', 'src/kubernetes/api', 'src/kubernetes/client'],
  'src/kubernetes/scheduler': ['src/sim', 'src/http', 'src/kubernetes/api', 'src/kubernetes/client'],
  'src/kubernetes/cloud': ['src/sim', 'src/http', 'src/kubernetes/api', 'src/kubernetes/client'],
  'src/kubernetes/dns': ['src/sim', 'src/http', 'src/linux', 'src/kubernetes/api', 'src/kubernetes/client'],
  'src/kubernetes/node': ['src/sim', 'src/http', 'src/linux', 'src/kubernetes/api', 'src/kubernetes/client', 'src/images/types'],
  'src/kubectl': ['src/sim', 'src/http', 'src/linux', 'src/kubernetes/api'],
  'src/images': ['src/sim', 'src/http', 'src/linux', 'src/userland', 'src/kubernetes', 'src/kubectl'],
  'src/cluster': ['src/sim', 'src/http', 'src/linux', 'src/userland', 'src/kubernetes', 'src/kubectl', 'src/images'],
  'src/cli': ['src'],
  'src/book': [],
  'src/lab': [
    'src/book',
    'src/sim',
    'src/http',
    'src/linux',
    'src/userland',
    'src/kubernetes',
    'src/kubectl',
    'src/images',
    'src/cluster',
    'content',
  ],
  'src/progress': ['src/book'],
  'src/components': ['src/lab/protocol', 'src/lab/worker', 'src/progress', 'src/book', 'src/styles'],
  'src/layouts': ['src/lab/protocol', 'src/progress', 'src/book', 'src/components', 'src/styles'],
  'src/pages': ['src/lab/protocol', 'src/progress', 'src/book', 'src/components', 'src/layouts', 'src/styles', 'content'],
  'src/styles': [],
}

/** Rooms of the model: nothing real exists there. */
export const MODEL_ROOMS = ['sim', 'http', 'linux', 'userland', 'kubernetes', 'kubectl', 'images', 'cluster'] as const

/** What is banned in the model, and what to use instead. */
export const BANNED: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\bnew Date\b|\bDate\.(now|parse|UTC)\b/, instead: 'the virtual clock: sim.now, and #sim/time.ts for calendars' },
  { pattern: /\bMath\.random\b/, instead: "sim.random('your component')" },
  { pattern: /\b(setTimeout|setInterval|setImmediate|queueMicrotask|requestAnimationFrame)\s*\(/, instead: 'sim.after(), sim.sleep()' },
  { pattern: /\bPromise\b|\basync\s+(function|\()|\bawait\s/, instead: 'coroutines: function* and yield*' },
  {
    pattern: /\bMath\.(pow|exp|log|log2|log10|log1p|expm1|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|cbrt|hypot)\b/,
    instead: 'integer arithmetic, or a table (these differ between engines)',
  },
  { pattern: /\blocaleCompare\b|\bIntl\.|\.toLocale\w+\(/, instead: 'comparison by < and >, formatting by hand' },
  { pattern: /\.stack\b(?!\w)(?=.*Error)/, instead: 'the causes: sim.causes' },
  { pattern: /\bfetch\(|\bXMLHttpRequest\b|\bWebSocket\(/, instead: "the kernel's sockets: #linux/http" },
  {
    pattern: /\bstructuredClone\b|\bTextEncoder\b|\bTextDecoder\b|\bnew URL\b|\bURLSearchParams\b|\bBuffer\./,
    instead: '#sim/bytes.ts, #http/message.ts',
  },
]
