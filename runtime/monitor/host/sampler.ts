import type { HostSample, SourceProblem, Workload } from '../../core/host/host-sample.ts';
import type { Source } from './sources/source.ts';
import { errorMessage } from '../../contract/error-message.ts';

export interface SamplerOptions {
  readonly host: string;
  readonly sources: readonly Source[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds by which the host's clock is ahead of Redis'; undefined while unknown. */
  readonly clockOffsetMs?: () => number | undefined;
}

/** Makes one sample out of all sources of a host; a source that fails becomes a problem in it. */
export class Sampler {
  readonly #options: SamplerOptions;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  async sample(): Promise<HostSample> {
    const { host, sources, now, clockOffsetMs } = this.#options;
    const answers = await Promise.allSettled(sources.map((source) => source.sample()));
    const problems: SourceProblem[] = [];
    const workloads: Workload[] = [];
    const at = now();
    const offset = { clockOffsetMs: clockOffsetMs?.() };
    let sample: HostSample = { host, at, ...offset, disks: [], workloads, problems };
    for (const [index, source] of sources.entries()) {
      const answer = answers[index];
      if (answer?.status === 'fulfilled') {
        problems.push(...(answer.value.problems ?? []));
        workloads.push(...(answer.value.workloads ?? []));
        sample = { ...sample, ...answer.value, workloads, problems };
      } else {
        problems.push({ source: source.name, reason: errorMessage(answer?.reason) });
      }
    }
    return sample;
  }
}
