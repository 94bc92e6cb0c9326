/** Options of the coreutils that work on text; notation in index.ts. */
export const COREUTILS_TEXT = `
cat
A|same as -vET
b|number output lines that aren't empty, overrides -n
e|same as -vE
E|show $ at the end of each line
n|number all output lines
s|leave out repeated empty lines
t|same as -vT
T|show tabs as ^I
u|(ignored)
v|use ^ and M- notation, except for newline and tab

head
c NUM|print the first NUM bytes of each file; with a leading -, all but the last NUM
n NUM|print the first NUM lines instead of the first 10; with a leading -, all but the last NUM
q|never print headers with file names
v|always print headers with file names
z|lines end with NUL, not newline

tail
c NUM|print the last NUM bytes; +NUM starts with byte NUM
f|print what is added while the file grows
follow WHAT|likewise, following the descriptor or the name
F|same as --follow=name --retry
n NUM|print the last NUM lines instead of the last 10; +NUM starts with line NUM
pid PID|with -f, end when process PID dies
q|never print headers with file names
retry|keep trying to open a file that isn't there
s N|with -f, sleep about N seconds between looks
v|always print headers with file names
z|lines end with NUL, not newline

wc
c|print the byte counts
m|print the character counts
l|print the newline counts
L|print the greatest display width
w|print the word counts

sort
b|ignore leading blanks
d|consider only blanks and alphanumeric characters
f|fold lower case to upper case
g|compare by general numerical value
i|consider only printable characters
M|compare months: unknown < JAN < ... < DEC
h|compare numbers with units (2K 1G)
n|compare by numerical value of the text
R|shuffle, but keep equal keys together
r|reverse the result
sort WORD|sort as WORD says: general-numeric, human-numeric, month, numeric, random, version
V|sort version numbers within the text
c|check whether input is sorted; do not sort
C|like -c, but do not report the first bad line
check WORD|like -c, or -C if WORD is quiet or silent
k KEYDEF|sort by a key: F[.C][OPTS][,F[.C][OPTS]], field and character of its start and end
m|merge files that are sorted already
o FILE|write the result to FILE
s|keep lines that compare equal in order
S SIZE|(size of the buffer, ignored)
t SEP|fields are divided by SEP
u|print only the first of lines that compare equal
z|lines end with NUL, not newline

uniq
c|prefix lines by the number of times they came
d|print only lines that repeat, once for each group
D|print all lines that repeat
all-repeated METHOD|like -D; groups divided by an empty line: none, prepend or separate
f N|don't compare the first N fields
group METHOD|show all lines, groups divided by an empty line
i|ignore differences in case
s N|don't compare the first N characters
u|print only lines that don't repeat
w N|compare no more than N characters
z|lines end with NUL, not newline

cut
b LIST|select only these bytes
c LIST|select only these characters
d DELIM|use DELIM instead of TAB between fields
f LIST|select only these fields; print lines without a delimiter too, unless -s
n|(ignored)
complement|select all but these
s|do not print lines without a delimiter
output-delimiter STRING|print STRING between fields
z|lines end with NUL, not newline

tr
c|use the complement of SET1
C|the same as -c
d|delete characters of SET1
s|replace each run of a character of the last SET by one
t|first cut SET1 to the length of SET2

tee
a|append to the files, do not overwrite
i|ignore interrupts
p|say so when writing to something else than a pipe fails
output-error MODE|what to do when writing fails: warn, warn-nopipe, exit, exit-nopipe

seq
!0123456789.
f FORMAT|use a floating-point FORMAT as in printf
s STRING|put STRING between numbers (\\n by default)
w|make widths equal with leading zeroes

base64 base32
d|decode data
i|when decoding, ignore characters that aren't of the alphabet
w COLS|wrap lines after COLS characters (76); 0 doesn't wrap

md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum
b|read in binary mode
c|read checksums from the files and check them
tag|print BSD-style lines
t|read in text mode (the default)
z|end each output line with NUL
ignore-missing|with -c, don't fail for files that are missing
quiet|with -c, don't print OK for each file
status|with -c, print nothing; the exit status tells
strict|with -c, fail for lines that are badly formed
w|with -c, warn about lines that are badly formed

cksum
a TYPE|the digest: crc, sysv, bsd, md5, sha1, sha224, sha256, sha384, sha512 or blake2b
c|read checksums from the files and check them
untagged|print lines without the type of the digest
z|end each output line with NUL

sum
r|use the BSD algorithm (the default)
s|use the System V algorithm

comm
1|leave out lines only in FILE1
2|leave out lines only in FILE2
3|leave out lines in both files
output-delimiter STR|divide columns by STR
total|print a summary
z|lines end with NUL, not newline

join
a FILENUM|also print lines of file FILENUM (1 or 2) that pair with nothing
e STRING|put STRING where a field is missing
i|ignore differences in case
j FIELD|join on this field of both files
o FORMAT|print these fields: FILENUM.FIELD, or 0 for the join field
t CHAR|fields are divided by CHAR
v FILENUM|like -a, but leave out joined lines
1 FIELD|join on this field of file 1
2 FIELD|join on this field of file 2
header|take the first lines as headings
z|lines end with NUL, not newline

paste
d LIST|use characters of LIST instead of TABs
s|paste one file at a time instead of side by side
z|lines end with NUL, not newline

split
a N|make suffixes of length N (2)
additional-suffix SUFFIX|append SUFFIX to file names
b SIZE|put SIZE bytes into each file
C SIZE|put at most SIZE bytes of whole lines into each file
d|use numeric suffixes from 0 on
l NUMBER|put NUMBER lines into each file (1000)
n CHUNKS|make CHUNKS files
x|use hexadecimal suffixes from 0 on
verbose|say which file is opened

nl
b STYLE|number lines of the body: a all, t not empty, n none, pBRE matching
i NUMBER|increment of line numbers
n FORMAT|ln left, rn right, rz right with zeros
s STRING|put STRING after a line number
v NUMBER|first line number
w NUMBER|columns for line numbers

od
A RADIX|radix of offsets: o, d, x or n for none
j BYTES|skip BYTES of input first
N BYTES|read at most BYTES
t TYPE|how to print: a, c, d, f, o, u or x, with a size, and z for text
v|do not mark repeated lines by *
w BYTES|print BYTES a line
c|same as -t c
x|same as -t x2

fold
b|count bytes rather than columns
s|break at spaces
w WIDTH|use WIDTH columns instead of 80

fmt
c|keep the indentation of the first two lines
p STRING|reformat only lines that begin with STRING
s|split long lines, but do not refill
u|one space between words, two after sentences
w WIDTH|longest line (75 columns)

expand
i|do not convert tabs after other characters
t N|tabs are N characters apart, not 8

unexpand
a|convert all blanks, not just those at the start
t N|tabs are N characters apart, not 8; implies -a

tac
b|attach the separator before instead of after
r|take the separator as a regular expression
s STRING|use STRING as the separator instead of newline

shuf
e|take each argument as a line
i LO-HI|take each number from LO to HI as a line
n COUNT|print at most COUNT lines
o FILE|write the result to FILE
r|lines may be printed more than once
z|lines end with NUL, not newline

numfmt
d X|use X instead of blanks between fields
field FIELDS|convert these fields (1)
format FORMAT|use a floating-point FORMAT as in printf
from UNIT|read numbers with UNIT: none, auto, si, iec, iec-i
to UNIT|write numbers with UNIT
header N|copy N lines without conversion
padding N|pad the result to N characters; negative: on the right
round METHOD|up, down, from-zero, towards-zero or nearest
suffix SUFFIX|add SUFFIX to numbers written, and accept it in those read

dircolors
b|print Bourne shell code that sets LS_COLORS
c|print C shell code that sets LS_COLORS
p|print the defaults

basenc
base64|the alphabet of base64
base64url|that of base64 with - and _, for file names and addresses
base32|the alphabet of base32
base32hex|that of base32 with digits first
base16|hexadecimal digits
base2msbf|bits, the highest of a byte first
base2lsbf|bits, the lowest of a byte first
d|decode data
i|when decoding, ignore characters that aren't of the alphabet
w COLS|wrap lines after COLS characters (76); 0 doesn't wrap

csplit
f PREFIX|use PREFIX instead of xx
k|keep the files when something goes wrong
n DIGITS|digits of the numbers (2)
s|do not print sizes
z|do not write empty files
suppress-matched|leave out the lines that match
`
