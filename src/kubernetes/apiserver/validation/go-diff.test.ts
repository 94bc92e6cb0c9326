// recorded: Kubernetes v1.36.2, scenario defaults-storage
import { expect, it } from 'vitest'
import { goDiff } from './go-diff.ts'

const CLAIM = 'io.k8s.api.core.v1.PersistentVolumeClaimSpec'

it('shows the lines around what changed', () => {
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'standard' }
  expect(goDiff(claim, { ...claim, accessModes: ['ReadWriteMany'] }, CLAIM)).toBe(
    '@@ -1,6 +1,6 @@\n {\n  "AccessModes": [\n-  "ReadWriteOnce"\n+  "ReadWriteMany"\n  ],\n  "Selector": null,\n  "Resources": {\n',
  )
  expect(goDiff(claim, { ...claim, storageClassName: 'fast' }, CLAIM)).toBe(
    '@@ -10,7 +10,7 @@\n   }\n  },\n  "VolumeName": "",\n- "StorageClassName": "standard",\n+ "StorageClassName": "fast",\n  "VolumeMode": null,\n  "DataSource": null,\n  "DataSourceRef": null,\n',
  )
})
