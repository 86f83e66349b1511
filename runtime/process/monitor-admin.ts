import type { RequestListener } from 'node:http';
import type { Monitor } from '../monitor/monitor.ts';

type Subject = Pick<Monitor, 'leads' | 'isSampling'> & {
  readonly metrics: Pick<Monitor['metrics'], 'contentType' | 'text'>;
};

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * The operators' side of the monitor:
 * - `/healthz`: 200 while it looks around, 503 when it has not for a while.
 * - `/readyz`: the same, and JSON that says whether this monitor judges.
 * - `/metrics`: Prometheus' text format.
 */
export function monitorAdmin(monitor: Subject): RequestListener {
  return (request, response) => {
    void answerTo(request.method ?? '', request.url ?? '', monitor).then(
      ({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : body);
      },
    );
  };
}

async function answerTo(method: string, target: string, monitor: Subject): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return line(405, 'only GET and HEAD');
  const { leads, isSampling, metrics } = monitor;
  switch (URL.parse(target, 'http://admin')?.pathname ?? '') {
    case '/healthz':
    case '/readyz': {
      const body = `${JSON.stringify({ looksAround: isSampling, leads })}\n`;
      return { status: isSampling ? 200 : 503, type: 'application/json', body };
    }
    case '/metrics':
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    default:
      return line(404, 'there are /healthz, /readyz and /metrics');
  }
}

function line(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` };
}
