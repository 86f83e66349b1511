import { z } from 'zod';
import { errorMessage } from '../../contract/error-message.ts';
import { PerchError } from '../../contract/perch-error.ts';
import { hasActive, type ReleaseDocument } from '../../core/release/release-document.ts';
import { retryRollout } from '../../core/release/rollout-transitions.ts';
import { reinstate, setWeight, type Transition } from '../../core/release/transitions.ts';
import type { ReleaseStore } from '../../store/release/release-store.ts';

const reason = 'mended on the demo page';
const askTimeoutMs = 2_000;
const settingsSchema = z.record(z.string(), z.unknown());

/** Canary of a rehearsal, as the demo page shows it. */
export interface CanaryState {
  /** `none`: there is no canary member that serves or was ejected. */
  readonly state: 'none' | 'active' | 'ejected';
  /** Its share of the requests, percent. */
  readonly weight: number;
  /** True if faults are injected into one of its members. */
  readonly isFaulty: boolean;
}

/** Mends the canary of a rehearsal and has it judged again, whichever member is asked. */
export class CanaryRepair {
  readonly #releases: Pick<ReleaseStore, 'read' | 'change'>;

  constructor(releases: Pick<ReleaseStore, 'read' | 'change'>) {
    this.#releases = releases;
  }

  /** @throws PerchError of Redis, or `document_invalid`. */
  async state(): Promise<CanaryState> {
    const document = await this.#document();
    const urls = document === undefined ? [] : canaryUrls(document);
    if (document === undefined || urls.length === 0) {
      return { state: 'none', weight: 0, isFaulty: false };
    }
    const faults = await Promise.all(urls.map((url) => faultsOf(url)));
    return {
      state: hasActive(document, 'canary') ? 'active' : 'ejected',
      weight: document.weight,
      isFaulty: faults.some((names) => names.length > 0),
    };
  }

  /**
   * Removes the faults of every canary member. An ejected canary comes back, at the first step of its
   * rollout if it has one, with a new trial.
   * @param weight share of a rollout without steps, percent.
   * @throws PerchError `redis_unavailable` and others of Redis, `transition_refused` if the release does not
   *   allow it, `process_failed` if a member does not respond; it can be repeated then.
   */
  async mend(weight: number): Promise<CanaryState> {
    const document = await this.#document();
    const urls = document === undefined ? [] : canaryUrls(document);
    if (document === undefined || urls.length === 0) {
      throw new PerchError('transition_refused', 'there is no canary to mend');
    }
    await Promise.all(urls.map((url) => askFaults(url, { method: 'POST', body: '{}' })));
    if (!hasActive(document, 'canary')) await this.#change(broughtBack);
    await this.#change((one) =>
      one.weight > 0 ? { kind: 'unchanged' } : setWeight(one, weight, reason),
    );
    return await this.state();
  }

  async #document(): Promise<ReleaseDocument | undefined> {
    const read = await this.#releases.read();
    if (read.kind === 'invalid') throw read.problem;
    return read.kind === 'found' ? read.document : undefined;
  }

  async #change(transition: (document: ReleaseDocument) => Transition): Promise<void> {
    const outcome = await this.#releases.change(transition);
    if (outcome.kind === 'refused') throw new PerchError('transition_refused', outcome.rule);
  }
}

/** A rollout begins anew; a canary without one comes back as it is. */
function broughtBack(document: ReleaseDocument): Transition {
  return document.phase === 'idle'
    ? reinstate(document, undefined, reason)
    : retryRollout(document, reason);
}

function canaryUrls({ members }: ReleaseDocument): string[] {
  return members
    .filter(({ track, state }) => track === 'canary' && (state === 'active' || state === 'ejected'))
    .map(({ url }) => url);
}

/** Names of the faults that a member has; none if it does not say so. */
async function faultsOf(url: string): Promise<string[]> {
  try {
    return Object.keys(settingsSchema.parse(await askFaults(url)));
  } catch (error) {
    if (error instanceof PerchError) return [];
    throw error;
  }
}

async function askFaults(url: string, init: RequestInit = {}): Promise<unknown> {
  const failure = (why: string) =>
    new PerchError('process_failed', `the canary at ${url} cannot be mended: ${why}`);
  try {
    const response = await fetch(`${url}/faults`, {
      ...init,
      signal: AbortSignal.timeout(askTimeoutMs),
    });
    if (!response.ok) throw failure(`status ${response.status}`);
    return await response.json();
  } catch (error) {
    throw error instanceof PerchError ? error : failure(errorMessage(error));
  }
}
