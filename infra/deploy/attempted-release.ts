/** Release that an update tried to bring about, as far as it got to know it. Pure. */
import type { ConfigMap } from '@pulumi/pulumi/automation/index.js';
import { z } from 'zod';
import { nameOf } from '../recovery/exported-state.ts';
import type { LastGood } from './last-good.ts';

const stateSchema = z.object({
  resources: z
    .array(
      z.object({
        urn: z.string(),
        type: z.string(),
        outputs: z
          .object({ repoDigest: z.string().optional(), stdout: z.string().optional() })
          .optional(),
      }),
    )
    .default([]),
});

export interface AttemptedRelease {
  readonly image?: string;
  readonly version?: string;
}

export interface FailedUpdate {
  readonly config: ConfigMap;
  /** The stack's exported `deployment` after the update. */
  readonly deployment: unknown;
  /** The release before the update. Undefined: none. */
  readonly before: LastGood | undefined;
}

/**
 * Returns image and version of a release whose update failed, so that the stack's outputs do not have
 * it: of the configured image, or of the one that the update built. A build that failed leaves the
 * image of the release before in the state.
 */
export function attemptedRelease({ config, deployment, before }: FailedUpdate): AttemptedRelease {
  const value = (key: string) => config[`perch:${key}`]?.value || undefined;
  const built = builtImage(deployment);
  const image = value('image') ?? (built === before?.image ? undefined : built);
  const version = value('version') ?? image?.split('sha256:').at(-1)?.slice(0, 12);
  return { ...(image !== undefined && { image }), ...(version !== undefined && { version }) };
}

function builtImage(deployment: unknown): string | undefined {
  const { resources } = stateSchema.parse(deployment ?? {});
  const outputsOf = (type: string, name: string) =>
    resources.find((resource) => resource.type === type && nameOf(resource) === name)?.outputs;
  // Without a registry, the hosts know the image by another name than the engine that built it.
  return (
    outputsOf('command:local:Command', 'app-reference')?.stdout ??
    outputsOf('docker:index/image:Image', 'app')?.repoDigest
  );
}
