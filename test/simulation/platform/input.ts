import type { VirtualProcess } from '../kernel/virtual-process.ts';

const inputs = new WeakMap<VirtualProcess, object>();

/** Gives a process an object on its stdin. */
export function giveInput(process: VirtualProcess, input: object): void {
  inputs.set(process, input);
}

/** Object on the stdin of a process, as it would arrive there; empty if it was given none. */
export function inputOf(process: VirtualProcess): object {
  return JSON.parse(JSON.stringify(inputs.get(process) ?? {})) as object;
}
