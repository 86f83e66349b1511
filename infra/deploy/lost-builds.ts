import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { builtImage, noRegistry } from '../config/image-reference.ts';
import { exportState, type EditableState } from '../recovery/editable-state.ts';
import { nameOf, plain, readState } from '../recovery/exported-state.ts';
import { hostsOf } from '../recovery/stack-hosts.ts';
import { architectureOn, isHere, type ImageHost } from '../transfer/engine.ts';
import { builtTag, builtTags, isSentImage } from '../transfer/sent-image.ts';

/** An image that the stack built for hosts that get it by ssh. */
interface RecordedBuild {
  /** Name of its component: `app` or `runtime`. */
  readonly name: string;
  /** Name by which the hosts know it. */
  readonly reference: string;
  /** URNs of its builds, one for each architecture. */
  readonly urns: readonly string[];
}

/** Builds whose images hosts get by ssh, as the state records them. Pure. */
function recordedBuilds({ deployment: { resources } }: EditableState): RecordedBuild[] {
  return resources.flatMap((resource) => {
    const reference = plain(resource.outputs?.['stdout']);
    const [, name] = /^(.+)-reference$/.exec(nameOf(resource)) ?? [];
    if (name === undefined || typeof reference !== 'string' || !isSentImage(reference)) return [];
    const urns = resources
      .filter(
        ({ type, parent, delete: isPending }) =>
          type === 'docker:index/image:Image' && parent === resource.parent && isPending !== true,
      )
      .map(({ urn }) => urn);
    return resource.delete === true ? [] : [{ name, reference, urns }];
  });
}

export interface LostBuildsArgs {
  readonly stack: Stack;
  /** Value of a configuration key in the update. */
  readonly value: (key: string) => unknown;
  /** Prints one line. */
  readonly say: (line: string) => void;
}

/**
 * Finds builds whose image no engine has: another machine built it, and did not bring it to the hosts.
 * Pulumi does not build again what has not changed, so no update would bring it there.
 * @returns URNs to replace.
 */
export async function lostBuilds({ stack, value, say }: LostBuildsArgs): Promise<string[]> {
  if (value('registry') !== noRegistry && !value('hostStack')) return [];
  const state = await exportState(stack.name);
  const builds = recordedBuilds(state).filter(({ name }) => isBuilt(name, value));
  if (builds.length === 0) return [];
  const hosts = hostsOf(readState(state.deployment)).flatMap(({ name, address }) =>
    address === undefined ? [] : [{ name, address }],
  );
  const lost = await Promise.all(
    builds.map(async (build) => ((await isKept(build, hosts)) ? [] : build.urns)),
  );
  if (lost.flat().length > 0) say('building images again that are on no machine any more');
  return lost.flat();
}

/** Reports whether the update builds the image of a component. */
function isBuilt(name: string, value: LostBuildsArgs['value']): boolean {
  if (name === 'runtime') return !value('runtimeImage');
  return !value('image') || value('canaryImage') === builtImage;
}

async function isKept(
  { reference, urns }: RecordedBuild,
  hosts: readonly ImageHost[],
): Promise<boolean> {
  if (await isHere(builtTag(reference))) return true;
  const tags = await Promise.all(builtTags(reference).map(isHere));
  if (tags.every(Boolean)) return true;
  const found = await Promise.all(hosts.map((host) => architectureOn(host, reference)));
  return new Set(found.filter((architecture) => architecture !== undefined)).size >= urns.length;
}
