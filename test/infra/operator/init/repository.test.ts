import { expect, test } from 'vitest';
import { readRepository } from '../../../../infra/operator/init/repository/repository.ts';
import { Application } from './support/application.ts';

/** The branch that goes to prod, in a repository with a commit whose last branch is checked out. */
async function branchOf(branches: readonly string[], remoteHead?: string): Promise<string> {
  using application = new Application();
  application.git('init', '--quiet', '--initial-branch=first');
  const person = ['-c', 'user.name=a', '-c', 'user.email=a@perch.internal'];
  application.git(...person, 'commit', '--quiet', '--allow-empty', '--message=first');
  for (const branch of branches) application.git('checkout', '--quiet', '-b', branch);
  application.git('branch', '--quiet', '-D', 'first');
  if (remoteHead !== undefined) {
    const head = `refs/remotes/origin/${remoteHead}`;
    application.git('update-ref', head, 'HEAD');
    application.git('symbolic-ref', 'refs/remotes/origin/HEAD', head);
  }
  const { branch } = await readRepository(application.folder);
  return branch;
}

test('the branch of a feature does not go to prod while there is a main or master', async () => {
  expect(await branchOf(['main', 'add-perch'])).toBe('main');
  expect(await branchOf(['master', 'add-perch'])).toBe('master');
  expect(await branchOf(['trunk'])).toBe('trunk');
});

test("the remote's default branch goes to prod, unless it is develop beside a main or master", async () => {
  expect(await branchOf(['main', 'add-perch'], 'trunk')).toBe('trunk');
  expect(await branchOf(['master', 'add-perch'], 'develop')).toBe('master');
  expect(await branchOf(['add-perch'], 'develop')).toBe('develop');
});
