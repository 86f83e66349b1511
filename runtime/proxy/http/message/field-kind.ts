/**
 * Kinds of the fields that the engine handles itself. Every other field is `other` and is forwarded
 * unchanged. Kinds are small numbers, so that a set of kinds is one integer (see {@link bit}).
 */
export const FieldKind = {
  other: 0,
  connection: 1,
  keepAlive: 2,
  proxyConnection: 3,
  te: 4,
  trailer: 5,
  transferEncoding: 6,
  contentLength: 7,
  upgrade: 8,
  host: 9,
  expect: 10,
  via: 11,
  forwarded: 12,
  forwardedFor: 13,
  forwardedProto: 14,
  forwardedHost: 15,
  /** Other claims about the client that only a proxy may make. */
  forwardedOther: 16,
  authorization: 17,
  date: 18,
  /** Named by who makes the parser and reads these fields; they are not forwarded. */
  private: 19,
  /** Nominated by the Connection field of the same message. */
  nominated: 20,
  /** Has no use but an attack; not even a trusted proxy's is forwarded. */
  neverForwarded: 21,
} as const;

export type FieldKind = (typeof FieldKind)[keyof typeof FieldKind];

/** Returns the set with this one kind in it. */
export function bit(kind: FieldKind): number {
  return 1 << kind;
}

/**
 * Fields that belong to one connection. A proxy removes or replaces them, whether or not Connection
 * nominates them (RFC 9110 section 7.6.1). Trailer is one of them, and `trailers` of TE is not
 * forwarded either, because the engine drops trailers (sections 6.6.2 and 10.1.4).
 */
const hopByHopFields: readonly (readonly [string, FieldKind])[] = [
  ['connection', FieldKind.connection],
  ['proxy-connection', FieldKind.proxyConnection],
  ['keep-alive', FieldKind.keepAlive],
  ['te', FieldKind.te],
  ['trailer', FieldKind.trailer],
  ['transfer-encoding', FieldKind.transferEncoding],
  ['upgrade', FieldKind.upgrade],
];

/** Lower-case names of the fields that are never forwarded as they came. */
export const hopByHopNames: ReadonlySet<string> = new Set(hopByHopFields.map(([name]) => name));

/** Set of the kinds that are never forwarded as they came, including what Connection nominates. */
export const hopByHopKinds: number = hopByHopFields.reduce(
  (kinds, [, kind]) => kinds | bit(kind),
  bit(FieldKind.nominated),
);

const known: readonly (readonly [string, FieldKind])[] = [
  ...hopByHopFields,
  ['content-length', FieldKind.contentLength],
  ['host', FieldKind.host],
  ['expect', FieldKind.expect],
  ['via', FieldKind.via],
  ['authorization', FieldKind.authorization],
  ['date', FieldKind.date],
];

/** Fields by which proxies of all kinds say who the client is and what it asked for. */
const otherClaims = [
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-server',
  'x-forwarded-by',
  'x-forwarded-scheme',
  'x-forwarded-ssl',
  'x-forwarded',
  'x-forwarded-protocol',
  'x-forwarded-https',
  'x-forwarded-client-cert',
  'x-forwarded-user',
  'x-forwarded-email',
  'x-forwarded-groups',
  'x-forwarded-preferred-username',
  'x-forwarded-access-token',
  'x-forwarded-path',
  'x-forwarded-uri',
  'forwarded-for',
  'forwarded-for-ip',
  'forwarded-proto',
  'forwarded-host',
  'x-original-forwarded-for',
  'x-original-host',
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
  'x-url-scheme',
  'x-scheme',
  'front-end-https',
  'x-host',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
  'x-remote-ip',
  'x-remote-addr',
  'client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-ipcountry',
  'cf-pseudo-ipv4',
  'cf-visitor',
  'cloudfront-forwarded-proto',
  'cloudfront-viewer-address',
  'fastly-client-ip',
  'fly-client-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-appengine-user-ip',
  'x-envoy-external-address',
  'proxy-client-ip',
  'x-ssl',
  'x-client-verify',
  'x-client-dn',
  'x-client-s-dn',
  'x-client-i-dn',
  'x-client-cert',
  'x-client-certificate',
  // RFC 9440.
  'client-cert',
  'client-cert-chain',
  'x-forwarded-tls-client-cert',
];

/**
 * Beginnings of the names of further such fields. A proxy that ended TLS writes one for each property
 * of the connection or of the client's certificate.
 */
const otherClaimPrefixes = [
  // Examples of nginx, HAProxy and Apache.
  'x-ssl-',
  'ssl-client-',
  // Application Request Routing of IIS.
  'x-arr-',
  // Google Cloud.
  'x-client-cert-',
  // Traefik.
  'x-forwarded-tls-client-cert-',
  // Application load balancers of AWS.
  'x-amzn-mtls-',
  'cf-client-cert-',
  // Plug-ins of WebLogic.
  'wl-proxy-',
];

/** Also recognised with `_` for `-`, because CGI and its successors cannot tell them apart. */
const knownHoweverSpelt: readonly (readonly [string, FieldKind])[] = [
  ['forwarded', FieldKind.forwarded],
  ['x-forwarded-for', FieldKind.forwardedFor],
  ['x-forwarded-proto', FieldKind.forwardedProto],
  ['x-forwarded-host', FieldKind.forwardedHost],
  ...otherClaims.map((name) => [name, FieldKind.forwardedOther] as const),
  // CGI makes of it the variable that names a proxy for outgoing requests (CVE-2016-5385).
  ['proxy', FieldKind.neverForwarded],
];

const dash = 0x2d;
const underscore = 0x5f;

interface Candidate {
  /** In lower case. */
  readonly name: Uint8Array;
  readonly kind: FieldKind;
  readonly howeverSpelt: boolean;
}

const none: readonly Candidate[] = [];
/** Places in a table for each length of a name: one for each first byte, without its upper bits. */
const firstBytes = 32;

/** Finds the kind of a field from the bytes of its name, without making a string of it. */
export class FieldKinds {
  /** Candidates by their length and their first byte: a name has one or two at most, most have none. */
  readonly #whole: readonly (readonly Candidate[])[];
  /** Candidates that stand for all names that begin with theirs, by the first byte. */
  readonly #prefixes: readonly (readonly Candidate[])[];

  /** @param privateFields names, in any case, of the kind `private`. */
  constructor(privateFields: readonly string[] = []) {
    const whole = [
      ...known.map(([name, kind]) => candidate(name, kind, false)),
      ...knownHoweverSpelt.map(([name, kind]) => candidate(name, kind, true)),
      ...privateFields.map((name) => candidate(name, FieldKind.private, true)),
    ];
    const prefixes = otherClaimPrefixes.map((name) =>
      candidate(name, FieldKind.forwardedOther, true),
    );
    this.#whole = tableOf(whole, ({ name }) => wholePlace(name, 0, name.length));
    this.#prefixes = tableOf(prefixes, ({ name }) => firstPlace(name[0] ?? 0));
  }

  /** Returns the kind of the field whose name, which must be a token, stands at [start, end). */
  kindOf(bytes: Uint8Array, start: number, end: number): FieldKind {
    for (const whole of this.#whole[wholePlace(bytes, start, end)] ?? none) {
      if (startsWith(whole, bytes, start)) return whole.kind;
    }
    for (const prefix of this.#prefixes[firstPlace(bytes[start] ?? 0)] ?? none) {
      if (end - start > prefix.name.length && startsWith(prefix, bytes, start)) return prefix.kind;
    }
    return FieldKind.other;
  }
}

function candidate(name: string, kind: FieldKind, howeverSpelt: boolean): Candidate {
  return { name: Buffer.from(name.toLowerCase(), 'latin1'), kind, howeverSpelt };
}

function tableOf(
  candidates: readonly Candidate[],
  placeOf: (candidate: Candidate) => number,
): readonly (readonly Candidate[])[] {
  const byPlace = Map.groupBy(candidates, placeOf);
  return Array.from(
    { length: Math.max(...byPlace.keys()) + 1 },
    (_, at) => byPlace.get(at) ?? none,
  );
}

/** Returns the place of a whole name, in either case. */
function wholePlace(bytes: Uint8Array, start: number, end: number): number {
  return (end - start) * firstBytes + firstPlace(bytes[start] ?? 0);
}

function firstPlace(byte: number): number {
  return byte & (firstBytes - 1);
}

/** Returns true if the bytes at `start`, of a field name, begin with the name of the candidate. */
function startsWith({ name, howeverSpelt }: Candidate, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < name.length; index += 1) {
    const byte = bytes[start + index] ?? 0;
    // In token bytes, setting bit 0x20 makes letters lower-case and turns no other byte into one.
    if ((byte | 0x20) === name[index]) continue;
    if (!howeverSpelt || byte !== underscore || name[index] !== dash) return false;
  }
  return true;
}
