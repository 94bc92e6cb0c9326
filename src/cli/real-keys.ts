import crypto from 'node:crypto'
import type { KeyMaker } from '#cluster/pki.ts'

/** Real ECDSA keys, so that clients outside accept the cluster's certificates. */
export const realKeys: KeyMaker = () => {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    publicKeyInfo: publicKey.export({ type: 'spki', format: 'der' }),
    privateKeyPem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    sign: (data) => crypto.sign('sha256', data, privateKey),
  }
}
