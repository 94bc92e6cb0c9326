import { MAX_SCORE, type Plugin } from '../framework.ts'

const MIB = 1024 * 1024
const MIN_BYTES = 23 * MIB
const MAX_BYTES_PER_CONTAINER = 1000 * MIB

/** `nginx` is `nginx:latest` in a node's list of images. */
function withTag(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image
}

/** Names under which a node may list an image: as written, and with the default registry. */
function names(image: string): string[] {
  const tagged = withTag(image)
  const first = tagged.split('/')[0] ?? ''
  if (tagged.includes('/') && (first.includes('.') || first.includes(':'))) return [tagged]
  return [tagged, tagged.includes('/') ? `docker.io/${tagged}` : `docker.io/library/${tagged}`]
}

/** Rather nodes that have the images already, weighed by size and by how many nodes have them. Source: imagelocality. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  events: [],
  weight: 1,
  preScore(state, pod, _, snapshot) {
    const images = pod.spec.containers.map((c) => {
      const known = names(c.image)
      const having = snapshot.nodes.filter((n) => known.some((name) => n.images.has(name))).length
      return { known, spread: snapshot.nodes.length === 0 ? 0 : having / snapshot.nodes.length }
    })
    state.set('ImageLocality', images)
    return images.some((i) => i.spread > 0)
  },
  score(state, pod, node) {
    const images = state.get('ImageLocality') as { readonly known: string[]; readonly spread: number }[]
    let sum = 0
    for (const { known, spread } of images) {
      const found = known.find((name) => node.images.has(name))
      if (found !== undefined) sum += Math.floor((node.images.get(found) ?? 0) * spread)
    }
    const max = MAX_BYTES_PER_CONTAINER * pod.spec.containers.length
    const bounded = Math.min(Math.max(sum, MIN_BYTES), max)
    return Math.floor((MAX_SCORE * (bounded - MIN_BYTES)) / (max - MIN_BYTES))
  },
}
