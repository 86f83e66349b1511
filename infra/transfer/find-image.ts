import { PerchError } from '../../runtime/contract/perch-error.ts';
import { architectureOn, isHere, saveFrom, saveHere, type ImageHost } from './engine.ts';
import { ImageSet } from './image-set.ts';
import type { SavedImage } from './saved-image.ts';
import { builtTag, builtTags, sentDigest } from './sent-image.ts';

export interface FindArgs {
  /** Name by its digest. */
  readonly image: string;
  /** Hosts that may have it, if this machine does not. */
  readonly hosts: readonly ImageHost[];
  /** Prints one line. */
  readonly say: (line: string) => void;
}

/**
 * Saves an image on this machine: from this machine's engine, or else from a host's. A host has the image
 * of its own architecture only; that of another one comes from another host.
 * @throws PerchError `not_found` if no engine has it.
 */
export async function findImage({ image, hosts, say }: FindArgs): Promise<ImageSet> {
  const built = builtTag(image);
  if (await isHere(built)) return checked(new ImageSet([await saveHere(built)]), image);
  const tags = builtTags(image);
  if ((await Promise.all(tags.map(isHere))).every(Boolean)) {
    return checked(new ImageSet(await savedHere(tags)), image);
  }
  const found: SavedImage[] = [];
  try {
    for (const host of hosts) {
      if ((await architectureOn(host, image)) === undefined) continue;
      say(`fetching ${image} from ${host.name}`);
      found.push(await saveFrom(host, image));
      const set = setOf(found, image);
      if (set === undefined) continue;
      await disposeAll(found.filter((saved) => !set.images.includes(saved)));
      return set;
    }
  } catch (error) {
    await disposeAll(found);
    throw error;
  }
  await disposeAll(found);
  throw new PerchError('not_found', missingText(found, hosts));
}

async function savedHere(tags: readonly string[]): Promise<SavedImage[]> {
  const saved: SavedImage[] = [];
  for (const tag of tags) saved.push(await saveHere(tag));
  return saved;
}

/** The set that a digest is of, if it can be made of what was found. */
function setOf(found: readonly SavedImage[], image: string): ImageSet | undefined {
  const digest = sentDigest(image);
  const only = found.find(({ manifest }) => manifest.digest === digest);
  if (only !== undefined) return new ImageSet([only]);
  const perArchitecture = new Map(found.map((saved) => [saved.architecture, saved]));
  const set = new ImageSet([...perArchitecture.values()]);
  return set.top.digest === digest ? set : undefined;
}

function checked(set: ImageSet, image: string): ImageSet {
  if (set.top.digest === sentDigest(image)) return set;
  throw new PerchError('process_failed', `image ${image} is not the one that its digest names`);
}

function missingText(found: readonly SavedImage[], hosts: readonly ImageHost[]): string {
  const asked = ['this machine', ...hosts.map(({ name }) => name)].join(', ');
  if (found.length === 0) return `neither has any of ${asked}`;
  const kinds = [...new Set(found.map(({ architecture }) => architecture))].join(', ');
  return `${asked} have it for ${kinds} only`;
}

async function disposeAll(images: readonly SavedImage[]): Promise<void> {
  await Promise.all(images.map((image) => image[Symbol.asyncDispose]()));
}
