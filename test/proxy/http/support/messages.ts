import { answering, ok, startGateway } from './gateway.ts';
import { roundTrip, type Delivery } from '../../../support/http/raw-client.ts';

export const request = 'GET /path?q=1 HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n\r\n';

export const deliveries: Delivery[] = ['whole', 'byte by byte', { splitAt: 20 }];

/** Fields of a message by lower-case name, with all lines of one name as a list. */
export function fieldsOf(message: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const line of (message.split('\r\n\r\n')[0] ?? '').split('\r\n').slice(1)) {
    const [name = '', ...value] = line.split(': ');
    const key = name.toLowerCase();
    fields.set(key, [...(fields.get(key) ?? []), value.join(': ')]);
  }
  return fields;
}

export function bodyOf(message: string): string {
  return message.slice(message.indexOf('\r\n\r\n') + 4);
}

/** Payload of a chunked body without extensions. */
export function dechunked(body: string): string {
  const lineEnd = body.indexOf('\r\n');
  const size = Number.parseInt(body.slice(0, lineEnd), 16);
  if (!(size > 0)) return '';
  const data = body.slice(lineEnd + 2, lineEnd + 2 + size);
  return data + dechunked(body.slice(lineEnd + 2 + size + 2));
}

/** Forwards `sent` to an upstream that answers 200. @returns the text that the upstream got. */
export async function forwarded(
  sent: string,
  options: { trustedProxies?: string[]; privateRequestFields?: string[] } = {},
) {
  await using gateway = await startGateway({ upstreams: [answering(ok)], ...options });
  await roundTrip(gateway.port, sent);
  return gateway.upstreams[0]?.received[0] ?? '';
}

/** Relays `response` of an upstream that then closes. @returns the text that the client got. */
export async function answered(response: string, sent = request): Promise<string> {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => socket.end(response, 'latin1'))],
  });
  return await roundTrip(gateway.port, sent);
}
