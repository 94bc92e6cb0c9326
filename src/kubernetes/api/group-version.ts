/** A group and a version of it; the core group has no name. */
export interface GroupVersion {
  readonly group: string
  readonly version: string
}

/** `apps/v1`, `v1`. Source: apimachinery, schema.ParseGroupVersion. */
export function parseGroupVersion(apiVersion: string): GroupVersion {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}
