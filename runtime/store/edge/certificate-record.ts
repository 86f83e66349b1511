import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { EdgeRecord, OpenRecord } from './edge-records.ts';
import type { Certificate } from '../../core/edge/certificate.ts';

const acme = 'certificate:acme:';
const own = 'certificate:own:';
const account = 'account:';

const openCertificateSchema = z.object({
  hosts: z.array(z.string()),
  chainPem: z.string(),
  notBeforeMs: z.number(),
  notAfterMs: z.number(),
});

/** Name of the record of the ACME certificate of a host. */
export function acmeCertificateName(host: string): string {
  return acme + host;
}

/** Name of the record of a service's own certificate. */
export function ownCertificateName(service: string): string {
  return own + service;
}

/** Name of the record of the account of an authority. */
export function accountName(directoryUrl: string): string {
  return account + directoryUrl;
}

/** Record of a certificate. */
export function certificateRecord(
  name: string,
  { privateKeyPem: secret, ...open }: Certificate,
): Omit<EdgeRecord, 'revision'> {
  return { name, open, secret };
}

/**
 * Record that stands for a service's own certificate that was removed. Without it, the proxies would
 * store the certificate again as one that Redis lost.
 */
export function removedCertificateRecord(service: string): Omit<EdgeRecord, 'revision'> {
  return { name: ownCertificateName(service), open: {}, secret: '' };
}

/** Service whose own certificate, or removed one, a record is; undefined for another record. */
export function ownerOf({ name }: Pick<EdgeRecord, 'name'>): string | undefined {
  return name.startsWith(own) ? name.slice(own.length) : undefined;
}

/** Open parts of the certificate in a record; undefined as for {@link certificateIn}. */
export function openCertificateIn({
  name,
  open,
}: OpenRecord): Omit<Certificate, 'privateKeyPem'> | undefined {
  if (!name.startsWith(acme) && !name.startsWith(own)) return undefined;
  return openCertificateSchema.safeParse(open).data;
}

/** Certificate in a record; undefined for a record of another kind or version. */
export function certificateIn(record: EdgeRecord): Certificate | undefined {
  const read = openCertificateIn(record);
  return read === undefined ? undefined : { ...read, privateKeyPem: record.secret };
}

const openAccountSchema = z.object({
  /** Time at which it replaced an account that the authority refused, milliseconds since the epoch. */
  replacedMs: z.number().optional(),
});

/**
 * Record of the account of an authority.
 * @param secret its private key, PEM.
 * @param open time at which it replaced another one; without for the first one.
 */
export function accountRecord(
  directoryUrl: string,
  secret: string,
  open: z.infer<typeof openAccountSchema> = {},
): Omit<EdgeRecord, 'revision'> {
  return { name: accountName(directoryUrl), open, secret };
}

/** Time at which an account replaced another one, milliseconds since the epoch; undefined: it is the first one. */
export function accountReplacedMs({ open }: Pick<EdgeRecord, 'open'>): number | undefined {
  return openAccountSchema.safeParse(open).data?.replacedMs;
}

/**
 * Certificate that an authority issued for these hosts.
 * @param pem its chain, leaf first, and its private key.
 * @throws Error if the chain cannot be read.
 */
export function issuedCertificate(
  hosts: readonly string[],
  pem: { readonly chainPem: string; readonly privateKeyPem: string },
): Certificate {
  const { chainPem, privateKeyPem } = pem;
  const { validFrom, validTo } = new X509Certificate(chainPem);
  return {
    hosts: [...hosts],
    chainPem,
    privateKeyPem,
    notBeforeMs: Date.parse(validFrom),
    notAfterMs: Date.parse(validTo),
  };
}
