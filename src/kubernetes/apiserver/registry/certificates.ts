import { goDuration } from '#kubernetes/api/duration.ts'
import { num, objs, str } from '#kubernetes/api/json.ts'
import { AGE, ageOf, NAME } from '../table.ts'
import { validateSigningRequest } from '../validation/certificates.ts'
import { builtIn, type Kind } from './kind.ts'

export const CERTIFICATES: readonly Kind[] = [
  builtIn({
    group: 'certificates.k8s.io',
    pkg: 'certificates',
    kind: 'CertificateSigningRequest',
    plural: 'certificatesigningrequests',
    shortNames: ['csr'],
    namespaced: false,
    status: true,
    subresources: [
      {
        name: 'approval',
        kind: 'CertificateSigningRequest',
        verbs: ['get', 'patch', 'update'],
      },
    ],
    fields: { 'spec.signerName': (o) => str(o, 'spec', 'signerName') },
    columns: [NAME, AGE, { name: 'SignerName' }, { name: 'Requestor' }, { name: 'RequestedDuration' }, { name: 'Condition' }],
    row: (o, { now }) => {
      const seconds = num(o, 'spec', 'expirationSeconds')
      const types = objs(o, 'status', 'conditions').map((c) => str(c, 'type'))
      let status = types.includes('Denied') ? 'Denied' : types.includes('Approved') ? 'Approved' : 'Pending'
      if (types.includes('Failed')) status += ',Failed'
      if (str(o, 'status', 'certificate') !== '') status += ',Issued'
      return [
        str(o, 'metadata', 'name'),
        ageOf(o, now),
        str(o, 'spec', 'signerName') || '<none>',
        str(o, 'spec', 'username'),
        seconds === undefined ? '<none>' : goDuration(seconds * 1_000_000),
        status,
      ]
    },
    strategy: {
      generationOf: false,
      validateName: () => [],
      validate: validateSigningRequest,
      validateUpdate: validateSigningRequest,
      prepareForCreate(o, context) {
        const spec = { ...(o.spec as object) } as { [key: string]: unknown }
        spec.username = context.user.name
        spec.groups = context.user.groups
        if (context.user.uid !== undefined) spec.uid = context.user.uid
        if (context.user.extra !== undefined) spec.extra = context.user.extra
        o.spec = spec
        o.status = {}
      },
    },
  }),
]
