import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine, type Stack } from '../infra/engine/support/engine.ts';
import { digest, localYaml } from '../infra/engine/support/local-stack.ts';
import { whyNoLongTest } from '../infra/engine/support/plugins.ts';
import { linkProject } from '../infra/engine/support/project-folder.ts';
import { unless } from '../support/skip.ts';
import { Packed, makeRepository } from './support/packed.ts';

const root = join(import.meta.dirname, '../..');
const program = `import * as perch from 'perch';
const { outputs } = perch.fromConfig();
export default await outputs;
`;

describe('A stack that a clone deployed', unless(whyNoLongTest()), () => {
  let engine: Engine;
  let stack: Stack;

  beforeAll(async () => {
    engine = await Engine.startOn((project) => linkProject(root, project));
    stack = await engine.stack('local', localYaml);
    await stack.configure('image', digest('a'));
    expect(await stack.up()).toSucceed();
    await stack.configure('runtimeImage', String((await stack.outputs())['runtimeImage']));
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test('goes on in a project that has Perch as a package, with the same resources', async () => {
    for (const part of ['infra', 'runtime', 'package.json', 'node_modules', 'Pulumi.yaml']) {
      await rm(join(engine.project, part), { recursive: true });
    }
    await makeRepository(engine.project, program);
    await using packed = await Packed.make();
    await packed.place(engine.project);
    const from = ['--stack', 'organization/perch/local'];
    await stack.must(['stack', 'rename', 'organization/shop/local', ...from]);
    const { ok, operations } = await stack.up();
    expect(ok).toBe(true);
    // The image that is configured now is not built.
    expect(operations.map(({ operation, name }) => `${operation} ${name}`).toSorted()).toEqual([
      'delete runtime',
      'delete runtime-base-0-pull',
    ]);
  });
});
