import { readFileSync } from 'node:fs';
import { performServerHandshake } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';

/**
 * The least that a forwarder on Node's HTTP/2 session can do: it checks, counts, limits and retries
 * nothing. What it costs is the floor for Perch, which stands on the same session. It forwards GETs
 * whose responses have a length. Arguments: its port, the upstream's, files of chain and private key.
 */
const [port = '', upstreamPort = '', chain = '', privateKey = ''] = process.argv.slice(2);
const host = '127.0.0.1';
const endOfHead = '\r\n\r\n';
const readBuffer = Buffer.allocUnsafeSlow(65_536);

type Reader = (bytes: Buffer) => void;

/** Connection to the upstream that is kept. */
interface Kept {
  readonly socket: Socket;
  read: Reader;
}

const idle: Kept[] = [];

function connected(): Kept {
  const onread = {
    buffer: readBuffer,
    callback: (length: number) => {
      kept.read(readBuffer.subarray(0, length));
      return true;
    },
  };
  const socket = connect({ host, port: Number(upstreamPort), noDelay: true, onread });
  const kept: Kept = { socket, read: () => {} };
  return kept;
}

/** Returns the fields of a response as HTTP/2 has them. */
function responseFields(head: string): string[] {
  const [statusLine = '', ...lines] = head.split('\r\n');
  const fields = [':status', statusLine.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (name !== 'connection') fields.push(name, line.slice(colon + 1).trim());
  }
  return [...fields, 'via', '1.1 bare'];
}

const tls = { cert: readFileSync(chain), key: readFileSync(privateKey), ALPNProtocols: ['h2'] };
createServer(tls, (client) => {
  const session = performServerHandshake(client);
  session.on('error', () => client.destroy());
  session.on('stream', (stream, headers) => {
    const kept = idle.pop() ?? connected();
    let rest: number | undefined;
    kept.read = (bytes) => {
      let body = bytes;
      if (rest === undefined) {
        const text = bytes.latin1Slice();
        const end = text.indexOf(endOfHead);
        const fields = responseFields(text.slice(0, end));
        rest = Number(fields[fields.indexOf('content-length') + 1]);
        body = bytes.subarray(end + endOfHead.length);
        if (!stream.destroyed) stream.respond(fields);
      }
      rest -= body.length;
      if (!stream.destroyed) {
        const part = body.latin1Slice();
        if (rest === 0) stream.end(part, 'latin1');
        else stream.write(part, 'latin1');
      }
      if (rest === 0) idle.push(kept);
    };
    stream.on('error', () => stream.destroy());
    const authority = String(headers[':authority']);
    kept.socket.write(
      `GET ${String(headers[':path'])} HTTP/1.1\r\nHost: ${authority}\r\n` +
        `X-Forwarded-For: ${host}\r\nX-Forwarded-Proto: https\r\n` +
        `X-Forwarded-Host: ${authority}\r\nVia: 2 bare\r\n\r\n`,
      'latin1',
    );
  });
}).listen(Number(port), host);
