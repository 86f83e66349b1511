import { flat } from '../message/bytes.ts';

/** Versions in which a message can come. */
type ReceivedVersion = '1.0' | '1.1' | '2.0';

/** Entry of this server in Via (RFC 9110 section 7.6.3), made once for each version. */
export class Via {
  readonly #values: Readonly<Record<ReceivedVersion, string>>;
  readonly #ends: Readonly<Record<ReceivedVersion, string>>;

  /** @param pseudonym name of the server. */
  constructor(pseudonym: string) {
    const valueOf = (version: ReceivedVersion) => `${version} ${pseudonym}`;
    this.#values = { '1.0': valueOf('1.0'), '1.1': valueOf('1.1'), '2.0': valueOf('2.0') };
    const endOf = (version: ReceivedVersion) => flat(`Via: ${valueOf(version)}\r\n\r\n`);
    this.#ends = { '1.0': endOf('1.0'), '1.1': endOf('1.1'), '2.0': endOf('2.0') };
  }

  /** Value of the field for a message of HTTP/1. */
  value(minorVersion: 0 | 1): string {
    return this.#values[minorVersion === 0 ? '1.0' : '1.1'];
  }

  /** Its line as the last one of a head, with the empty line after it. */
  end(minorVersion: 0 | 1, isOfHttp2 = false): string {
    if (isOfHttp2) return this.#ends['2.0'];
    return this.#ends[minorVersion === 0 ? '1.0' : '1.1'];
  }
}
