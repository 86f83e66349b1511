import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { promises as dns } from 'node:dns';

export interface DnsServer extends AsyncDisposable {
  /** Asks this server alone. */
  readonly resolver: dns.Resolver;
}

const headerBytes = 12;
const typeA = 1;
/** The name of the question; A, IN; 60 s; 4 bytes. */
const answerStart = [0xc0, headerBytes, 0, typeA, 0, 1, 0, 0, 0, 60, 0, 4];
const flags = { noError: 0x8180, noSuchName: 0x8183 };

/**
 * A DNS server on loopback.
 * @param records name to IPv4 addresses. Another name does not exist.
 */
export async function startDns(
  records: Readonly<Record<string, readonly string[]>>,
): Promise<DnsServer> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const end = query.indexOf(0, headerBytes) + 5;
    const known = records[nameIn(query)];
    const isA = query.readUInt16BE(end - 4) === typeA;
    const answers = (isA ? (known ?? []) : []).map((ip) =>
      Buffer.from([...answerStart, ...ip.split('.').map(Number)]),
    );
    const header = Buffer.from(query.subarray(0, headerBytes));
    header.writeUInt16BE(known === undefined ? flags.noSuchName : flags.noError, 2);
    header.writeUInt16BE(answers.length, 6);
    header.fill(0, 8);
    const reply = Buffer.concat([header, query.subarray(headerBytes, end), ...answers]);
    socket.send(reply, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const resolver = new dns.Resolver({ timeout: 5_000, tries: 2 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return {
    resolver,
    async [Symbol.asyncDispose]() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

/** Name of the question: labels, each after its length. */
function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = headerBytes; ;) {
    const length = query[at] ?? 0;
    if (length === 0) return labels.join('.');
    labels.push(query.toString('ascii', at + 1, at + 1 + length));
    at += length + 1;
  }
}
