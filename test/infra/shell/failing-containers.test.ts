import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  failingContainers,
  parseFailingContainers,
} from '../../../infra/shell/failing-containers.ts';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';

let programs: StandInPrograms;
beforeEach(() => {
  programs = new StandInPrograms(mkdtempSync(join(tmpdir(), 'perch-failing-')));
  programs.add(
    'docker',
    `case "$1 $4" in
  'ps label=perch.service=shop')
    echo '1a stable-0-11 member=stable-0-aa Up 5 minutes (healthy)'
    echo '2b stable-1-22 member=stable-1-bb Restarting (1) 3 seconds ago'
    echo '3c canary-0-33 member=canary-0-cc Up 2 minutes (healthy)'
    echo '5e stable-worker-mail-0 member= Up 5 minutes'
    echo '6f stable-worker-mail-1 member= Exited (1) 3 seconds ago'
    echo '4d proxy-one member= Up 4 seconds (health: starting)';;
  *) echo "log of $4"; echo 'stable-0-11 looks like a heading' >&2;;
esac`,
  );
});
afterEach(() => rmSync(programs.folder, { recursive: true }));

function found(members: readonly string[]) {
  const printed = execFileSync('sh', ['-c', failingContainers('shop', members)], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${programs.folder}:${process.env['PATH']}` },
  });
  return parseFailingContainers(printed);
}

test('containers that are not healthy are found with their logs', () => {
  expect(found([])).toEqual([
    {
      name: 'stable-1-22',
      status: 'Restarting (1) 3 seconds ago',
      lines: ['log of 2b', 'stable-0-11 looks like a heading'],
    },
    {
      name: 'stable-worker-mail-1',
      status: 'Exited (1) 3 seconds ago',
      lines: ['log of 6f', 'stable-0-11 looks like a heading'],
    },
    {
      name: 'proxy-one',
      status: 'Up 4 seconds (health: starting)',
      lines: ['log of 4d', 'stable-0-11 looks like a heading'],
    },
  ]);
});

test("an ejected member's container is found although it is healthy", () => {
  expect(found(['canary-0-cc']).map(({ name }) => name)).toEqual([
    'stable-1-22',
    'canary-0-33',
    'stable-worker-mail-1',
    'proxy-one',
  ]);
});

test('a service whose containers are all healthy has none', () => {
  programs.add('docker');
  expect(found([])).toEqual([]);
});
