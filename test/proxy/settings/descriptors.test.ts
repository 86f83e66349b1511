import { pino } from 'pino';
import { expect, test } from 'vitest';
import { mostDescriptors, withinDescriptors } from '../../../runtime/proxy/settings/descriptors.ts';
import { proxySettings } from '../../../runtime/proxy/settings/settings.ts';
import { startProxy } from '../../support/processes/proxy-process.ts';
import { DocumentFile } from '../../support/document-file.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { unless, whyNoLinux } from '../../support/skip.ts';

const silent = pino({ level: 'silent' });
const settingsWith = (...limit: string[]) =>
  proxySettings({ document: '/release.json', limit, listen: '127.0.0.1:0' }, {});

test('settings that fit stay as they are', () => {
  const settings = settingsWith('connections=1000');
  expect(withinDescriptors(settings, 2_200, silent)).toBe(settings);
  expect(withinDescriptors(settings, undefined, silent)).toBe(settings);
});

test('a limit that was given must fit', () => {
  expect(() => withinDescriptors(settingsWith('connections=1000'), 2_199, silent)).toThrow(
    '--limit connections=1000 needs 2200 open files for each worker, and a process may have 2199 here',
  );
});

test('the default is lowered to what fits', () => {
  expect(withinDescriptors(settingsWith(), 4_200, silent).limits).toEqual({ connections: 2_000 });
});

test('a process that may open next to nothing cannot serve', () => {
  expect(() => withinDescriptors(settingsWith(), 201, silent)).toThrow('needs 40200 open files');
});

test('a proxy on a small limit says so and serves', unless(whyNoLinux()), async () => {
  expect(await mostDescriptors()).toBeGreaterThan(1_000);
  await using file = await DocumentFile.create(releaseDocument());
  await using proxy = await startProxy({
    args: ['--document', file.path, '--workers', '1'],
    through: ['sh', '-c', 'ulimit -n 1000; exec "$@"', 'sh'],
  });
  expect(proxy.log.find(({ openFiles }) => openFiles === 1_000)?.['connections']).toBe(400);
});
