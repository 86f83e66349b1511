import { runProgram } from '../shell/program.ts';
import { saveHere } from './engine.ts';
import { ImageSet } from './image-set.ts';
import type { SavedImage } from './saved-image.ts';
import { builtTag, sentReference } from './sent-image.ts';

/**
 * Finds the name by which hosts will know an image, and tags it here, so that this machine can send it.
 * @param repository last part of its name.
 * @param images in this machine's engine, one for each architecture.
 * @throws PerchError `process_failed` if the engine does not save one of them.
 */
export async function nameBuilt(repository: string, images: readonly string[]): Promise<string> {
  const saved: SavedImage[] = [];
  try {
    for (const image of images) saved.push(await saveHere(image));
    const reference = sentReference(repository, new ImageSet(saved).top.digest);
    for (const [index, image] of images.entries()) {
      const suffix = saved.length === 1 ? '' : `-${saved[index]?.architecture}`;
      await runProgram('docker', ['tag', image, `${builtTag(reference)}${suffix}`]);
    }
    return reference;
  } finally {
    await Promise.all(saved.map((image) => image[Symbol.asyncDispose]()));
  }
}
