import { join, posix } from 'node:path';

/**
 * Folder of this checkout. It must not get into the inputs of a resource, because those are equal
 * only if they are the same in every checkout.
 */
export const checkoutFolder = join(import.meta.dirname, '../..');

/**
 * Path for a provider's plugin to a file of the checkout, the same in every checkout. Pulumi runs
 * plugins in the folder of the program, `infra`, also when it does not run the program.
 * @param path relative to the project's root.
 */
export function pathForPlugins(path: string): string {
  return posix.join('..', path);
}
