import type { RequestListener } from 'node:http';
import type { Monitor } from '../monitor/monitor.ts';

/**
 * The operators' side of the monitor:
 * - `/healthz`: 200 while it looks around, 503 when it has not for a while.
 * - `/readyz`: the same, and JSON that says whether this monitor judges.
 */
export function monitorAdmin(monitor: Pick<Monitor, 'leads' | 'looksAround'>): RequestListener {
  return (request, response) => {
    const path = URL.parse(request.url ?? '', 'http://admin')?.pathname;
    if (path !== '/healthz' && path !== '/readyz') {
      response.writeHead(404).end('there are /healthz and /readyz\n');
      return;
    }
    const { leads, looksAround } = monitor;
    response.writeHead(looksAround ? 200 : 503, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    response.end(`${JSON.stringify({ looksAround, leads })}\n`);
  };
}
