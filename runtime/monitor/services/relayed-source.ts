import type { SamplePart, Source } from '../host/sources/source.ts';

/** Source of a host that is read once a cycle, whose newest part goes to the samples of all services. */
export class RelayedSource implements Source {
  readonly #source: Source;
  #newest: Promise<SamplePart> | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  get name(): string {
    return this.#source.name;
  }

  /** Reads the host anew. */
  sample(): Promise<SamplePart> {
    this.#newest = this.#source.sample();
    return this.#newest;
  }

  /** Source of the newest part, which reads nothing once there is one. */
  get relay(): Source {
    return { name: this.name, sample: () => this.#newest ?? this.sample() };
  }
}
