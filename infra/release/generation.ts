import * as pulumi from '@pulumi/pulumi';
import { z } from 'zod';
import { whenMade } from '../shell/when-made.ts';

const schema = z.object({ generation: z.int() });

/** @param stdout JSON that a `perch` command printed after it changed the release document. */
export function generationIn(stdout: string): number {
  return schema.parse(JSON.parse(stdout)).generation;
}

/** Newest of `generations`. */
export function newest(generations: readonly pulumi.Input<number>[]): pulumi.Output<number> {
  return whenMade(pulumi.all([...generations]), (numbers) => Math.max(...numbers));
}
