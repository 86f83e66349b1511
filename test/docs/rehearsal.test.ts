import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scenarios } from '../../rehearsal/scenarios/all-scenarios.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/rehearsal.md'), 'utf8');

test('docs/rehearsal.md lists every scenario, in the order of the help', () => {
  const [, table = ''] = page.split('## Scenarios');
  const [, names = ''] = table.split('what must hold');
  const listed = [...names.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name);
  expect(listed).toEqual(scenarios.map(({ name }) => name));
});

test('docs/rehearsal.md names the scenarios in which members warm up faster', () => {
  const [paragraph = ''] = /.*--warm-up-seconds 5.*/.exec(page) ?? [];
  const faster = scenarios.filter(({ warmUpSeconds }) => warmUpSeconds !== undefined);
  expect(faster.map(({ warmUpSeconds }) => warmUpSeconds)).toEqual(faster.map(() => 5));
  expect(faster.filter(({ name }) => !paragraph.includes(`\`${name}\``))).toEqual([]);
});
