import { advanceTrial, defaultTrialSettings } from '../../core/analysis/advance-trial.ts';
import { isOnTrial, type Trial } from '../../core/analysis/trial.ts';
import { decideVerdict, defaultVerdictSettings } from '../../core/analysis/verdict.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import type { LocalTraffic } from './local-traffic.ts';

/** Harm that this proxy has found on its own. */
export interface LocalHarm {
  /** The evidence in a sentence, without its full stop. */
  readonly sentence: string;
  readonly trial: Trial;
}

export interface LocalJudgeOptions {
  readonly traffic: Pick<LocalTraffic, 'buckets'>;
  /** Milliseconds since the epoch, by the clock of the traffic. */
  readonly now: () => number;
}

/**
 * Judges the canary by what this process sees itself, with the leader's tests and their defaults.
 * It has a fraction of the evidence that the leader has, so it is slower; its promise is the same.
 */
export class LocalJudge {
  readonly #options: LocalJudgeOptions;
  #trial: Trial | undefined;

  constructor(options: LocalJudgeOptions) {
    this.#options = options;
  }

  /** Takes a new document, so that a trial begins and ends when the document says so. */
  follow(document: ReleaseDocument): void {
    this.#advance(document);
  }

  /** Harm that the traffic shows by now; undefined if it shows none. */
  findHarm(document: ReleaseDocument): LocalHarm | undefined {
    const { trial, result } = this.#advance(document);
    if (trial === undefined || result === undefined) return undefined;
    // The monitor's configuration is not known here.
    const settings = defaultVerdictSettings;
    const { kind, sentence } = decideVerdict({ ...result, hardFailures: [], settings });
    return kind === 'harmful' ? { sentence, trial } : undefined;
  }

  #advance(document: ReleaseDocument) {
    const { traffic, now } = this.#options;
    const progress = advanceTrial({
      previous: this.#trial,
      document,
      buckets: traffic.buckets(),
      settings: defaultTrialSettings,
      nowMs: now(),
    });
    this.#trial = progress.trial;
    return progress;
  }
}

/** True while the canary of the document is the one that the harm was found of. */
export function concerns({ trial }: LocalHarm, document: ReleaseDocument): boolean {
  return isOnTrial(trial, document);
}
