import type * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/stack-config.ts';
import type { PullLogin } from '../images/pull-script.ts';
import type { ReleaseImages } from '../images/release-images.ts';
import { newest } from '../release/generation.ts';
import { App } from '../services/app.ts';
import { canaryWeight } from '../services/canary-weight.ts';
import type { PartOptions } from '../shell/part-options.ts';
import { guardGuests } from './edge.ts';
import { afterRelease, beforeRelease, makeWorkers, type ReleaseParts } from './hooks.ts';
import { hostsInTurn } from './placement.ts';
import { makeStable, type ProdParts } from './prod.ts';
import { pullLogins } from './pulls.ts';
import { appArgs, shareArgs } from './service-args.ts';
import { canaryRelease, recordRelease, type TrackImages } from './track-release.ts';

/** Reports whether a stack has a canary of its own beside its stable members. */
export function hasBothTracks({ role, canaryImage }: StackConfig): boolean {
  return role === 'local' || (role === 'prod' && canaryImage !== undefined);
}

/** Makes both tracks in one stack. */
export function makeBothTracks(config: StackConfig, opts: PartOptions = {}): ProdParts {
  const prod = makeStable(config, opts);
  const { release: parts, target } = prod;
  const logins = pullLogins(config, target.registry);
  const canary = addCanary(config, { ...prod, parts, logins });
  guardGuests(prod, canary === undefined ? [] : [canary.members]);
  if (canary === undefined) return prod;
  const generation = newest([prod.generation, canary.generation]);
  return { ...prod, generation, canaryImages: canary.images };
}

/** The stable release of a stack that has both tracks. */
export interface StableRelease {
  readonly parts: ReleaseParts;
  readonly images: ReleaseImages;
  /** Created before its members and workers. */
  readonly before: readonly pulumi.Resource[];
  /** Serves the release. */
  readonly serving: readonly pulumi.Resource[];
  readonly logins: pulumi.Output<readonly PullLogin[]>;
}

/** The canary of a stack that has both tracks. */
export interface OwnCanary {
  readonly members: App;
  /** Generation of the release document that has its share. */
  readonly generation: pulumi.Output<number>;
  /** Its release, if that is another than the stable one. */
  readonly images: TrackImages | undefined;
}

/**
 * Adds the canary to the stable members of a stack with both tracks. A canary with an image of its own
 * is a release of its own, with its own hooks; otherwise both tracks are one.
 * @returns undefined if `canaryCount` is 0.
 */
export function addCanary(config: StackConfig, stable: StableRelease): OwnCanary | undefined {
  const { parts, logins } = stable;
  const { hosts, control, opts } = parts;
  if (config.canaryCount === 0) {
    afterRelease(config, parts, stable.serving);
    return undefined;
  }
  const hasOwnImage = stable.images.canary !== undefined;
  const shared = { images: stable.images, image: parts.image };
  const { images, image } = canaryRelease(config, shared, { hosts, logins, opts });
  const release: ReleaseParts = {
    ...parts,
    track: 'canary',
    image,
    version: images.version,
    ...(hasOwnImage && { hookPrefix: 'canary-' }),
  };
  const before = hasOwnImage ? beforeRelease(config, release) : stable.before;
  const members = new App(
    'canary',
    {
      ...appArgs(config, 'canary'),
      ...release,
      hosts: hostsInTurn(hosts, config.canaryCount),
      after: before,
    },
    opts,
  );
  if (hasOwnImage) recordRelease('canary', { images, control, members, opts });
  const serving = [members, ...makeWorkers(config, release, before)];
  if (hasOwnImage) {
    afterRelease(config, parts, stable.serving);
    afterRelease(config, release, serving);
  } else {
    afterRelease(config, parts, [...stable.serving, ...serving]);
  }
  const share = { ...shareArgs(config), control, canary: members };
  const generation = canaryWeight('canary-weight', share, opts);
  return { members, generation, images: hasOwnImage ? images : undefined };
}
