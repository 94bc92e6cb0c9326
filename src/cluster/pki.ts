import { sha256 } from '@noble/hashes/sha2.js'
import { concat, encode, toBase64 } from '#sim/bytes.ts'
import type { Random } from '#sim/random.ts'
import { civil, DAY } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'

/** A key pair that can sign certificates (ECDSA on P-256 in form). */
export interface KeyPair {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Uint8Array
  readonly privateKeyPem: string
  /** ecdsa-with-SHA256 signature, DER. */
  sign(data: Uint8Array): Uint8Array
}

/** Makes key pairs: the model's own, or real ones from the host (`podlab serve`, whose clients check signatures). */
export type KeyMaker = (name: string) => KeyPair

export interface Certificate {
  readonly pem: string
  readonly key: KeyPair
  readonly subject: Name
}

/** The parts of a distinguished name that Kubernetes uses. */
export interface Name {
  readonly commonName: string
  readonly organizations?: readonly string[]
}

export interface CertificateRequest {
  readonly subject: Name
  readonly dnsNames?: readonly string[]
  readonly addresses?: readonly string[]
  readonly usages?: readonly ('client' | 'server')[]
  readonly notBefore: Micros
  readonly notAfter: Micros
}

/** All certificates of a kubeadm cluster, under /etc/kubernetes/pki. */
export interface ClusterPki {
  readonly ca: Certificate
  readonly apiserver: Certificate
  readonly admin: Certificate
  client(subject: Name): Certificate
  /** etcd's own certificates, made when first asked for. */
  readonly etcd: EtcdPki
}

/** What is under /etc/kubernetes/pki/etcd, and the API server's client certificate. */
export interface EtcdPki {
  readonly ca: Certificate
  readonly server: Certificate
  readonly peer: Certificate
  readonly healthcheckClient: Certificate
  readonly apiserverClient: Certificate
}

const OID = {
  ecPublicKey: '1.2.840.10045.2.1',
  p256: '1.2.840.10045.3.1.7',
  ecdsaSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const

/** DER: tag, length, contents. */
function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(parts)
  const n = body.length
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 0xff]
  return concat([Uint8Array.from([tag, ...length]), body])
}

const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tlv(0x30, ...parts)
const octets = (bytes: Uint8Array): Uint8Array => tlv(0x04, bytes)
const bits = (bytes: Uint8Array, unused = 0): Uint8Array => tlv(0x03, Uint8Array.from([unused]), bytes)
const boolean = (): Uint8Array => tlv(0x01, Uint8Array.from([0xff]))

function integer(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const body = bytes.subarray(start)
  return tlv(0x02, ((body[0] ?? 0) & 0x80) !== 0 ? concat([Uint8Array.from([0]), body]) : body)
}

function oid(text: string): Uint8Array {
  const [a = 0, b = 0, ...rest] = text.split('.').map(Number)
  const out = [a * 40 + b]
  for (const arc of rest) {
    const groups = [arc & 0x7f]
    for (let n = Math.floor(arc / 128); n > 0; n = Math.floor(n / 128)) groups.unshift((n & 0x7f) | 0x80)
    out.push(...groups)
  }
  return tlv(0x06, Uint8Array.from(out))
}

function name(subject: Name): Uint8Array {
  const part = (id: string, value: string): Uint8Array => tlv(0x31, sequence(oid(id), tlv(0x0c, encode(value))))
  return sequence(...(subject.organizations ?? []).map((o) => part(OID.organization, o)), part(OID.commonName, subject.commonName))
}

function time(at: Micros): Uint8Array {
  const c = civil(at)
  const two = (n: number): string => String(n).padStart(2, '0')
  const rest = `${two(c.month)}${two(c.day)}${two(c.hour)}${two(c.minute)}${two(c.second)}Z`
  return c.year < 2050 ? tlv(0x17, encode(two(c.year % 100) + rest)) : tlv(0x18, encode(c.year + rest))
}

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return critical ? sequence(oid(id), boolean(), octets(value)) : sequence(oid(id), octets(value))
}

function extensions(request: CertificateRequest, isCa: boolean): Uint8Array {
  const list: Uint8Array[] = [
    extension(OID.keyUsage, true, isCa ? bits(Uint8Array.from([0xa4]), 2) : bits(Uint8Array.from([0xa0]), 5)),
    extension(OID.basicConstraints, true, isCa ? sequence(boolean()) : sequence()),
  ]
  if (request.usages !== undefined) {
    list.push(
      extension(OID.extKeyUsage, false, sequence(...request.usages.map((u) => oid(u === 'client' ? OID.clientAuth : OID.serverAuth)))),
    )
  }
  const names = [
    ...(request.dnsNames ?? []).map((dns) => tlv(0x82, encode(dns))),
    ...(request.addresses ?? []).map((ip) => tlv(0x87, Uint8Array.from(ip.split('.').map(Number)))),
  ]
  if (names.length > 0) list.push(extension(OID.subjectAltName, false, sequence(...names)))
  return tlv(0xa3, sequence(...list))
}

export function pem(label: string, der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** An X.509 v3 certificate for `key`, signed by `issuer` (by itself: a certificate authority). Source: RFC 5280. */
export function certificate(request: CertificateRequest, key: KeyPair, issuer: Certificate | undefined, serial: Uint8Array): Certificate {
  const algorithm = sequence(oid(OID.ecdsaSha256))
  const tbs = sequence(
    tlv(0xa0, integer(Uint8Array.from([2]))),
    integer(serial),
    algorithm,
    name(issuer?.subject ?? request.subject),
    sequence(time(request.notBefore), time(request.notAfter)),
    name(request.subject),
    key.publicKeyInfo,
    extensions(request, issuer === undefined),
  )
  const signature = (issuer?.key ?? key).sign(tbs)
  return { pem: pem('CERTIFICATE', sequence(tbs, algorithm, bits(signature))), key, subject: request.subject }
}

/**
 * Key pairs of the model: right in form, cheap, and the same for a seed.
 * Differs: the signature is a hash of signer and data, which no elliptic curve would accept.
 */
export function modelKeys(random: Random): KeyMaker {
  return () => {
    const secret = random.bytes(32)
    const half = (n: number): Uint8Array => sha256(concat([secret, Uint8Array.from([n])]))
    const point = concat([Uint8Array.from([4]), half(1), half(2)])
    const algorithm = sequence(oid(OID.ecPublicKey), oid(OID.p256))
    const inner = sequence(integer(Uint8Array.from([1])), octets(secret), tlv(0xa1, bits(point)))
    return {
      publicKeyInfo: sequence(algorithm, bits(point)),
      privateKeyPem: pem('PRIVATE KEY', sequence(integer(Uint8Array.from([0])), algorithm, octets(inner))),
      sign: (data) => {
        const part = (n: number): Uint8Array => integer(sha256(concat([point, data, Uint8Array.from([n])])))
        return sequence(part(1), part(2))
      },
    }
  }
}

export interface PkiOptions {
  readonly random: Random
  readonly keys: KeyMaker
  /** When the cluster was made; certificates hold from an hour before it. */
  readonly now: Micros
  readonly dnsNames: readonly string[]
  readonly addresses: readonly string[]
  /** Where etcd runs. */
  readonly etcd: { readonly hostname: string; readonly address: string }
}

/** The certificates kubeadm makes: an authority for ten years, everything else for one. */
export function clusterPki(options: PkiOptions): ClusterPki {
  const { random, keys, now } = options
  const notBefore = now - DAY / 24
  const year = now + 365 * DAY
  const serial = (): Uint8Array => {
    const bytes = random.bytes(8)
    bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 1
    return bytes
  }
  const ca = certificate({ subject: { commonName: 'kubernetes' }, notBefore, notAfter: now + 3650 * DAY }, keys('ca'), undefined, serial())
  const client = (subject: Name): Certificate =>
    certificate({ subject, usages: ['client'], notBefore, notAfter: year }, keys(subject.commonName), ca, serial())
  const makeEtcd = (): EtcdPki => {
    const { hostname, address } = options.etcd
    const authority = certificate(
      { subject: { commonName: 'etcd-ca' }, notBefore, notAfter: now + 3650 * DAY },
      keys('etcd-ca'),
      undefined,
      serial(),
    )
    const issue = (key: string, subject: Name, server: boolean): Certificate => {
      const names = server ? { dnsNames: ['localhost', hostname], addresses: ['127.0.0.1', address] } : {}
      const usages = server ? (['server', 'client'] as const) : (['client'] as const)
      return certificate({ subject, usages, notBefore, notAfter: year, ...names }, keys(key), authority, serial())
    }
    return {
      ca: authority,
      server: issue('etcd/server', { commonName: hostname }, true),
      peer: issue('etcd/peer', { commonName: hostname }, true),
      healthcheckClient: issue('etcd/healthcheck-client', { commonName: 'kube-etcd-healthcheck-client' }, false),
      apiserverClient: issue('apiserver-etcd-client', { commonName: 'kube-apiserver-etcd-client' }, false),
    }
  }
  let etcd: EtcdPki | undefined
  return {
    get etcd() {
      etcd ??= makeEtcd()
      return etcd
    },
    ca,
    apiserver: certificate(
      {
        subject: { commonName: 'kube-apiserver' },
        usages: ['server'],
        dnsNames: options.dnsNames,
        addresses: options.addresses,
        notBefore,
        notAfter: year,
      },
      keys('apiserver'),
      ca,
      serial(),
    ),
    admin: client({ commonName: 'kubernetes-admin', organizations: ['kubeadm:cluster-admins'] }),
    client,
  }
}
