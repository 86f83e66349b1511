import { FlagdCore } from '@openfeature/flagd-core';
import {
  ErrorCode,
  StandardResolutionReasons,
  type EvaluationContext,
  type FlagValue,
  type FlagValueType,
  type Logger as OpenFeatureLogger,
  type ResolutionDetails,
} from '@openfeature/server-sdk';
import type { Logger } from 'pino';
import { openFeatureLogger } from './openfeature-logger.ts';
import { errorMessage } from '../contract/error-message.ts';

export interface FlagQuery<T extends FlagValue> {
  readonly flagKey: string;
  readonly defaultValue: T;
  readonly context: EvaluationContext;
  readonly logger: OpenFeatureLogger;
}

/** Holds flagd's definitions in memory and evaluates them. */
export class FlagEvaluator {
  readonly #core: FlagdCore;
  #loaded = false;

  constructor(logger: Logger) {
    this.#core = new FlagdCore(undefined, openFeatureLogger(logger));
  }

  /** True once a set of flags was loaded, even an empty one. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /**
   * Replaces all definitions, or throws and changes nothing.
   * @returns keys of the flags that were added, changed or removed.
   */
  load(definitions: ReadonlyMap<string, unknown>): string[] {
    const flags = Object.fromEntries(definitions);
    const changed = this.#core.setConfigurations(JSON.stringify({ flags }));
    this.#loaded = true;
    return changed;
  }

  /**
   * Evaluates one flag. Never throws: an error becomes the reason of the default value. A disabled
   * flag gives the default value with reason `DISABLED`.
   */
  evaluate<T extends FlagValue>(type: FlagValueType, query: FlagQuery<T>): ResolutionDetails<T> {
    const { flagKey, defaultValue, context, logger } = query;
    if (!this.#loaded) {
      return failure(defaultValue, ErrorCode.PROVIDER_NOT_READY, 'no flags have been read yet');
    }
    try {
      return this.#core.resolve(type, flagKey, defaultValue, context, logger);
    } catch (error) {
      return failure(defaultValue, ErrorCode.GENERAL, `${flagKey}: ${errorMessage(error)}`);
    }
  }
}

function failure<T>(value: T, errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> {
  return { value, reason: StandardResolutionReasons.ERROR, errorCode, errorMessage };
}
