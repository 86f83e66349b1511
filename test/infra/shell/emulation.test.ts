import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { missingEmulation } from '../../../infra/shell/emulation.ts';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perch-binfmt-'));
  const programs = new StandInPrograms(join(folder, 'bin'));
  programs.add('docker', 'echo amd64');
  vi.stubEnv('PATH', programs.folder);
  vi.stubEnv('DOCKER_HOST', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('an engine lacks what neither its own processor nor a handler runs', async () => {
  writeFileSync(join(folder, 'status'), 'enabled');
  expect(await missingEmulation(['amd64', 'arm64'], folder)).toEqual(['arm64']);
  writeFileSync(join(folder, 'qemu-aarch64'), 'enabled');
  expect(await missingEmulation(['amd64', 'arm64'], folder)).toEqual([]);
});

test('nothing is said of an engine whose handlers are not known', async () => {
  expect(await missingEmulation(['arm64'], folder)).toEqual([]);
  writeFileSync(join(folder, 'status'), 'enabled');
  vi.stubEnv('DOCKER_HOST', 'ssh://builder');
  expect(await missingEmulation(['arm64'], folder)).toEqual([]);
});
