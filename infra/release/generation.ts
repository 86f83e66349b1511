import * as pulumi from '@pulumi/pulumi';
import { z } from 'zod';
import { whenMade } from '../shell/when-made.ts';

const schema = z.object({ generation: z.int() });

/**
 * @param stdout JSON that a `perch` command printed after it changed the release document. Undefined if
 * an update with targets left the command out; the generation is then 0.
 */
export function generationIn(stdout: string | undefined): number {
  if (stdout === undefined) return 0;
  return schema.parse(JSON.parse(stdout)).generation;
}

/** Newest of `generations`. */
export function newest(generations: readonly pulumi.Input<number>[]): pulumi.Output<number> {
  return whenMade(pulumi.all([...generations]), (numbers) => Math.max(...numbers));
}
