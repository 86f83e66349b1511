import type { EvaluationContext } from '@openfeature/server-sdk';
import type { Logger } from 'pino';
import { FlagEvaluator, type UntypedResolution } from '../flag-evaluator.ts';
import { openFeatureLogger } from '../openfeature-logger.ts';
import type { FlagSource } from '../provider.ts';

export interface ServedFlagsOptions {
  readonly source: FlagSource;
  readonly logger: Logger;
}

/** Flags of a source in memory. No evaluation waits for the source. */
export class ServedFlags {
  readonly #source: FlagSource;
  readonly #logger: Logger;
  readonly #evaluator: FlagEvaluator;
  #unsubscribe: (() => void) | undefined;

  constructor({ source, logger }: ServedFlagsOptions) {
    this.#source = source;
    this.#logger = logger;
    this.#evaluator = new FlagEvaluator(logger);
  }

  /** True once flags were read, from Redis or from disk. */
  get isReady(): boolean {
    return this.#evaluator.loaded;
  }

  /** Settles after the first read of the source, also if it failed; the source goes on reading. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#source.onChange(() => this.#load());
    await this.#source.start();
    this.#load();
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    await this.#source.stop();
  }

  keys(): string[] {
    return this.#evaluator.keys();
  }

  evaluate(key: string, context: EvaluationContext): UntypedResolution {
    return this.#evaluator.evaluateUntyped(key, context, openFeatureLogger(this.#logger));
  }

  /** Loads all flags of the source; if they are invalid, the previous flags stay. */
  #load(): void {
    const definitions = this.#source.current;
    if (definitions === undefined) return;
    try {
      this.#evaluator.load(definitions);
    } catch (error) {
      this.#logger.error({ err: error }, 'flags server cannot use the flags that it read');
    }
  }
}
