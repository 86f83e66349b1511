/** Counts of what a server has open. */
export class ServerStats {
  #connections = 0;
  #tunnels = 0;

  /** Client connections. */
  get connections(): number {
    return this.#connections;
  }

  /** Accepted upgrades. */
  get tunnels(): number {
    return this.#tunnels;
  }

  connectionOpened(): void {
    this.#connections += 1;
  }

  connectionClosed(): void {
    this.#connections -= 1;
  }

  tunnelOpened(): void {
    this.#tunnels += 1;
  }

  tunnelClosed(): void {
    this.#tunnels -= 1;
  }
}
