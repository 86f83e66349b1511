import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { exportedState } from '../recovery/exported-state.ts';
import { hostsOf } from '../recovery/stack-hosts.ts';
import type { ImageHost } from '../transfer/engine.ts';
import { sendImage } from '../transfer/send-image.ts';
import { isSentImage } from '../transfer/sent-image.ts';

export interface ProvidedImages {
  readonly stack: Stack;
  /** Stacks whose hosts may have the images too. */
  readonly sources: readonly Stack[];
  readonly images: readonly unknown[];
  /** Version of the release. Undefined: not known. */
  readonly version: string | undefined;
  /** Prints one line. */
  readonly say: (line: string) => void;
}

/**
 * Brings images that no registry has to every host of a stack, before an update needs them there: from
 * this machine, or else from another host that keeps them. Images of a registry are left to the hosts.
 * @throws PerchError `not_found`, with the host and the version, if no engine has an image any more.
 */
export async function provideImages(provided: ProvidedImages): Promise<void> {
  const { stack, sources, images, say } = provided;
  const sent = new Set(images.filter((image) => typeof image === 'string').filter(isSentImage));
  if (sent.size === 0) return;
  const hosts = await imageHostsOf(stack);
  const others = await Promise.all(sources.map(imageHostsOf));
  const all = [...hosts, ...others.flat()];
  const sends = [...sent].flatMap((image) =>
    hosts.map((to) => sendImage({ image, to, sources: all, say })),
  );
  const failed = (await Promise.allSettled(sends)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw withVersion(failed.reason, provided.version);
}

async function imageHostsOf(stack: Stack): Promise<ImageHost[]> {
  const hosts = hostsOf(await exportedState(stack));
  return hosts.flatMap(({ name, address }) => (address === undefined ? [] : { name, address }));
}

function withVersion(error: unknown, version: string | undefined): unknown {
  if (!(error instanceof PerchError) || version === undefined) return error;
  const text = `nothing was changed: version ${version} cannot be deployed: ${error.message}`;
  return new PerchError('not_found', text, { cause: error });
}
