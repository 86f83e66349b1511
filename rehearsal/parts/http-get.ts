import { once } from 'node:events';
import { request } from 'node:http';
import { loopback } from '../loopback.ts';

const timeoutMs = 2_000;

export interface GetResult {
  readonly status: number;
  readonly body: string;
}

/** Sends one GET; undefined without a response in time. */
export async function httpGet(url: string): Promise<GetResult | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    return { status: response.status, body: await response.text() };
  } catch {
    return undefined;
  }
}

/** Reports whether the URL responds with 200. */
export async function isUp(url: string): Promise<boolean> {
  return (await httpGet(url))?.status === 200;
}

/** Status of the answer to a GET that names a host, which no resolver need know. */
export async function statusAt(port: number, hostName: string): Promise<number> {
  const sent = request({
    host: loopback,
    port,
    agent: false,
    headers: { host: `${hostName}:${port}` },
    signal: AbortSignal.timeout(timeoutMs),
  });
  sent.end();
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}
