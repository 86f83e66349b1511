import type * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/stack-config.ts';
import type { PullLogin } from '../images/pull-script.ts';
import { App } from '../services/app.ts';
import { afterRelease, beforeRelease, makeWorkers, type ReleaseParts } from './hooks.ts';
import { hostsInTurn } from './placement.ts';
import { appArgs } from './service-args.ts';
import { canaryRelease, recordCanary, type TrackImages } from './track-release.ts';

/** The stable release of a stack that has both tracks. */
export interface StableRelease {
  readonly parts: ReleaseParts;
  readonly images: TrackImages;
  /** Created before its members and workers. */
  readonly before: readonly pulumi.Resource[];
  /** Serves the release. */
  readonly serving: readonly pulumi.Resource[];
  readonly logins: pulumi.Output<readonly PullLogin[]>;
}

/**
 * Adds the canary to the stable members of a stack with both tracks. A canary with an image of its own
 * is a release of its own, with its own hooks; otherwise both tracks are one.
 */
export function addCanary(config: StackConfig, stable: StableRelease): App {
  const { parts, logins } = stable;
  const { hosts, control } = parts;
  const hasOwnImage = config.canaryImage !== undefined;
  const shared = { images: stable.images, image: parts.image };
  const { images, image } = canaryRelease(config, shared, { hosts, logins });
  const release: ReleaseParts = {
    ...parts,
    track: 'canary',
    image,
    version: images.version,
    ...(hasOwnImage && { hookPrefix: 'canary-' }),
  };
  const before = hasOwnImage ? beforeRelease(config, release) : stable.before;
  const canary = new App('canary', {
    ...appArgs(config, 'canary'),
    ...release,
    hosts: hostsInTurn(hosts, config.canaryCount),
    after: before,
  });
  recordCanary(config, { images, control, members: canary });
  const serving = [canary, ...makeWorkers(config, release, before)];
  if (hasOwnImage) {
    afterRelease(config, parts, stable.serving);
    afterRelease(config, release, serving);
  } else {
    afterRelease(config, parts, [...stable.serving, ...serving]);
  }
  return canary;
}
