import { hostname, tmpdir } from 'node:os';
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
  const source = await releaseOrigin(root, {});
  expect(source.commit).toMatch(/^[0-9a-f]{40}$/);
  expect(source.by).toMatch(new RegExp(`^\\S+@${hostname()}$`));
  expect(source.run).toBeUndefined();
  expect((await releaseOrigin(tmpdir(), {})).commit).toBeUndefined();
});
