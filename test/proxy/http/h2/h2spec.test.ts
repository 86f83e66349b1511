import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { answering, startGateway, type UpstreamBehaviour } from '../support/gateway.ts';
import { unless, whyNoProgram } from '../../../support/skip.ts';

const options = { ...unless(whyNoProgram('h2spec')), timeout: 240_000 };

test('h2spec finds no fault', options, async () => {
  const response = 'HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\nhello from the upstream\n';
  const report = await reportOn(answering(response));
  expect(report).toMatch(/\d{3} tests, \d+ passed, 0 skipped/);
  const own = failuresIn(report);
  if (own.length === 0) return;
  // A response that ends before h2spec has sent its next frame closes the stream that the case is about.
  const again = await reportOn(() => {}, own);
  expect(again).toContain(`${own.length} test`);
  expect(failuresIn(again)).toEqual([]);
});

test('h2spec finds no fault on a stream that waits for its response', options, async () => {
  const report = await reportOn(() => {}, ['http2/5.1/5', 'http2/5.1/6']);
  expect(report).toMatch(/2 tests, 2 passed, 0 skipped/);
});

/** @param cases default: all of them. */
async function reportOn(
  upstream: UpstreamBehaviour,
  cases: readonly string[] = [],
): Promise<string> {
  await using gateway = await startGateway({ upstreams: [upstream], http2: true });
  const port = String(gateway.port);
  return await run(['--host', '127.0.0.1', '--port', port, '--timeout', '1', ...cases]);
}

/** Runs h2spec, which exits with 1 if a case fails. @returns what it prints. */
async function run(words: readonly string[]): Promise<string> {
  return await new Promise((resolve) => {
    execFile('h2spec', words, (_, stdout) => resolve(stdout));
  });
}

/** Sections and numbers of the failed cases: each case stands under the heading of its section. */
function failuresIn(report: string): string[] {
  const failures: string[] = [];
  let suite = '';
  let section = '';
  for (const line of report.slice(report.indexOf('Failures:')).split('\n')) {
    if (line.startsWith('Hypertext Transfer Protocol')) suite = 'http2';
    else if (line.startsWith('HPACK')) suite = 'hpack';
    else if (line.startsWith('Generic')) suite = 'generic';
    const heading = /^\s+(\d+(?:\.\d+)*)\. /.exec(line);
    if (heading?.[1] !== undefined) section = heading[1];
    const failed = /^\s+× (\d+): /.exec(line);
    if (failed?.[1] !== undefined) failures.push(`${suite}/${section}/${failed[1]}`);
  }
  return failures;
}
