import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives the memory that only loading the program took back to the machine: a third to a half of what
 * the process holds. V8 keeps it until an allocation needs a full collection, which an idle process
 * may not see for days. Blocks for 30 to 150 ms, so it is called before a process serves.
 */
export function returnMemory(): void {
  // The collector is within reach of code only behind this flag, for contexts made after it was set.
  setFlagsFromString('--expose-gc');
  const collect: NodeJS.GCFunction = runInNewContext('gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
