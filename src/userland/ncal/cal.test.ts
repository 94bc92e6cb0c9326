// Not recorded: the layout follows ncal.c of Debian's ncal 12.1.8
import { expect, it } from 'vitest'
import { box } from '../test-box.ts'
import { programs } from './index.ts'

// 23 November 2026
const run = (argv0: string, ...words: string[]) => {
  const all = box(programs, { files: { '/x': '' }, links: { '/bin/cal': 'ncal' }, start: 1_795_397_760_000_000 })
  return all(argv0, ...words)
}

it('cal: weeks are rows', () => {
  expect(run('cal').out).toBe(`   November 2026      
Su Mo Tu We Th Fr Sa  
 1  2  3  4  5  6  7  
 8  9 10 11 12 13 14  
15 16 17 18 19 20 21  
22 23 24 25 26 27 28  
29 30                 
                      
`)
})

it('ncal: days of the week are rows', () => {
  expect(run('ncal', '-m', '2', '2024').out).toBe(`   February 2024      
Mo     5 12 19 26     
Tu     6 13 20 27     
We     7 14 21 28     
Th  1  8 15 22 29     
Fr  2  9 16 23        
Sa  3 10 17 24        
Su  4 11 18 25        
`)
})

it('three months side by side, a whole year, what is no month', () => {
  expect(run('cal', '-3').out.split('\n')[0]).toBe('    October 2026         November 2026         December 2026      ')
  expect(run('cal', '2027').out.split('\n').slice(0, 4)).toEqual([
    '                              2027',
    '      January               February               March          ',
    'Su Mo Tu We Th Fr Sa  Su Mo Tu We Th Fr Sa  Su Mo Tu We Th Fr Sa  ',
    '                1  2      1  2  3  4  5  6      1  2  3  4  5  6  ',
  ])
  expect(run('cal', '13', '2026')).toEqual({ out: '', err: 'cal: 13 is neither a month number (1..12) nor a name\n', exit: 1 })
})
