/**
 * Where each command and listing of the reader's notes stands in the book: `node tests/book/notes.ts` prints the table; the tests of the
 * book check that each place is there.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listingsOf } from '#book/transcript.ts'

const CONTENT = fileURLToPath(new URL('../../content/', import.meta.url))

interface Note {
  /** As the notes have it. */
  readonly noted: string
  readonly chapter: string
  /** What the book's listing types, or a part of it, where it differs. */
  readonly typed?: string
  /** What the lab makes of it, where that is not simply what the notes show. */
  readonly result?: string
}

const NOTES: readonly Note[] = [
  { noted: 'kubectl api-resources', chapter: 'why', result: 'the list of v1.36, longer than the notes’' },
  { noted: 'kubectl get node/kind-control-plane -o yaml', chapter: 'pod', result: 'in parts, line by line; the CRI socket has moved' },
  {
    noted: 'Service example-service of type LoadBalancer, 8765 to 9376',
    chapter: 'pod',
    typed: 'port: 8765',
    result: 'gets an external address that answers',
  },
  { noted: 'ls /var/log/containers/ | grep etcd', chapter: 'build' },
  { noted: 'iptables -L', chapter: 'build' },
  { noted: 'mount', chapter: 'build' },
  {
    noted: 'kubectl exec -it  kind-control-plane /bin/bash',
    chapter: 'build',
    result: 'refused as kubectl v1.36 refuses it; the text says why',
  },
  { noted: 'docker exec -it kind-control-plane /bin/bash', chapter: 'build', result: 'typed by hand: a shell on the node' },
  { noted: 'apt-get update -y', chapter: 'build' },
  { noted: 'apt-get install vim', chapter: 'build', typed: 'apt-get install -y vim', result: 'with -y, for nobody is there to answer' },
  { noted: 'chroot.sh', chapter: 'build', typed: 'mount -t proc proc /home/namespace/box/proc' },
  { noted: 'chmod +x chroot.sh', chapter: 'build' },
  { noted: './chroot.sh', chapter: 'build' },
  { noted: 'ls (in the box)', chapter: 'build', typed: 'chroot /home/namespace/box /bin/bash <<< ls' },
  { noted: 'mkdir -p /home/namespace/box/data', chapter: 'build' },
  { noted: 'mount --bind /tmp/ /home/namespace/box/data', chapter: 'build' },
  { noted: 'touch /tmp/a', chapter: 'build' },
  { noted: 'ls /data/ (in the box)', chapter: 'build', typed: 'ls /data/' },
  { noted: 'ps -ax (in the box)', chapter: 'build', typed: "<<< 'ps -ax'", result: 'shows the whole machine' },
  {
    noted: 'unshare -p -f --mount-proc=/home/namespace/box/proc chroot /home/namespace/box /bin/bash',
    chapter: 'build',
    typed: 'unshare -p -f --mount-proc=/home/namespace/box/proc chroot /home/namespace/box /bin/bash',
    result: 'ps -ax then shows bash as 1 and itself as 2',
  },
  { noted: 'nsenter', chapter: 'build', typed: 'nsenter -t' },
  { noted: 'kubectl exec, kubectl describe', chapter: 'deploying', typed: 'kubectl describe pod' },
]

export interface Place extends Note {
  /** `build/3-chroot.mdx`; undefined: nowhere. */
  readonly file: string | undefined
  /** The listing is run by the tests and its output compared. */
  readonly run: boolean
}

/** Every note with its place. */
export function placesOfNotes(): readonly Place[] {
  return NOTES.map((note) => {
    const wanted = note.typed ?? note.noted
    const found = readdirSync(join(CONTENT, note.chapter))
      .filter((name) => name.endsWith('.mdx'))
      .sort()
      .flatMap((name) =>
        listingsOf(readFileSync(join(CONTENT, note.chapter, name), 'utf8')).flatMap(({ options, exchanges }) =>
          exchanges
            .filter(({ command }) => (note.typed === undefined ? command.split('\n').includes(wanted) : command.includes(wanted)))
            .map(() => ({ file: `${note.chapter}/${name}`, run: options.run })),
        ),
      )
    const [place = { file: undefined, run: false }] = [...found].sort((a, b) => Number(b.run) - Number(a.run))
    return { ...note, ...place }
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log('| in the notes | in the book | in the lab |\n| --- | --- | --- |')
  for (const { noted, file, run, result } of placesOfNotes())
    console.log(`| ${noted} | ${file ?? 'nowhere'} | ${run ? 'run and compared' : 'shown'}${result === undefined ? '' : `; ${result}`} |`)
}
