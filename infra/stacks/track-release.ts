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
import type { PartOptions } from '../shell/part-options.ts';
import { whenMade } from '../shell/when-made.ts';
import { canaryOnHosts } from './pulls.ts';

/** Images and version of the release of one track. */
export type TrackImages = Pick<ReleaseImages, 'app' | 'runtime' | 'version'>;

/** Release that the members of one track run. */
export interface TrackRelease {
  readonly images: TrackImages;
  readonly image: HostImage;
}

/** Release of the stable members in a stack with both tracks, with the canary's image if it has its own. */
export interface StableTrack extends TrackRelease {
  readonly images: ReleaseImages;
}

/**
 * The canary's release in a stack with both tracks: that of `canaryImage`, or else the stable members'.
 * @param stable the stable members' release.
 */
export function canaryRelease(
  { canaryVersion }: StackConfig,
  stable: StableTrack,
  pulls: {
    readonly hosts: readonly Host[];
    readonly logins: pulumi.Output<readonly PullLogin[]>;
    readonly opts: PartOptions;
  },
): TrackRelease {
  const { canary: app } = stable.images;
  if (app === undefined) return stable;
  const version =
    canaryVersion === undefined ? whenMade(app, shortDigest) : pulumi.output(canaryVersion);
  return {
    images: { ...stable.images, app, version },
    image: canaryOnHosts({ ...pulls, reference: app }),
  };
}

export interface RecordArgs {
  readonly images: TrackImages;
  readonly control: Control;
  readonly members: App;
  readonly opts: PartOptions;
}

/** Records the release of a track once its members serve. */
export function recordRelease(track: Track, { images, control, members, opts }: RecordArgs): void {
  const { version, app: image, runtime: runtimeImage } = images;
  const release = { control, track, version, image, runtimeImage, after: [members] };
  recordedRelease(`${track}-release`, release, opts);
}
