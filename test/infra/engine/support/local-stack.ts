import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine, type Stack } from './engine.ts';

/** Stack file that the repository ships for this machine. */
export const localYaml = readFileSync(
  join(import.meta.dirname, '../../../../Pulumi.local.yaml'),
  'utf8',
);

/** Image of the application by its digest, another one for each character. */
export function digest(character: string): string {
  return `shop@sha256:${character.repeat(64)}`;
}

/** Stack `local` as it is shipped, with an image of the application, on an engine of its own. It is not updated yet. */
export async function startLocalStack(): Promise<{
  readonly engine: Engine;
  readonly stack: Stack;
}> {
  const engine = await Engine.start();
  const stack = await engine.stack('local', localYaml);
  await stack.configure('image', digest('a'));
  return { engine, stack };
}
