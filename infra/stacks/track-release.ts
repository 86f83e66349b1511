/** The releases that the tracks of a stack run, and their records. */
import * as pulumi from '@pulumi/pulumi';
import type { Track } from '../../runtime/contract/names.ts';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import type { HostImage } from '../images/host-image.ts';
import { shortDigest } from '../images/image.ts';
import type { PullLogin } from '../images/pull-script.ts';
import type { ReleaseImages } from '../images/release-images.ts';
import type { Control } from '../release/control.ts';
import { recordedRelease } from '../release/recorded-release.ts';
import type { App } from '../services/app.ts';
import { canaryOnHosts } from './pulls.ts';

/** Images and version of the release of one track. */
export type TrackImages = Pick<ReleaseImages, 'app' | 'runtime' | 'version'>;

/** Release that the members of one track run. */
export interface TrackRelease {
  readonly images: TrackImages;
  readonly image: HostImage;
}

/**
 * The canary's release in a stack with both tracks: that of `canaryImage`, or else the stable members'.
 * @param stable the stable members' release.
 */
export function canaryRelease(
  { canaryImage }: StackConfig,
  stable: TrackRelease,
  pulls: {
    readonly hosts: readonly Host[];
    readonly logins: pulumi.Output<readonly PullLogin[]>;
  },
): TrackRelease {
  if (canaryImage === undefined) return stable;
  const app = pulumi.output(canaryImage);
  return {
    images: { ...stable.images, app, version: pulumi.output(shortDigest(canaryImage)) },
    image: canaryOnHosts({ ...pulls, reference: app }),
  };
}

export interface RecordArgs {
  readonly images: TrackImages;
  readonly control: Control;
  readonly members: App;
}

/** Records the release of a track once its members serve. */
export function recordRelease(track: Track, { images, control, members }: RecordArgs): void {
  recordedRelease(`${track}-release`, {
    control,
    track,
    version: images.version,
    image: images.app,
    runtimeImage: images.runtime,
    after: [members],
  });
}

/** Records the canary's release in a stack with both tracks, if it is another than the stable one. */
export function recordCanary({ canaryImage }: StackConfig, args: RecordArgs): void {
  if (canaryImage !== undefined) recordRelease('canary', args);
}
