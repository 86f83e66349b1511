import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasSources, whyOtherSources } from '../../../infra/deploy/checkout.ts';

let folder: string;
let commit: string;

function git(...words: readonly string[]): string {
  const user = ['-c', 'user.name=ada', '-c', 'user.email=ada@shop.internal'];
  return execFileSync('git', ['-C', folder, ...user, ...words], { encoding: 'utf8' }).trim();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perch-checkout-'));
  git('init', '--quiet');
  writeFileSync(join(folder, 'app.js'), '1');
  writeFileSync(join(folder, 'Pulumi.prod.yaml'), 'config: {}');
  git('add', '.');
  git('commit', '--quiet', '--message', 'one');
  commit = git('rev-parse', 'HEAD');
});
afterEach(() => rmSync(folder, { recursive: true }));

const why = (buildContext?: string) => whyOtherSources({ folder, buildContext }, commit);

test("the same sources in another commit are a commit's, whatever the stacks' files say", async () => {
  git('commit', '--quiet', '--allow-empty', '--message', 'merge');
  writeFileSync(join(folder, 'Pulumi.prod.yaml'), 'config: {perch:stableCount: 3}');
  expect(await why()).toBeUndefined();
});

test('a changed and an added file are named', async () => {
  writeFileSync(join(folder, 'new.js'), '1');
  expect(await why()).toBe(`new.js is not as in commit ${commit.slice(0, 12)}`);
  writeFileSync(join(folder, 'app.js'), '2');
  expect(await why()).toBe(`app.js is not as in commit ${commit.slice(0, 12)}`);
});

test('sources outside of the repository, and a commit that is not there, are not compared', async () => {
  expect(await why('../shop')).toBe('perch:buildContext ../shop is outside of the repository');
  commit = 'a'.repeat(40);
  expect(await why()).toContain('is not in this clone');
});

test('the sources of an image are checked out if its newest record has their commit', async () => {
  const has = (image: string | undefined) => {
    const records = [
      { image: 'b' },
      { image: 'a', commit },
      { image: 'a', commit: 'a'.repeat(40) },
    ];
    return hasSources({ folder, buildContext: undefined }, records, image);
  };
  expect(await has('a')).toBe(true);
  expect(await has('b')).toBe(false);
  expect(await has(undefined)).toBe(false);
});
