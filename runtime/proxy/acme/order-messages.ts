import type { OrderFailure } from '../../core/edge/order-failure.ts';

export interface Authority {
  /** URL of the directory (RFC 8555 section 7.1.1). */
  readonly directoryUrl: string;
  /** PEM that its https certificate is checked with. Default: the authorities of Node.js. */
  readonly caCertificate?: string | undefined;
}

export interface OrderInput {
  readonly authority: Authority;
  /** Private key of the account. Secret. */
  readonly accountKeyPem: string;
  /** Address that the authority may write to; undefined: it gets none. */
  readonly email?: string | undefined;
  readonly host: string;
  /** Name of the certificate that is renewed (RFC 9773 section 5). */
  readonly replaces?: string | undefined;
}

/** Answer to an http-01 challenge (RFC 8555 section 8.3). It is public. */
export interface ChallengeAnswer {
  readonly token: string;
  readonly keyAuthorization: string;
}

/** Message from the proxy to the process that orders. */
export type OrderCommand =
  | ({ readonly kind: 'order' } & OrderInput)
  /** All proxies answer the challenge. */
  | { readonly kind: 'answered' };

/** Message from the process that orders to the proxy. */
export type OrderEvent =
  | ({ readonly kind: 'challenge' } & ChallengeAnswer)
  | { readonly kind: 'issued'; readonly chainPem: string; readonly privateKeyPem: string }
  | { readonly kind: 'failed'; readonly failure: OrderFailure };
