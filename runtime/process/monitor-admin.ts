import type { RequestListener } from 'node:http';
import type { Monitor } from '../monitor/monitor.ts';
import type { EdgeMonitors } from '../monitor/services/edge-monitors.ts';

type Subject = Pick<Monitor, 'leads' | 'isSampling' | 'failingChannels'> & {
  readonly metrics: Pick<Monitor['metrics'], 'contentType' | 'text'>;
  /** Other services, by name. Default: there are none. */
  readonly services?: EdgeMonitors['services'];
};

interface AdminResponse {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Serves the monitor's endpoints for operators:
 * - `/healthz`: 200 while the monitor samples its host, 503 after 10 s without a sample.
 * - `/readyz`: the same. Both respond with JSON: `looksAround`, `leads` for the leader, and
 *   `failingChannels` with their reasons; `services` has the same of each other service, and why its
 *   configuration is not used. A restart would not mend a channel, so it stays at 200.
 * - `/metrics`: Prometheus' text format.
 */
export function monitorAdmin(monitor: Subject): RequestListener {
  return (request, response) => {
    void respondTo(request.method ?? '', request.url ?? '', monitor).then(
      ({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : body);
      },
    );
  };
}

async function respondTo(method: string, target: string, monitor: Subject): Promise<AdminResponse> {
  if (method !== 'GET' && method !== 'HEAD') return line(405, 'only GET and HEAD');
  const { leads, isSampling, failingChannels, metrics, services = {} } = monitor;
  switch (URL.parse(target, 'http://admin')?.pathname ?? '') {
    case '/healthz':
    case '/readyz': {
      const others = Object.keys(services).length > 0 && { services };
      const health = { looksAround: isSampling, leads, failingChannels, ...others };
      const body = `${JSON.stringify(health)}\n`;
      return { status: isSampling ? 200 : 503, type: 'application/json', body };
    }
    case '/metrics':
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    default:
      return line(404, 'there are /healthz, /readyz and /metrics');
  }
}

function line(status: number, text: string): AdminResponse {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` };
}
