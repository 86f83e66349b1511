import type { Stack } from '@pulumi/pulumi/automation/index.js';
import type { Track } from '../../runtime/contract/names.ts';
import type { ReleaseAction } from '../../runtime/contract/release-record.ts';
import type { Cancellation } from './cancellation.ts';
import type { ConfigValues } from './config-values.ts';
import type { ReleaseStatus } from './release-health.ts';
import type { KnownRelease } from './release-log.ts';
import type { StackPerch } from './stack-perch.ts';

/** Release to deploy in place of the one that the stack's file names. */
export interface ChosenRelease {
  readonly action: ReleaseAction;
  /** Track whose release it is. Default: the stack's own. */
  readonly track?: Track;
  /** Images and version, as far as they are known before the update. */
  readonly known: KnownRelease;
  /** Configuration in place of that of the stack's file. */
  readonly values: ConfigValues;
  /** True if it was built for an earlier release, whose record has its commit. */
  readonly isRecorded?: boolean;
  /** True if the stack had no canary before, so that the way back leaves it none. Default: it may have. */
  readonly hadNoCanary?: boolean;
}

export interface DeploymentOptions {
  /** Seconds for which the release is watched after the update. Undefined: its rollout is followed instead. */
  readonly verifySeconds: number | undefined;
  readonly cancellation: Cancellation;
  /** Default: what the stack's file names. */
  readonly release?: ChosenRelease;
  /** Stacks whose hosts may have the images of the release. Default: none. */
  readonly imageSources?: readonly Stack[];
  /** Returns the reason for which the release is not yet as it must become. Default: none. */
  readonly expected?: ((status: ReleaseStatus) => string | undefined) | undefined;
  /** `perch` of the stack, which was just made ready for this update. Default: it is made ready first. */
  readonly ready?: StackPerch;
}
