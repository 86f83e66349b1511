import { once } from 'node:events';
import { connect } from 'node:net';

/** Arguments: port, connections, seconds. Prints a LoadResult as JSON. */
const [port = 0, connections = 0, seconds = 0] = process.argv.slice(2).map(Number);

/** Masked text frame of 64 bytes of payload. */
const frame = Buffer.concat([Buffer.from([0x81, 0x80 | 64, 1, 2, 3, 4]), Buffer.alloc(64, 'a')]);
const latencies: number[] = [];
const endsAt = performance.now() + seconds * 1_000;

await Promise.all(Array.from({ length: connections }, () => echo()));
latencies.sort((a, b) => a - b);
const at = (share: number) => latencies[Math.trunc(latencies.length * share)] ?? 0;
const requests = latencies.length;
const result = { requests, perSecond: requests / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
console.log(JSON.stringify({ ...result, failures: 0 }));

async function echo(): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.write(
    'GET / HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  let head = '';
  while (!head.includes('\r\n\r\n')) head += String(await once(socket, 'data'));
  if (!head.startsWith('HTTP/1.1 101')) throw new Error(head);
  let waiting = frame.length;
  let sentAt = performance.now();
  socket.write(frame);
  socket.on('data', (bytes: Buffer) => {
    waiting -= bytes.length;
    if (waiting > 0) return;
    const now = performance.now();
    latencies.push(now - sentAt);
    if (now > endsAt) {
      socket.end();
      return;
    }
    waiting = frame.length;
    sentAt = now;
    socket.write(frame);
  });
  await once(socket, 'close');
}
