import { expect, test } from 'vitest';
import { schema } from '../../infra/config/schema.ts';
import { ruleKeys } from '../../runtime/contract/rule-defaults.ts';
import { didYouMean, suggestName } from '../../runtime/contract/suggest-name.ts';
import { monitorConfigSchema } from '../../runtime/monitor/config.ts';

const stackKeys = Object.keys(schema);
const monitorKeys = Object.keys(monitorConfigSchema.shape);

test.each([
  ['hostDiskPrecent', 'hostDiskPercent'],
  ['hostDsk', 'hostDiskPercent'],
  ['hostCpu', 'hostCpuPercent'],
  ['containerMemMb', 'containerMemoryMb'],
  ['costum', 'custom'],
])('the suggestion for %s is %s', (given, name) => {
  expect(suggestName(given, ruleKeys)).toBe(name);
});

test.each(['replicas', 'port', 'x', ''])(
  'no name is suggested for %j, which is near none',
  (given) => {
    expect(suggestName(given, ruleKeys)).toBeUndefined();
    expect(didYouMean(given, ruleKeys)).toBe('');
  },
);

test.each([
  ['dns', 'dnsZone'],
  ['rol', 'role'],
  ['roel', 'role'],
  ['tgas', 'tags'],
  ['regoin', 'region'],
  ['htpPort', 'httpPort'],
])("the suggestion for %s among a stack's keys is %s", (given, name) => {
  expect(suggestName(given, stackKeys)).toBe(name);
});

test.each(['ssl', 'port'])("no key of a stack's configuration is near %s", (given) => {
  expect(suggestName(given, stackKeys)).toBeUndefined();
});

test.each([
  ['smss', 'sms'],
  ['ruels', 'rules'],
  ['lnik', 'link'],
])("the suggestion for %s among the monitor's keys is %s", (given, name) => {
  expect(suggestName(given, monitorKeys)).toBe(name);
});

test.each(['tls', 'dns', 'ssl', 'role'])(
  "no key of the monitor's configuration is near %s",
  (given) => {
    expect(suggestName(given, monitorKeys)).toBeUndefined();
  },
);

test('letters that changed places are one error, also in a short name', () => {
  expect(suggestName('prot', ['port', 'weight'])).toBe('port');
  expect(suggestName('nmae', ['name', 'version'])).toBe('name');
  expect(suggestName('prt', ['port'])).toBe('port');
  expect(suggestName('pxrt', ['part', 'port'])).toBe('part');
});
