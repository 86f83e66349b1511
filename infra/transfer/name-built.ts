import { runProgram } from '../shell/program.ts';
import { saveHere } from './engine.ts';
import { builtTag, sentReference } from './sent-image.ts';

/**
 * Finds the name by which hosts will know an image, and tags it here, so that this machine can send it.
 * @param image in this machine's engine.
 * @param repository last part of its name.
 * @throws PerchError `process_failed` if the engine does not save it.
 */
export async function nameBuilt(image: string, repository: string): Promise<string> {
  await using saved = await saveHere(image);
  const reference = sentReference(repository, saved.manifest.digest);
  await runProgram('docker', ['tag', image, builtTag(reference)]);
  return reference;
}
