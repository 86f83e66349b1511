import { expect, test } from 'vitest';
import { DocumentFile } from '../../support/document-file.ts';
import { startProxy } from '../../support/proxy-process.ts';
import { roundTrip } from '../../support/raw-client.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { until } from '../../support/until.ts';

test('each refusal is counted by its cause and can be logged, with nothing that the client sent', async () => {
  await using file = await DocumentFile.create(releaseDocument());
  await using proxy = await startProxy({
    args: ['--document', file.path, '--workers', '1', '--log-level', 'debug'],
  });
  const port = Number(proxy.listening.split(':')[1]);
  const request = 'GET /secret-path HTTP/1.1\r\nHost: a\r\nAuthorization: secret-token\0\r\n\r\n';
  expect(await roundTrip(port, request)).toMatch(/^HTTP\/1\.1 400 /);
  await until(() => proxy.log.some(({ msg }) => msg === 'request refused'));
  const line = proxy.log.find(({ msg }) => msg === 'request refused');
  expect(line).toMatchObject({ cause: 'control-byte', remoteAddress: '127.0.0.1' });
  expect(JSON.stringify(proxy.log)).not.toContain('secret-');
  const [counted] = await proxy.metrics('perch_proxy_refusals_total{cause="control-byte"');
  expect(counted).toMatch(/ 1$/);
});
