import * as pulumi from '@pulumi/pulumi';
import { z } from 'zod';

const schema = z.object({ generation: z.int() });

/** @param stdout what a `perch` command printed that changed the release, with `--json`. */
export function generationIn(stdout: string): number {
  return schema.parse(JSON.parse(stdout)).generation;
}

/** The newest of them. */
export function newest(generations: readonly pulumi.Input<number>[]): pulumi.Output<number> {
  return pulumi.all([...generations]).apply((numbers) => Math.max(...numbers));
}
