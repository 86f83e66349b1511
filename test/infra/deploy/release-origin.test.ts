import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { releaseOrigin } from '../../../infra/deploy/release-origin.ts';
import { perchVersion } from '../../../infra/shell/perch-version.ts';

const commit = 'c'.repeat(40);
const root = import.meta.dirname;

test('GitHub Actions and GitLab CI name the commit, the user and the run', async () => {
  const github = {
    GITHUB_SHA: commit,
    GITHUB_ACTOR: 'ada',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'shop/shop',
    GITHUB_RUN_ID: '17',
    GITHUB_RUN_ATTEMPT: '2',
  };
  expect(await releaseOrigin(root, github)).toEqual({
    commit,
    by: 'ada',
    host: hostname(),
    run: 'https://github.com/shop/shop/actions/runs/17/attempts/2',
    perch: perchVersion(),
  });
  const run = 'https://gitlab.com/shop/shop/-/jobs/17';
  const gitlab = { CI_COMMIT_SHA: commit, GITLAB_USER_LOGIN: 'ada', CI_JOB_URL: run };
  expect(await releaseOrigin(root, gitlab)).toMatchObject({ commit, by: 'ada', run });
});

test('elsewhere the commit is that of the working directory, and the user that of the machine', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perch-origin-'));
  const identity = ['-c', 'user.name=ada', '-c', 'user.email=ada@shop.internal'];
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-C', folder, ...identity, ...words], { encoding: 'utf8' }).trim();
  git('init', '--quiet');
  git('commit', '--quiet', '--allow-empty', '--message', 'one');
  writeFileSync(join(folder, 'Pulumi.prod.yaml'), 'config: {}');
  const source = await releaseOrigin(folder, {});
  expect(source.commit).toBe(git('rev-parse', 'HEAD'));
  expect(source.by).toMatch(new RegExp(`^\\S+@${hostname()}$`));
  expect(source.run).toBeUndefined();
  expect((await releaseOrigin(tmpdir(), {})).commit).toBeUndefined();

  // What is built now is of no commit.
  writeFileSync(join(folder, 'app.js'), '1');
  expect((await releaseOrigin(folder, {})).commit).toBeUndefined();
  rmSync(folder, { recursive: true });
});
