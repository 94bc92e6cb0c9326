import { encode, toBase64 } from '#sim/bytes.ts'
import type { Certificate, ClusterPki } from './pki.ts'

const base64 = (text: string): string => toBase64(encode(text))

/** The kubeconfig kind writes for the cluster's administrator: everything named kind-kind, a client certificate. */
export function kubeconfig(pki: ClusterPki, server: string): string {
  return userConfig(pki, server, pki.admin, { cluster: 'kind-kind', context: 'kind-kind', user: 'kind-kind' })
}

/** The kubeconfig of a component, as kubeadm writes it under /etc/kubernetes. */
export function componentConfig(pki: ClusterPki, server: string, client: Certificate): string {
  const user = client.subject.commonName
  return userConfig(pki, server, client, { cluster: 'kind', context: `${user}@kind`, user })
}

function userConfig(
  pki: ClusterPki,
  server: string,
  client: Certificate,
  names: { cluster: string; context: string; user: string },
): string {
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(pki.ca.pem)}
    server: ${server}
  name: ${names.cluster}
contexts:
- context:
    cluster: ${names.cluster}
    user: ${names.user}
  name: ${names.context}
current-context: ${names.context}
kind: Config
preferences: {}
users:
- name: ${names.user}
  user:
    client-certificate-data: ${base64(client.pem)}
    client-key-data: ${base64(client.key.privateKeyPem)}
`
}
