/** Certificate with its private key. */
export interface Certificate {
  /** Host names that it covers, in lower case; a wildcard stands for one label. */
  readonly hosts: readonly string[];
  /** Leaf first. */
  readonly chainPem: string;
  /** Secret. */
  readonly privateKeyPem: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}
