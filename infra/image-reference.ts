/**
 * Prints the name by which every host will know an image of this machine's engine, without a registry.
 * A stack's state names this program and its arguments: the image, and the last part of its name.
 */
import { nameBuilt } from './transfer/name-built.ts';

const [image = '', repository = ''] = process.argv.slice(2);
process.stdout.write(await nameBuilt(image, repository));
