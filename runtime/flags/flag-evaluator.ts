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

/** flagd's definitions in memory, and what each comes to for a caller. */
export class FlagEvaluator {
  readonly #core: FlagdCore;
  #loaded = false;

  constructor(logger: Logger) {
    this.#core = new FlagdCore(undefined, openFeatureLogger(logger));
  }

  /** Whether there ever was a set of flags, be it an empty one. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /**
   * Puts `definitions` in place of all before, or throws and changes nothing.
   * @returns the keys of flags that were added, changed or taken away.
   */
  load(definitions: ReadonlyMap<string, unknown>): string[] {
    const flags = Object.fromEntries(definitions);
    const changed = this.#core.setConfigurations(JSON.stringify({ flags }));
    this.#loaded = true;
    return changed;
  }

  /**
   * Never throws: what goes wrong is the reason of the caller's own default. A disabled flag gives
   * that default too, with reason `DISABLED`.
   */
  evaluate<T extends FlagValue>(
    type: FlagValueType,
    key: string,
    fallback: T,
    context: EvaluationContext,
    logger: OpenFeatureLogger,
  ): ResolutionDetails<T> {
    if (!this.#loaded) {
      return failure(fallback, ErrorCode.PROVIDER_NOT_READY, 'no flags have been read yet');
    }
    try {
      return this.#core.resolve(type, key, fallback, context, logger);
    } catch (error) {
      const message = errorMessage(error);
      return failure(fallback, ErrorCode.GENERAL, `${key}: ${message}`);
    }
  }
}

function failure<T>(value: T, errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> {
  return { value, reason: StandardResolutionReasons.ERROR, errorCode, errorMessage };
}
