import { FlagdCore } from '@openfeature/flagd-core';
import {
  ErrorCode,
  StandardResolutionReasons,
  type EvaluationContext,
  type FlagMetadata,
  type FlagValue,
  type FlagValueType,
  type JsonValue,
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

/** Result of a flag whose type the caller does not say. */
export type UntypedResolution = { readonly metadata: FlagMetadata } & (
  | {
      readonly kind: 'value';
      readonly value: JsonValue;
      readonly variant: string;
      readonly reason: string;
    }
  /** The caller uses its own default. */
  | { readonly kind: 'caller-default'; readonly reason: string }
  | { readonly kind: 'error'; readonly errorCode: ErrorCode; readonly errorMessage: string }
);

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
      return failure(defaultValue, ErrorCode.PROVIDER_NOT_READY, notReady);
    }
    try {
      return this.#core.resolve(type, flagKey, defaultValue, context, logger);
    } catch (error) {
      return failure(defaultValue, ErrorCode.GENERAL, `${flagKey}: ${errorMessage(error)}`);
    }
  }

  /** Keys of all flags, disabled ones too. */
  keys(): string[] {
    return [...this.#core.getFlags().keys()];
  }

  /** Evaluates one flag as {@link evaluate} does, whatever its type is. Never throws. */
  evaluateUntyped(
    flagKey: string,
    context: EvaluationContext,
    logger: OpenFeatureLogger,
  ): UntypedResolution {
    if (!this.#loaded) return untypedFailure(ErrorCode.PROVIDER_NOT_READY, notReady);
    const flag = this.#core.getFlag(flagKey);
    if (flag === undefined) {
      return untypedFailure(ErrorCode.FLAG_NOT_FOUND, `flag ${flagKey} is not stored`);
    }
    const { metadata } = flag;
    if (flag.state === 'DISABLED') {
      return { kind: 'caller-default', reason: StandardResolutionReasons.DISABLED, metadata };
    }
    try {
      const { value, variant = '', reason, ...failed } = flag.evaluate(context, logger);
      if (failed.errorCode !== undefined) {
        return untypedFailure(failed.errorCode, failed.errorMessage ?? flagKey, metadata);
      }
      return value === undefined
        ? { kind: 'caller-default', reason, metadata }
        : { kind: 'value', value, variant, reason, metadata };
    } catch (error) {
      return untypedFailure(ErrorCode.GENERAL, `${flagKey}: ${errorMessage(error)}`, metadata);
    }
  }
}

const notReady = 'no flags have been read yet';

function untypedFailure(
  errorCode: ErrorCode,
  message: string,
  metadata: FlagMetadata = {},
): UntypedResolution {
  return { kind: 'error', errorCode, errorMessage: message, metadata };
}

function failure<T>(value: T, errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> {
  return { value, reason: StandardResolutionReasons.ERROR, errorCode, errorMessage };
}
