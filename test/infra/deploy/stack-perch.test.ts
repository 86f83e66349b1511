import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { expect, test, vi } from 'vitest';
import { StackPerch } from '../../../infra/deploy/stack-perch.ts';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';

test('a stack whose first update failed has no monitor, and nothing is run on this machine instead', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perch-stack-perch-'));
  try {
    const programs = new StandInPrograms(join(folder, 'bin'));
    const ran = join(folder, 'ran');
    programs.add('pulumi', "echo '{}'");
    programs.add('docker', `touch '${ran}'`);
    vi.stubEnv('PATH', `${programs.folder}${delimiter}${process.env['PATH']}`);
    const stack: Pick<Stack, 'name'> = { name: 'prod' };
    await expect(new StackPerch(stack as Stack).run(['status'])).rejects.toThrow(
      /^no update of stack prod has succeeded yet, so it has no known monitor$/,
    );
    expect(existsSync(ran)).toBe(false);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  }
});
