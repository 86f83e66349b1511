import {
  OpenFeatureEventEmitter,
  ProviderEvents,
  ProviderNotReadyError,
  type EvaluationContext,
  type JsonValue,
  type Logger as OpenFeatureLogger,
  type Provider,
  type ResolutionDetails,
} from '@openfeature/server-sdk';
import type { Logger } from 'pino';
import type { FlagWatch } from '../store/flags/flag-watch.ts';
import { FlagEvaluator } from './flag-evaluator.ts';
import { errorMessage } from '../contract/error-message.ts';

/** Source of the definitions. */
export type FlagSource = Pick<FlagWatch, 'current' | 'freshAt' | 'onChange' | 'start' | 'stop'>;

export interface ProviderOptions {
  readonly source: FlagSource;
  readonly logger: Logger;
  /** Age of the last successful read at which the flags count as stale, milliseconds. Default 10,000. */
  readonly staleAfterMs?: number;
  /** The source's clock, milliseconds. Default Date.now. */
  readonly now?: () => number;
}

type Condition = 'starting' | 'ready' | 'stale' | 'error';

/**
 * OpenFeature provider for the flags in Redis (OpenFeature specification 0.8.0, sections 2 and 5).
 * The definitions are flagd's. They are evaluated in process and from memory: no evaluation waits or
 * throws.
 *
 * Events:
 * - `CONFIGURATION_CHANGED` with the keys of the changed flags
 * - `STALE` if the source could not be read for `staleAfterMs`; the last known flags stay in force
 * - `READY` when the flags are current again
 * - `ERROR` if there are no flags yet, or the flags read are invalid
 */
export class PerchFlagProvider implements Provider {
  readonly metadata = { name: 'perch' } as const;
  readonly runsOn = 'server';
  readonly events = new OpenFeatureEventEmitter();
  readonly #source: FlagSource;
  readonly #logger: Logger;
  readonly #evaluator: FlagEvaluator;
  readonly #staleAfterMs: number;
  readonly #now: () => number;
  #condition: Condition = 'starting';
  #startedAt = 0;
  #refusal: string | undefined;
  #unsubscribe: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProviderOptions) {
    this.#source = options.source;
    this.#logger = options.logger;
    this.#evaluator = new FlagEvaluator(options.logger);
    this.#staleAfterMs = options.staleAfterMs ?? 10_000;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Reads the source once.
   * @throws ProviderNotReadyError if there are no flags yet; `READY` follows with the first flags.
   */
  async initialize(): Promise<void> {
    this.#startedAt = this.#now();
    this.#unsubscribe = this.#source.onChange(() => this.#load());
    await this.#source.start();
    this.#load();
    this.#timer = setInterval(
      () => this.#updateCondition(),
      Math.min(1_000, this.#staleAfterMs / 4),
    ).unref();
    this.#condition = this.#evaluator.loaded ? 'ready' : 'error';
    if (this.#condition === 'error') {
      throw new ProviderNotReadyError('no flags could be read from Redis or from disk');
    }
  }

  async onClose(): Promise<void> {
    clearInterval(this.#timer);
    this.#unsubscribe?.();
    await this.#source.stop();
  }

  async resolveBooleanEvaluation(
    flagKey: string,
    defaultValue: boolean,
    context: EvaluationContext,
    logger: OpenFeatureLogger,
  ): Promise<ResolutionDetails<boolean>> {
    return this.#evaluator.evaluate('boolean', { flagKey, defaultValue, context, logger });
  }

  async resolveStringEvaluation(
    flagKey: string,
    defaultValue: string,
    context: EvaluationContext,
    logger: OpenFeatureLogger,
  ): Promise<ResolutionDetails<string>> {
    return this.#evaluator.evaluate('string', { flagKey, defaultValue, context, logger });
  }

  async resolveNumberEvaluation(
    flagKey: string,
    defaultValue: number,
    context: EvaluationContext,
    logger: OpenFeatureLogger,
  ): Promise<ResolutionDetails<number>> {
    return this.#evaluator.evaluate('number', { flagKey, defaultValue, context, logger });
  }

  async resolveObjectEvaluation<T extends JsonValue>(
    flagKey: string,
    defaultValue: T,
    context: EvaluationContext,
    logger: OpenFeatureLogger,
  ): Promise<ResolutionDetails<T>> {
    return this.#evaluator.evaluate('object', { flagKey, defaultValue, context, logger });
  }

  /** Loads all flags of the source; if they are invalid, the previous flags stay. */
  #load(): void {
    const definitions = this.#source.current;
    if (definitions === undefined) return;
    try {
      const flagsChanged = this.#evaluator.load(definitions);
      this.#refusal = undefined;
      if (this.#condition !== 'starting' && flagsChanged.length > 0) {
        this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged });
      }
    } catch (error) {
      this.#refusal = errorMessage(error);
      this.#logger.error({ err: error }, 'flag provider cannot use the flags that it read');
    }
    this.#updateCondition();
  }

  #updateCondition(): void {
    if (this.#condition === 'starting') return;
    const staleForMs = this.#now() - (this.#source.freshAt ?? this.#startedAt);
    if (!this.#evaluator.loaded || this.#refusal !== undefined) {
      this.#become('error', this.#refusal ?? 'no flags have been read yet');
    } else if (staleForMs > this.#staleAfterMs) {
      this.#become('stale', `no flags could be read for ${Math.round(staleForMs)} ms`);
    } else {
      this.#become('ready', 'the flags are current');
    }
  }

  #become(next: Exclude<Condition, 'starting'>, message: string): void {
    if (this.#condition === next) return;
    this.#condition = next;
    switch (next) {
      case 'ready':
        this.events.emit(ProviderEvents.Ready, { message });
        break;
      case 'stale':
        this.events.emit(ProviderEvents.Stale, { message });
        break;
      case 'error':
        this.events.emit(ProviderEvents.Error, { message });
        break;
    }
  }
}
