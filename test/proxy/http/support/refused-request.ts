import { expect } from 'vitest';
import { refusals, type RefusalCause } from '../../../../runtime/proxy/http/message/refusal.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { everyWay } from './deliveries.ts';
import { Forwarder } from './forwarder.ts';
import { RawUpstream } from './raw-upstream.ts';

/** Refused request, described by what it comes with. */
export type RefusedRequest = readonly [fault: string, cause: RefusalCause, request: string];

/** Limits that the requests of the tests exceed by little. */
export const testLimits = { targetBytes: 200, headBytes: 600, headFields: 8, bodyBytes: 1_000 };

/** Returns a request that is valid except for the given lines. */
export const get = (...lines: string[]) =>
  ['GET / HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n');
export const post = (...lines: string[]) =>
  ['POST / HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n');

/** Expects a request to be refused however it arrives, before the upstream is connected to. */
export async function expectRefusedHead(cause: RefusalCause, request: string): Promise<void> {
  await using upstream = await RawUpstream.start();
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port], limits: testLimits });
  let times = 0;
  await everyWay(request, async (parts) => {
    times += 1;
    await expectRefusal(forwarder, parts, cause);
  });
  expect(new Set(forwarder.refusals)).toEqual(new Set([cause]));
  expect(forwarder.refusals).toHaveLength(times);
  expect(upstream.connections).toEqual([]);
}

/** Sends a request in parts and expects its refusal, and nothing after it. */
export async function expectRefusal(
  { port }: Forwarder,
  parts: readonly (string | Buffer)[],
  cause: RefusalCause,
): Promise<void> {
  using client = await RawClient.connect(port);
  await client.send(...parts);
  expect((await client.response()).status).toBe(refusals[cause][0]);
  await client.untilEnd();
  expect(client.text).toBe('');
}
