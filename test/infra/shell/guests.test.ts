import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requireNoGuests } from '../../../infra/shell/guests.ts';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';

let programs: StandInPrograms;

beforeEach(() => {
  programs = new StandInPrograms(mkdtempSync(join(tmpdir(), 'perch-guests-')));
});
afterEach(() => rmSync(programs.folder, { recursive: true }));

/** Runs the script where the monitor lists these routes and services. */
function requireNone(routes: string, services = list('services')) {
  const command = `case "$4" in route) ${routes};; service) ${services};; esac`;
  programs.add('docker', `case "$1" in ps) echo monitor;; exec) ${command};; esac`);
  const path = `${programs.folder}:/usr/bin:/bin`;
  const run = spawnSync('/bin/sh', ['-c', requireNoGuests('shop')], {
    encoding: 'utf8',
    env: { PATH: path },
  });
  return { status: run.status, stderr: run.stderr.trim() };
}

function list(key: 'routes' | 'services', ...services: readonly string[]): string {
  const all = services.map((service) => ({ service, hosts: [`${service}.perch.internal`] }));
  return `echo '${JSON.stringify({ generation: 3, [key]: all })}'`;
}

test('a stack without guests may be destroyed', () => {
  expect(requireNone(list('routes', 'shop'))).toEqual({ status: 0, stderr: '' });
  expect(requireNone(list('routes')).status).toBe(0);
});

test('a stack with guests may not be destroyed, and the script names them', () => {
  expect(requireNone(list('routes', 'wiki', 'shop', 'blog'))).toEqual({
    status: 1,
    stderr:
      'service shop must have no guests before its hosts are destroyed; destroy their stacks first: blog wiki',
  });
});

test('a guest whose route is gone is one still', () => {
  const { stderr } = requireNone(list('routes', 'shop', 'wiki'), list('services', 'wiki', 'blog'));
  expect(stderr).toContain('destroy their stacks first: blog wiki');
});

test('a stack may not be destroyed if nobody can say whether it has guests', () => {
  expect(requireNone('echo "redis does not answer" >&2; exit 3')).toEqual({
    status: 1,
    stderr: 'redis does not answer',
  });
});
