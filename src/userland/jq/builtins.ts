import { decode, encode, fromBase64, toBase64 } from '#sim/bytes.ts'
import { civil, DAY, daysFromCivil, HOUR, MINUTE, parseRfc3339, SECOND } from '#sim/time.ts'
import { strftime, UTC, zone } from '#userland/lib/date.ts'
import { exponential, logarithm, power } from '#userland/mawk/run.ts'
import { deletePaths, index, indices, type Native, setPath, truth } from './evaluate.ts'
import { JsonError, parseJson } from './json.ts'
import { compare, dump, errorKinds, isArray, isObject, JqError, type Json, numberText, sortedKeys, typeOf } from './value.ts'

/** Builtins written in jq itself. */
export const PRELUDE = `
def map(f): [.[] | f];
def map_values(f): .[] |= f;
def select(f): if f then . else empty end;
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type | . == "array" or . == "object");
def scalars: select(type | . != "array" and . != "object");
def recurse(f): def r: ., (f | r); r;
def recurse(f; cond): def r: ., (f | select(cond) | r); r;
def recurse_down: recurse;
def recurse: recurse(.[]?);
def to_entries: [keys_unsorted[] as $k | {key: $k, value: .[$k]}];
def from_entries: reduce .[] as $x ({}; . + { ($x | if .key == null then .k // .name // .Name // .K // .Key else .key end | if type == "string" then . else tojson end): ($x | if has("value") then .value else .Value end) });
def with_entries(f): to_entries | map(f) | from_entries;
def add: reduce .[] as $x (null; . + $x);
def any: reduce .[] as $x (false; . or $x);
def all: reduce .[] as $x (true; . and $x);
def any(f): isempty(first(.[] | f | select(.))) | not;
def all(f): isempty(first(.[] | f | select(. | not)));
def any(g; c): isempty(first(g | c | select(.))) | not;
def all(g; c): isempty(first(g | c | select(. | not)));
def isempty(g): first((g | false), true);
def in(xs): . as $x | xs | has($x);
def inside(xs): . as $x | xs | contains($x);
def paths: path(..) | select(length > 0);
def paths(f): path(.. | select(f)) | select(length > 0);
def leaf_paths: paths(scalars);
def first: .[0];
def last: .[-1];
def last(f): reduce f as $x (null; $x);
def nth($n): .[$n];
def nth($n; f): if $n < 0 then error("Out of bounds negative array index") else last(limit($n + 1; f)) end;
def until(c; u): def _until: if c then . else (u | _until) end; _until;
def while(c; u): def _while: if c then ., (u | _while) else empty end; _while;
def repeat(f): def _repeat: f | (., _repeat); _repeat;
def index($i): indices($i) | .[0];
def rindex($i): indices($i) | .[-1:][0];
def join($x): reduce .[] as $i (null; (if . == null then "" else . + $x end) + ($i | if . == null then "" elif type == "boolean" or type == "number" then tojson else . end)) // "";
def flatten: _flatten(1e9);
def flatten($x): if $x < 0 then error("flatten depth must not be negative") else _flatten($x) end;
def range($x): range(0; $x);
def todate: strftime("%Y-%m-%dT%H:%M:%SZ");
def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def fromdate: fromdateiso8601;
def date: todate;
def dateadd(u; n): . + n;
def datesub(u; n): . - n;
def match(re): match(re; null);
def match($re; $flags): _match($re; $flags; false) | .[];
def test(re): test(re; null);
def test($re; $flags): _match($re; $flags; true);
def capture(re): capture(re; null);
def capture(re; flags): match(re; flags) | [.captures | .[] | select(.name != null) | { key: .name, value: .string }] | from_entries;
def scan(re): match(re; "g") | if (.captures | length) > 0 then [.captures | .[] | .string] else .string end;
def splits($re): splits($re; null);
def splits($re; flags): split($re; flags) | .[];
def ascii_downcase: explode | map(if 65 <= . and . <= 90 then . + 32 else . end) | implode;
def ascii_upcase: explode | map(if 97 <= . and . <= 122 then . - 32 else . end) | implode;
def sub($re; str): sub($re; str; "");
def sub($re; str; $flags): . as $in | (reduce (match($re; $flags), null) as $m ({at: 0, out: [""]}; if $m == null then .out as $o | .at as $a | .out = [$o[] + $in[$a:]] else .at as $a | .out as $o | ($in[$a:$m.offset]) as $gap | ($m.captures | map(select(.name != null) | {key: .name, value: .string}) | from_entries) as $c | .out = [$o[] + $gap + ($c | str)] | .at = $m.offset + $m.length end)) | .out[];
def gsub($re; str; $flags): sub($re; str; $flags + "g");
def gsub($re; str): sub($re; str; "g");
def env: $ENV;
def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end;
def combinations(n): . as $dot | [range(n)] | map($dot) | combinations;
def walk(f): . as $in | if type == "object" then reduce keys_unsorted[] as $key ({}; . + {($key): ($in[$key] | walk(f))}) | f elif type == "array" then map(walk(f)) | f else f end;
def finites: select(isinfinite or isnan | not);
def normals: select(isnormal);
def tostream: path(def r: (.[]?|r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p+$q]);
def fromstream(f): {x: null, e: false} as $init | foreach f as $i ($init; if .e then $init else . end | if $i | length == 2 then setpath(["e"]; $i[0] | length == 0) | setpath(["x"] + $i[0]; $i[1]) else setpath(["e"]; $i[0] | length == 1) end; if .e then .x else empty end);
def truncate_stream(stream): . as $n | null | stream | . as $input | if (.[0] | length) > $n then setpath([0]; .[0][$n:]) else empty end;
def IN(s): any(s == .; .);
def IN(src; s): any(src == s; .);
def INDEX(stream; idx_expr): reduce stream as $row ({}; .[$row | idx_expr | tostring] |= $row);
def INDEX(idx_expr): INDEX(.[]; idx_expr);
def halt_error: halt_error(5);
`

function text(v: Json, what: string): string {
  if (typeof v !== 'string') throw new JqError(`${errorKinds(v)} ${what}`)
  return v
}

function numberOf(v: Json): number {
  if (typeof v !== 'number') throw new JqError(`${errorKinds(v)} number required`)
  return v
}

function list(v: Json, what: string): readonly Json[] {
  if (!isArray(v)) throw new JqError(`${errorKinds(v)} cannot be ${what}, as it is not an array`)
  return v
}

function toText(v: Json): string {
  return typeof v === 'string' ? v : dump(v)
}

/** `@name` formats. */
export function format(name: string, v: Json): string {
  switch (name) {
    case 'text':
      return toText(v)
    case 'json':
      return dump(v)
    case 'csv':
    case 'tsv': {
      if (!isArray(v)) throw new JqError(`${errorKinds(v)} cannot be ${name}-formatted, only an array can be`)
      return v
        .map((item) => {
          if (typeof item === 'number') return numberText(item)
          if (typeof item === 'boolean') return String(item)
          if (item === null) return ''
          if (typeof item !== 'string') throw new JqError(`${errorKinds(item)} is not valid in a csv row`)
          if (name === 'csv') return `"${item.replaceAll('"', '""')}"`
          return item.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
        })
        .join(name === 'csv' ? ',' : '\t')
    }
    case 'html':
      return toText(v).replace(/[<>&'"]/g, (c) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&#39;', '"': '&quot;' })[c] ?? c)
    case 'uri':
      return [...encode(toText(v))]
        .map((b) =>
          /[A-Za-z0-9\-_.~]/.test(String.fromCharCode(b)) ? String.fromCharCode(b) : `%${b.toString(16).toUpperCase().padStart(2, '0')}`,
        )
        .join('')
    case 'sh':
      return (isArray(v) ? v : [v])
        .map((item) => {
          if (isArray(item) || isObject(item)) throw new JqError(`${errorKinds(item)} can not be escaped for shell`)
          return typeof item === 'string' ? `'${item.replaceAll("'", "'\\''")}'` : dump(item)
        })
        .join(' ')
    case 'base64':
      return toBase64(encode(toText(v)))
    case 'base64d': {
      const bytes = fromBase64(toText(v))
      if (bytes === undefined) throw new JqError(`${errorKinds(v)} is not valid base64 data`)
      return decode(bytes)
    }
    case 'base32': {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
      const bits = [...encode(toText(v))].map((b) => b.toString(2).padStart(8, '0')).join('')
      const out = (bits.match(/.{1,5}/g) ?? []).map((c) => alphabet.charAt(Number.parseInt(c.padEnd(5, '0'), 2))).join('')
      return out.padEnd(Math.ceil(out.length / 8) * 8, '=')
    }
    default:
      throw new JqError(`${name} is not a valid format`)
  }
}

function contains(a: Json, b: Json): boolean {
  if (isObject(a) && isObject(b)) return [...b].every(([key, value]) => a.has(key) && contains(a.get(key) ?? null, value))
  if (isArray(a) && isArray(b)) return b.every((y) => a.some((x) => typeOf(x) === typeOf(y) && contains(x, y)))
  if (typeof a === 'string' && typeof b === 'string') return a.includes(b)
  if (typeOf(a) === typeOf(b)) return compare(a, b) === 0
  throw new JqError(`${errorKinds(a)} and ${errorKinds(b)} cannot have their containment checked`)
}

function flatten(v: Json, depth: number): Json[] {
  const items = isObject(v) ? [...v.values()] : list(v, 'flattened')
  return items.flatMap((item) => (isArray(item) && depth > 0 ? flatten(item, depth - 1) : [item]))
}

/** Oniguruma in outline: JavaScript's regular expressions, `(?<name>…)` and flags g, i, x, n, s. */
function matches(input: Json, pattern: Json, flags: Json, testOnly: boolean): Json {
  const s = text(input, 'cannot be matched, as it is not a string')
  let [source, options] = [pattern, flags]
  if (isArray(pattern)) [source, options] = [pattern[0] ?? null, pattern[1] ?? null]
  const given = options === null ? '' : text(options, 'is not a string')
  if (/[^gimnpslx]/.test(given)) throw new JqError(`${given} is not a valid modifier string`)
  let expression = text(source, 'cannot be matched, as it is not a string')
  if (given.includes('x')) expression = expression.replace(/\\.|\[[^\]]*\]|\s+|#.*/g, (m) => (/^[\s#]/.test(m) ? '' : m))
  let re: RegExp
  try {
    re = new RegExp(
      expression.replace(
        /\[\[:(\w+):\]\]/g,
        (_, n: string) =>
          ({
            alpha: '[A-Za-z]',
            digit: '\\d',
            alnum: '[A-Za-z0-9]',
            space: '\\s',
            upper: '[A-Z]',
            lower: '[a-z]',
            punct: '[!-/:-@[-`{-~]',
          })[n] ?? '',
      ),
      `gdu${given.includes('i') ? 'i' : ''}${/[sp]/.test(given) ? 's' : ''}m`,
    )
  } catch {
    throw new JqError('Regex failure: invalid pattern')
  }
  if (testOnly) return re.test(s)
  const out: Json[] = []
  const points = (unit: number): number => [...s.slice(0, unit)].length
  for (const m of s.matchAll(re)) {
    if (given.includes('n') && m[0] === '') continue
    const names = new Map<number, string>()
    let n = 0
    for (const g of expression.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)|\(\?<([A-Za-z_]\w*)>/g)) {
      if (g[0] === '(' || g[1] !== undefined) {
        n++
        if (g[1] !== undefined) names.set(n, g[1])
      }
    }
    const captures = m.slice(1).map((c: string | undefined, i): Json => {
      const at = m.indices?.[i + 1]
      return new Map<string, Json>([
        ['offset', at === undefined ? -1 : points(at[0])],
        ['length', c === undefined ? 0 : [...c].length],
        ['string', c ?? null],
        ['name', names.get(i + 1) ?? null],
      ])
    })
    out.push(
      new Map<string, Json>([
        ['offset', points(m.index)],
        ['length', [...m[0]].length],
        ['string', m[0]],
        ['captures', captures],
      ]),
    )
    if (!given.includes('g')) break
  }
  return out
}

function brokenDown(v: Json): number {
  const p = list(v, 'a date').map(numberOf)
  return (
    daysFromCivil(p[0] ?? 1970, (p[1] ?? 0) + 1, p[2] ?? 1) * DAY +
    (p[3] ?? 0) * HOUR +
    (p[4] ?? 0) * MINUTE +
    Math.floor((p[5] ?? 0) * SECOND)
  )
}

function gmtime(seconds: number): Json {
  const c = civil(Math.floor(seconds * SECOND))
  return [c.year, c.month - 1, c.day, c.hour, c.minute, c.second + (seconds - Math.floor(seconds)), c.weekday, c.yearday - 1]
}

function strptime(input: string, fmt: string): Json {
  const iso = fmt === '%Y-%m-%dT%H:%M:%SZ' ? parseRfc3339(input) : undefined
  if (iso !== undefined && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(input)) return gmtime(iso / SECOND)
  const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
  const order: string[] = []
  const source = fmt
    .replace(/%T/g, '%H:%M:%S')
    .replace(/%F/g, '%Y-%m-%d')
    .replace(/%R/g, '%H:%M')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/%([A-Za-z%])/g, (_, c: string) => {
      if (c === '%') return '%'
      order.push(c)
      return c === 'Y'
        ? '(-?\\d+)'
        : /[aAbBh]/.test(c)
          ? '([A-Za-z]+)'
          : c === 'Z'
            ? '([A-Za-z]+)'
            : c === 'z'
              ? '([+-]\\d{4})'
              : c === 's'
                ? '(\\d+)'
                : '\\s*(\\d{1,3})'
    })
  const m = new RegExp(`^${source}$`).exec(input)
  if (m === null) throw new JqError(`date "${input}" does not match format "${fmt}"`)
  const get = (c: string): string | undefined => (order.includes(c) ? m[order.indexOf(c) + 1] : undefined)
  if (get('s') !== undefined) return gmtime(Number(get('s')))
  const name = get('b') ?? get('B') ?? get('h')
  const month = name === undefined ? Number(get('m') ?? 1) : months.indexOf(name.slice(0, 3).toLowerCase()) + 1
  const time =
    daysFromCivil(Number(get('Y') ?? 1900), month, Number(get('d') ?? get('e') ?? 1)) * DAY +
    Number(get('H') ?? 0) * HOUR +
    Number(get('M') ?? 0) * MINUTE +
    Number(get('S') ?? 0) * SECOND
  return gmtime(time / SECOND)
}

const math =
  (fn: (x: number) => number): Native =>
  (_, v) =>
    fn(numberOf(v))

/** Builtins that take values and give one value: name/arity. */
export const NATIVES: ReadonlyMap<string, Native> = new Map<string, Native>([
  [
    'length/0',
    (_, v) =>
      v === null
        ? 0
        : typeof v === 'number'
          ? Math.abs(v)
          : typeof v === 'string'
            ? [...v].length
            : isArray(v)
              ? v.length
              : isObject(v)
                ? v.size
                : noLength(v),
  ],
  ['utf8bytelength/0', (_, v) => encode(text(v, 'only strings have UTF-8 byte length')).length],
  ['keys/0', (_, v) => (isArray(v) ? v.map((_x, i) => i) : isObject(v) ? sortedKeys(v) : noKeys(v))],
  ['keys_unsorted/0', (_, v) => (isArray(v) ? v.map((_x, i) => i) : isObject(v) ? [...v.keys()] : noKeys(v))],
  [
    'has/1',
    ([key = null], v) => {
      if (isObject(v) && typeof key === 'string') return v.has(key)
      if (isArray(v) && typeof key === 'number') return key >= 0 && key < v.length
      throw new JqError(`Cannot check whether ${typeOf(v)} has a ${typeof key === 'string' ? 'string' : typeOf(key)} key`)
    },
  ],
  ['contains/1', ([b = null], v) => contains(v, b)],
  ['type/0', (_, v) => typeOf(v)],
  ['tostring/0', (_, v) => toText(v)],
  ['tojson/0', (_, v) => dump(v)],
  [
    'fromjson/0',
    (_, v) => {
      const s = text(v, 'only strings can be parsed')
      try {
        return parseJson(s)
      } catch (error) {
        if (!(error instanceof JsonError)) throw error
        throw new JqError(`${error.message} (while parsing '${s}')`)
      }
    },
  ],
  [
    'tonumber/0',
    (_, v) => {
      if (typeof v === 'number') return v
      const s = text(v, 'cannot be parsed as a number')
      if (/^\s*-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(s)) return Number(s)
      throw new JqError(`Invalid numeric literal at EOF at line 1, column ${s.length} (while parsing '${s}')`)
    },
  ],
  [
    'explode/0',
    (_, v) => {
      if (typeof v !== 'string') throw new JqError('explode input must be a string')
      return [...v].map((c) => c.codePointAt(0) ?? 0)
    },
  ],
  [
    'implode/0',
    (_, v) => {
      if (!isArray(v)) throw new JqError('implode input must be an array')
      return v.map((c) => String.fromCodePoint(numberOf(c))).join('')
    },
  ],
  ['ltrimstr/1', ([p = null], v) => (typeof v === 'string' && typeof p === 'string' && v.startsWith(p) ? v.slice(p.length) : v)],
  [
    'rtrimstr/1',
    ([p = null], v) => (typeof v === 'string' && typeof p === 'string' && p !== '' && v.endsWith(p) ? v.slice(0, -p.length) : v),
  ],
  [
    'startswith/1',
    ([p = null], v) => {
      if (typeof v !== 'string' || typeof p !== 'string') throw new JqError('startswith() requires string inputs')
      return v.startsWith(p)
    },
  ],
  [
    'endswith/1',
    ([p = null], v) => {
      if (typeof v !== 'string' || typeof p !== 'string') throw new JqError('endswith() requires string inputs')
      return v.endsWith(p)
    },
  ],
  [
    'split/1',
    ([p = null], v) => {
      if (typeof v !== 'string' || typeof p !== 'string') throw new JqError('split input and separator must be strings')
      return v === '' ? [] : p === '' ? [...v] : v.split(p)
    },
  ],
  [
    'split/2',
    ([p = null, flags = null], v) => {
      const s = text(v, 'cannot be matched, as it is not a string')
      const found = matches(v, p, `g${flags === null ? '' : String(flags)}`, false)
      const out: string[] = []
      const points = [...s]
      let at = 0
      for (const m of isArray(found) ? found : []) {
        const offset = numberOf(index(m, 'offset'))
        out.push(points.slice(at, offset).join(''))
        at = offset + numberOf(index(m, 'length'))
      }
      return [...out, points.slice(at).join('')]
    },
  ],
  ['indices/1', ([p = null], v) => indices(v, p)],
  ['_indices/1', ([p = null], v) => indices(v, p)],
  ['_match/3', ([re = null, flags = null, test = null], v) => matches(v, re, flags, truth(test))],
  ['_flatten/1', ([depth = 0], v) => flatten(v, numberOf(depth))],
  ['sort/0', (_, v) => [...list(v, 'sorted')].sort(compare)],
  ['unique/0', (_, v) => [...list(v, 'sorted')].sort(compare).filter((x, i, all) => i === 0 || compare(x, all[i - 1] ?? null) !== 0)],
  ['min/0', (_, v) => list(v, 'iterated over').reduce<Json>((best, x, i) => (i === 0 || compare(x, best) < 0 ? x : best), null)],
  ['max/0', (_, v) => list(v, 'iterated over').reduce<Json>((best, x, i) => (i === 0 || compare(x, best) >= 0 ? x : best), null)],
  ['reverse/0', (_, v) => (typeof v === 'string' ? [...v].reverse().join('') : v === null ? [] : [...list(v, 'reversed')].reverse())],
  [
    'transpose/0',
    (_, v) => {
      const rows = list(v, 'transposed').map((row) => list(row, 'transposed'))
      const width = Math.max(0, ...rows.map((row) => row.length))
      return Array.from({ length: width }, (_x, i) => rows.map((row) => row[i] ?? null))
    },
  ],
  ['setpath/2', ([path = null, value = null], v) => setPath(v, list(path, 'a path'), value)],
  [
    'delpaths/1',
    ([paths = null], v) =>
      deletePaths(
        v,
        list(paths, 'paths').map((p) => list(p, 'a path')),
      ),
  ],
  ['floor/0', math(Math.floor)],
  ['ceil/0', math(Math.ceil)],
  ['round/0', math((x) => (x < 0 ? -Math.round(-x) : Math.round(x)))],
  ['trunc/0', math(Math.trunc)],
  ['sqrt/0', math(Math.sqrt)],
  ['fabs/0', math(Math.abs)],
  ['abs/0', math(Math.abs)],
  ['exp/0', math(exponential)],
  ['exp2/0', math((x) => power(2, x))],
  ['exp10/0', math((x) => power(10, x))],
  ['log/0', math(logarithm)],
  ['log2/0', math((x) => logarithm(x) / 0.6931471805599453)],
  ['log10/0', math((x) => logarithm(x) / 2.302585092994046)],
  ['pow/2', ([a = null, b = null]) => power(numberOf(a), numberOf(b))],
  ['infinite/0', () => Number.POSITIVE_INFINITY],
  ['nan/0', () => Number.NaN],
  ['null/0', () => null],
  ['true/0', () => true],
  ['false/0', () => false],
  ['isinfinite/0', (_, v) => Math.abs(numberOf(v)) === Number.POSITIVE_INFINITY],
  ['isnan/0', (_, v) => Number.isNaN(numberOf(v))],
  ['isnormal/0', (_, v) => Number.isFinite(numberOf(v)) && v !== 0],
  ['gmtime/0', (_, v) => gmtime(numberOf(v))],
  ['localtime/0', (_, v) => gmtime(numberOf(v))],
  ['mktime/0', (_, v) => Math.floor(brokenDown(v) / SECOND)],
  [
    'strftime/1',
    ([fmt = null], v) =>
      strftime(text(fmt, 'strftime/1 requires a string format'), typeof v === 'number' ? Math.floor(v * SECOND) : brokenDown(v), UTC),
  ],
  [
    'strflocaltime/1',
    ([fmt = null], v) =>
      strftime(
        text(fmt, 'strflocaltime/1 requires a string format'),
        typeof v === 'number' ? Math.floor(v * SECOND) : brokenDown(v),
        zone(undefined),
      ),
  ],
  [
    'strptime/1',
    ([fmt = null], v) =>
      strptime(text(v, 'strptime/1 requires string inputs and arguments'), text(fmt, 'strptime/1 requires string inputs and arguments')),
  ],
  [
    'bsearch/1',
    ([x = null], v) => {
      const items = list(v, 'searched from')
      const at = items.findIndex((item) => compare(item, x) >= 0)
      if (at >= 0 && compare(items[at] ?? null, x) === 0) return at
      return -1 - (at < 0 ? items.length : at)
    },
  ],
  ['builtins/0', () => []],
])

function noLength(v: Json): never {
  throw new JqError(`${errorKinds(v)} has no length`)
}

function noKeys(v: Json): never {
  throw new JqError(`${errorKinds(v)} has no keys`)
}
