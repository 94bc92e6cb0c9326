import { expect, test } from 'vitest'
import { bash, boot } from '../book/world.ts'

test('an image on a node: pulled, its blobs named by their hashes, exported, mounted', () => {
  const world = boot('kind', 1)
  const sh = (script: string): string => bash(world, 'kind-worker', script)
  const BLOBS = '/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256'
  expect(sh('ctr -n k8s.io images pull docker.io/library/nginx:1.28 | tail -1 | cut -f1')).toBe(
    'Pulling from OCI Registry (docker.io/library/nginx:1.28)\n',
  )
  expect(sh(`cd ${BLOBS}; for b in *; do echo "$b  $b"; done | sha256sum -c --quiet && echo good`)).toBe('good\n')
  sh('ctr -n k8s.io images export nginx.tar docker.io/library/nginx:1.28; mkdir nginx; tar -xf nginx.tar -C nginx')
  expect(
    sh('cd nginx/blobs/sha256; for b in *; do cmp $b /var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/$b; done'),
  ).toBe('')
  expect(
    sh(
      `m=$(jq -r '.manifests[0].digest' nginx/index.json | cut -d: -f2); l=$(jq -r '.layers[1].digest' nginx/blobs/sha256/$m | cut -d: -f2); tar -tf nginx/blobs/sha256/$l | grep html/`,
    ),
  ).toBe('usr/share/nginx/html/\nusr/share/nginx/html/index.html\nusr/share/nginx/html/50x.html\n')
  expect(sh('crictl inspecti nginx:1.28 | jq -r .status.id')).toBe(
    sh(`m=$(jq -r '.manifests[0].digest' nginx/index.json | cut -d: -f2); jq -r .config.digest nginx/blobs/sha256/$m`),
  )
  expect(sh('mkdir box; ctr -n k8s.io images mount docker.io/library/nginx:1.28 box | tail -1; chroot box nginx -v; touch box/a')).toBe(
    "box\nnginx version: nginx/1.28.1\ntouch: cannot touch 'box/a': Read-only file system\n",
  )
  const count = Number(sh(`ls ${BLOBS} | wc -l`))
  expect(sh(`umount box; crictl rmi nginx:1.28 >/dev/null; ls ${BLOBS} | wc -l`)).toBe(`${count - 4}\n`)
})
