/** Engine in a process of its own, whose memory is measured. Argument: the upstream's port. */
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
  limits: { connectionsPerAddress: 20_000, idleOriginTimeoutMs: 500 },
});
const { port } = await server.listen({ host: '127.0.0.1', port: 0 });

process.on('message', () => {
  globalThis.gc?.();
  const { connections } = server.stats;
  const resources = process.getActiveResourcesInfo();
  const sockets = resources.filter((resource) => resource === 'TCPSocketWrap').length;
  process.send?.({ port, rssBytes: process.memoryUsage.rss(), connections, sockets });
});
process.on('disconnect', () => process.exit());
process.send?.({ port });
