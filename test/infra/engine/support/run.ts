import { existsSync, readFileSync } from 'node:fs';
import type { Properties } from '../../../support/pulumi/stand-in-answers.ts';
import type { CommandResult } from './running-command.ts';

/** One call of a provider. */
export interface Operation {
  readonly package: string;
  readonly operation: 'create' | 'update' | 'delete';
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
}

/** One step of the engine. */
export interface Step {
  /** `same`, `create`, `update`, `delete`, `replace`, `create-replacement`, `delete-replaced`... */
  readonly operation: string;
  readonly type: string;
  readonly name: string;
}

/** One run of the Pulumi CLI. */
export interface Run extends CommandResult {
  /** Calls of providers during this run, in order. */
  readonly operations: readonly Operation[];
}

export interface RunBySteps extends Run {
  /** Steps of the engine, those of providers and components included. */
  readonly steps: readonly Step[];
}

interface EngineEvent {
  readonly resourcePreEvent?: {
    readonly metadata: { readonly op: string; readonly type: string; readonly urn: string };
  };
}

/** The calls that stand-in providers logged. */
export function operationsIn(log: string): Operation[] {
  return jsonLines<Operation>(log);
}

/** The steps in a log of the engine's events. */
export function stepsIn(eventLog: string): Step[] {
  return jsonLines<EngineEvent>(eventLog).flatMap(({ resourcePreEvent }) => {
    if (resourcePreEvent === undefined) return [];
    const { op, type, urn } = resourcePreEvent.metadata;
    return [{ operation: op, type, name: urn.split('::').at(-1) ?? '' }];
  });
}

function jsonLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}
