/**
 * Prints the name by which every host will know an image of this machine's engine, without a registry.
 * A stack's state names this program and its arguments: the last part of the image's name, and the image
 * of each architecture.
 */
import { nameBuilt } from './transfer/name-built.ts';

const [repository = '', ...images] = process.argv.slice(2);
process.stdout.write(await nameBuilt(repository, images));
