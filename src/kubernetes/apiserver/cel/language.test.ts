import { describe, expect, test } from 'vitest'
import { compile, declare } from './environment.ts'
import { BOOL, DYN, INT, listOf, mapOf, STRING, struct, type Type } from './types.ts'
import { EvaluationError, isList, isMap, List, MapValue, type Value } from './values.ts'

const fields = (types: { readonly [name: string]: Type }) => new Map(Object.entries(types))
const SPEC = struct('object.spec', fields({ replicas: INT, name: STRING }))
const OBJECT = struct('object', fields({ spec: SPEC, flag: BOOL }))

const VARIABLES = declare([
  ['self', OBJECT],
  ['d', DYN],
  ['xs', listOf(INT)],
  ['m', mapOf(STRING, STRING)],
])

const VALUES: { readonly [name: string]: Value } = {
  self: new MapValue([['spec', new MapValue([['replicas', 3n] as const])] as const]),
  d: null,
  xs: new List([3n, 1n, 2n]),
  m: new MapValue([['a', 'x'] as const, ['b', 'y'] as const]),
}

function text(v: Value): string {
  if (isList(v)) return `[${v.items.map(text).join(', ')}]`
  if (isMap(v))
    return `{${v
      .entries()
      .map(([k, x]) => `${text(k)}: ${text(x)}`)
      .join(', ')}}`
  return typeof v === 'string' ? JSON.stringify(v) : String(v)
}

function outcome(source: string): string {
  const program = compile(source, VARIABLES)
  if (typeof program === 'string') return program
  try {
    return text(program.run((name) => VALUES[name], { left: 10_000 }))
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return `error: ${error.message}`
  }
}

describe('what expressions yield', () => {
  test.each([
    ['1 + 2 * 3 == 7', 'true'],
    ['-5 / 2', '-2'],
    ['7 % 3', '1'],
    ['1.5 + 2.0', '3.5'],
    ["'a' + 'b'", '"ab"'],
    ['[1, 2] + [3]', '[1, 2, 3]'],
    ['1 == 1.0', "ERROR: <input>:1:3: found no matching overload for '_==_' applied to '(int, double)'\n | 1 == 1.0\n | ..^"],
    ['dyn(1) == 1.0', 'true'],
    ['1 < 1.5', 'true'],
    ['self.spec.replicas > 2 ? "many" : "few"', '"many"'],
    ['has(self.spec.name)', 'false'],
    ['self.spec.name', 'error: no such key: name'],
    ['self.spec.?name.orValue("none")', '"none"'],
    ['d.foo', 'error: no such key: foo'],
    ['has(d.foo)', 'false'],
    ['xs.all(x, x > 0)', 'true'],
    ['xs.exists(x, x > 2)', 'true'],
    ['xs.exists_one(x, x > 1)', 'false'],
    ['xs.map(x, x * 2)', '[6, 2, 4]'],
    ['xs.map(x, x > 1, x * 2)', '[6, 4]'],
    ['xs.filter(x, x != 2)', '[3, 1]'],
    ['xs.all(i, x, i >= 0 && x > 0)', 'true'],
    ['xs.transformList(i, x, i + x)', '[3, 2, 4]'],
    ['m.transformMap(k, v, k + v)', '{"a": "ax", "b": "by"}'],
    ['m.transformMapEntry(k, v, {v: k})', '{"x": "a", "y": "b"}'],
    ['m.all(k, m[k] != "")', 'true'],
    ["'a' in m && !('c' in m)", 'true'],
    ['3 in xs', 'true'],
    ['xs.sort()', '[1, 2, 3]'],
    ['xs.sortBy(x, -x)', '[3, 2, 1]'],
    ['xs.sum() + xs.max() - xs.min()', '8'],
    ['[xs.isSorted(), [].isSorted()]', '[false, true]'],
    ['xs.indexOf(2)', '2'],
    ['xs[5]', 'error: index out of bounds: 5'],
    ['xs[?5].orValue(9)', '9'],
    ['m["z"]', 'error: no such key: z'],
    ['1 / 0', 'error: division by zero'],
    ['1 / 0 > 1 || true', 'true'],
    ['9223372036854775807 + 1', 'error: integer overflow'],
    ["int('x')", "error: type conversion error from 'string' to 'int'"],
    ["duration('90s').getMinutes()", '1'],
    ["string(duration('1h30m'))", '"5400s"'],
    ["timestamp('2024-02-29T12:30:00Z').getDayOfYear()", '59'],
    ["string(timestamp('2024-02-29T23:30:00Z') + duration('1h'))", '"2024-03-01T00:30:00Z"'],
    ["timestamp('2024-01-01T00:00:00Z').getHours('+02:30')", '2'],
    ['type(1) == int && type("") == string && type(d) == null_type', 'true'],
    ["size('día') + size(b'abc')", '6'],
    ["'hello'.matches('^h.*o$')", 'true'],
    ["'hello'.charAt(1) + 'a-b'.split('-').join('+')", '"ea+b"'],
    ["'tacocat'.substring(4) + 'AbC'.lowerAscii() + ' x '.trim()", '"catabcx"'],
    ["'hello hello'.replace('he', 'we', 1)", '"wello hello"'],
    ["'%s has %d (%.2f, %x)'.format([dyn('a'), 2, 1.5, 255])", '"a has 2 (1.50, ff)"'],
    ["strings.quote('a\"b')", '"\\"a\\\\\\"b\\""'],
    ["'a1b22'.findAll('[0-9]+')", '["1", "22"]'],
    ['sets.contains([1, 2], [2]) && sets.intersects([1], [1, 2]) && sets.equivalent([1, 1], [1])', 'true'],
    ["url('https://user@example.com:8443/a%20b?x=1&x=2#frag').getHostname()", '"example.com"'],
    ["url('https://example.com:8443/a?x=1&x=2').getQuery()", '{"x": ["1", "2"]}'],
    ["isURL('/a/b') && !isURL('../relative')", 'true'],
    ["quantity('1.5Gi').isGreaterThan(quantity('1Gi')) && quantity('50k').add(20).asInteger() == 50020", 'true'],
    ["quantity('50m').isInteger()", 'false'],
    ["cidr('192.168.0.0/24').containsIP('192.168.0.7') && ip('::1').isLoopback()", 'true'],
    [
      "ip('10.0.0.256')",
      'error: IP Address "10.0.0.256" parse error during conversion from string: ParseAddr("10.0.0.256"): IPv4 field has value >255',
    ],
    ["cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')", 'true'],
    ["semver('1.2.3').isLessThan(semver('1.10.0-rc.1')) && isSemver('v1.2', true)", 'true'],
    ["format.dns1123Label().validate('ok').hasValue()", 'false'],
    ["format.named('uuid').value().validate('x').value()", '["does not match the UUID format"]'],
    ['optional.of(3).optMap(v, v + 1).value()', '4'],
    ['optional.none().hasValue()', 'false'],
    ['[?optional.of(1), ?optional.none()]', '[1]'],
    ["{?'a': optional.of('x'), 'b': 'y'}", '{"a": "x", "b": "y"}'],
    ['r\'\\d\' + \'\\n\' + """q"""', '"\\\\d\\nq"'],
    ['0x10 + 1', '17'],
    ['lists.range(3).reverse()', '[2, 1, 0]'],
    ['xs.first().value() + xs.last().value()', '5'],
    ["xs.map(x, 'v' + string(x))", '["v3", "v1", "v2"]'],
    ['lists.range(2000).all(x, lists.range(2000).all(y, x + y >= 0))', 'error: operation cancelled: actual cost limit exceeded'],
  ])('%s', (source, wanted) => expect(outcome(source)).toBe(wanted))
})

const error = (column: number, message: string, source: string): string =>
  `ERROR: <input>:1:${column}: ${message}\n | ${source}\n | ${'.'.repeat(column - 1)}^`

const FIRST = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

describe('what the compiler says', () => {
  test.each([
    ['self.foo', 5, "undefined field 'foo'"],
    ['self.spec.replicas', 0, ''],
    ['x > 1', 1, "undeclared reference to 'x' (in container '')"],
    ["'a' > 1", 5, "found no matching overload for '_>_' applied to '(string, int)'"],
    ['self.spec.replicas.size()', 24, "found no matching overload for 'size' applied to 'int.()'"],
    ['foo(1)', 4, "undeclared reference to 'foo' (in container '')"],
    ['self.spec.bar()', 14, "undeclared reference to 'bar' (in container '')"],
    ['xs.name', 3, "type 'list(int)' does not support field selection"],
    ['!xs', 1, "found no matching overload for '!_' applied to '(list(int))'"],
    ['self.flag && 1', 14, "expected type 'bool' but found 'int'"],
    ['true ? 1 : "a"', 6, "found no matching overload for '_?_:_' applied to '(bool, int, string)'"],
    ['[1, "a"]', 5, "expected type 'int' but found 'string'"],
    ['self.spec.replicas.all(x, x)', 10, "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"],
    ['xs.all(x, x)', 11, "expected type 'bool' but found 'int'"],
    ['xs.filter(x, x)', 10, "found no matching overload for '_?_:_' applied to '(int, list(int), list(int))'"],
    ['has(self)', 5, 'invalid argument to has() macro'],
    ['xs.all(1, true)', 8, 'argument must be a simple name'],
    ["'a' in xs", 5, "found no matching overload for '@in' applied to '(string, list(int))'"],
    ["duration('x')", 10, 'invalid duration argument'],
    ["'a'.matches('[')", 13, 'invalid matches argument'],
    ['self.', 6, "Syntax error: no viable alternative at input '.'"],
    ['1 +', 4, `Syntax error: mismatched input '<EOF>' expecting ${FIRST}`],
    ['', 1, `Syntax error: mismatched input '<EOF>' expecting ${FIRST}`],
    ['f(1', 4, "Syntax error: missing ')' at '<EOF>'"],
    ['TestAllTypes(){}', 15, "Syntax error: mismatched input '{' expecting <EOF>"],
    ['{a}', 3, "Syntax error: mismatched input '}' expecting ':'"],
    ['import', 1, 'reserved identifier: import'],
    ['1.99e90000009', 1, 'invalid double literal'],
  ])('%s', (source, column, message) => {
    if (column === 0) expect(typeof compile(source, VARIABLES)).toBe('object')
    else expect(outcome(source)).toBe(error(column, message, source))
  })

  test('more than one complaint, in the order of their places', () => {
    expect(outcome('a | b')).toBe(
      `${error(3, "Syntax error: token recognition error at: '| '", 'a | b')}\n${error(5, "Syntax error: extraneous input 'b' expecting <EOF>", 'a | b')}`,
    )
    expect(outcome('self.a == self.b')).toBe(
      `${error(5, "undefined field 'a'", 'self.a == self.b')}\n${error(15, "undefined field 'b'", 'self.a == self.b')}`,
    )
  })

  test('lines and wide characters', () => {
    expect(outcome("'día' == d &&\n  nope")).toBe("ERROR: <input>:2:3: undeclared reference to 'nope' (in container '')\n |   nope\n | ..^")
    expect(outcome("'día' + nope")).toBe(
      "ERROR: <input>:1:9: undeclared reference to 'nope' (in container '')\n | 'día' + nope\n | ..\uff0e.....^",
    )
  })
})
