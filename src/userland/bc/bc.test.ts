// Not recorded: POSIX bc, and well-known results of GNU bc 1.07.1
import { expect, it } from 'vitest'
import { box } from '../test-box.ts'
import { programs } from './index.ts'

it.each([
  ['3/2', [], '1\n'],
  ['scale=2; 3/2; -1/3', [], '1.50\n-.33\n'],
  ['2^100', [], '1267650600228229401496703205376\n'],
  ['2^-2', ['-l'], '.25000000000000000000\n'],
  ['1.5*1.25', [], '1.87\n'],
  ['10%3; 5.5%2', [], '1\n1.5\n'],
  ['-2^2', [], '4\n'],
  ['x=4; x+=1; x*2; x++; x', [], '10\n5\n6\n'],
  ['(1+2)*3 > 8; 1 == 2', [], '1\n0\n'],
  ['sqrt(2)', ['-l'], '1.41421356237309504880\n'],
  ['4*a(1)', ['-l'], '3.14159265358979323844\n'],
  ['e(1)', ['-l'], '2.71828182845904523536\n'],
  ['l(2)', ['-l'], '.69314718055994530941\n'],
  ['s(1)', ['-l'], '.84147098480789650665\n'],
  ['print "a ", 1+1, "\\n"', [], 'a 2\n'],
])('%s %j', (program, options, out) => {
  expect(box(programs, { stdin: `${program}\n` })('bc', ...options)).toEqual({ out, err: '', exit: 0 })
})

it.each([
  ['1/0', 'Runtime error (func=(main), adr=3): Divide by zero\n', 0],
  ['1 +', '(standard_in) 1: syntax error\n', 0],
  ['while (1) { }', 'podlab: bc while is not modelled\n', 1],
])('%s', (program, err, exit) => {
  expect(box(programs, { stdin: `${program}\n` })('bc')).toMatchObject({ err, exit })
})
