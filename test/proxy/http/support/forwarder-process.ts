/**
 * Engine in a process of its own, whose memory is measured. Arguments: the upstream's port, and `http2`
 * if its clients speak HTTP/2.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { HttpServer } from '../../../../runtime/proxy/http/server.ts';

const upstream = { key: 'upstream', host: '127.0.0.1', port: Number(process.argv[2]) };
const none: readonly string[] = [];
const server = new HttpServer({
  handler: {
    route: () => ({
      upstream,
      responseFields: () => none,
      retry: () => undefined,
      done: () => {},
      closed: () => {},
    }),
  },
  // A busy machine must not make it connect to the upstream once more.
  limits: { connectionsPerAddress: 20_000, idleOriginTimeoutMs: 500, connectTimeoutMs: 60_000 },
});
const http2 = process.argv[3] === 'http2';
const { port } = await server.listen({ host: '127.0.0.1', port: 0, http2 });

/** Most memory that the process ever had since {@link forgetPeak} (proc_pid_status(5)), bytes. */
function peakBytes(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return 1_024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN);
}

function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

process.on('message', (command) => {
  const peak = command === 'weigh' ? undefined : peakBytes();
  globalThis.gc?.({ type: command === 'weigh-briefly' ? 'minor' : 'major', execution: 'sync' });
  if (command === 'forget-peak') forgetPeak();
  const { connections } = server.stats;
  const resources = process.getActiveResourcesInfo();
  const sockets = resources.filter((resource) => resource === 'TCPSocketWrap').length;
  process.send?.({
    port,
    rssBytes: process.memoryUsage.rss(),
    heapBytes: process.memoryUsage().heapUsed,
    peakBytes: peak,
    connections,
    sockets,
  });
});
process.on('disconnect', () => process.exit());
process.send?.({ port });
