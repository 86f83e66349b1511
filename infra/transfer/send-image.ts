import { PerchError } from '../../runtime/contract/perch-error.ts';
import { formatBytes } from './format-bytes.ts';
import { hostHas, saveHere, type ImageHost } from './engine.ts';
import { findImage, type FindArgs } from './find-image.ts';
import { ImageSet } from './image-set.ts';
import { pullThrough, type PullThroughArgs } from './pull-through.ts';
import { SharedImages } from './shared-images.ts';
import { sentReference } from './sent-image.ts';

type Say = (line: string) => void;

/** Images that are being sent, each saved once for all hosts. */
const shared = new SharedImages();
/** Host -> the end of what is being sent to it. One tunnel at a time has the port. */
const turns = new Map<string, Promise<unknown>>();

export interface SendArgs {
  /** Name by its digest: see isSentImage. */
  readonly image: string;
  readonly to: ImageHost;
  /** Hosts that may have it, if this machine does not. */
  readonly sources: readonly ImageHost[];
  readonly say: Say;
  /** Longest time for which another transfer may hold the host's port, milliseconds. Default: two minutes. */
  readonly patienceMs?: number;
}

/**
 * Brings an image to a host that does not have it: from this machine's engine, or else from another
 * host's.
 * @throws PerchError `not_found` if no engine has it; `process_failed` if it does not arrive.
 */
export async function sendImage(args: SendArgs): Promise<void> {
  const { image, to, sources, say, patienceMs } = args;
  await inTurn(to, async () => {
    if (await has(to, image)) return;
    const others = sources.filter((source) => keyOf(source) !== keyOf(to));
    await using found = await shared.use(image, () => findFor(to, { image, hosts: others, say }));
    await send({ set: found.set, reference: image, to, say, patienceMs });
  });
}

export interface SendTaggedArgs {
  /** Name with a tag, in this machine's engine and on the host. */
  readonly image: string;
  /** Last part of the name under which it travels. */
  readonly repository: string;
  readonly to: ImageHost;
  /** Brings it to this machine's engine. */
  readonly pull: () => Promise<void>;
  readonly say: Say;
}

/** Brings an image of another registry to a host that does not have it, under the same name. */
export async function sendTagged(args: SendTaggedArgs): Promise<void> {
  const { image, repository, to, pull, say } = args;
  await inTurn(to, async () => {
    if (await has(to, image)) return;
    await using pulled = await shared.use(image, async () => {
      await pull();
      return new ImageSet([await saveHere(image)]);
    });
    const reference = sentReference(repository, pulled.set.top.digest);
    await send({ set: pulled.set, reference, tag: image, to, say });
  });
}

async function send(
  args: PullThroughArgs & { readonly to: ImageHost; readonly say: Say },
): Promise<void> {
  const { reference, tag = reference, to, say } = args;
  try {
    const { count, total, bytes } = await pullThrough(to, args);
    const layers = `${count} of ${total} layers`;
    say(`sent ${tag} to ${to.name}: ${layers}, ${formatBytes(bytes)}`);
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    const text = `image ${tag} did not reach host ${to.name}: ${error.message}`;
    throw new PerchError('process_failed', text, { cause: error });
  }
}

async function findFor(to: ImageHost, args: FindArgs): Promise<ImageSet> {
  try {
    return await findImage(args);
  } catch (error) {
    if (!(error instanceof PerchError) || error.code !== 'not_found') throw error;
    const text =
      `host ${to.name} does not have image ${args.image}, and ${error.message}: npx perch deploy builds ` +
      'what the stack builds again; or choose a version that the hosts keep';
    throw new PerchError('not_found', text, { cause: error });
  }
}

/** @throws PerchError that names the host, if it does not answer. */
async function has(host: ImageHost, image: string): Promise<boolean> {
  try {
    return await hostHas(host, image);
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    const text = `host ${host.name} did not say whether it has image ${image}: ${error.message}`;
    throw new PerchError('process_failed', text, { cause: error });
  }
}

function keyOf({ address: { host, port } }: ImageHost): string {
  return `${host} ${port}`;
}

async function inTurn(to: ImageHost, work: () => Promise<void>): Promise<void> {
  const key = keyOf(to);
  const turn = (turns.get(key) ?? Promise.resolve()).then(work);
  turns.set(
    key,
    turn.catch(() => undefined),
  );
  await turn;
}
