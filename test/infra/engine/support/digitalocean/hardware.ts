/** Addresses of a machine. */
export interface DropletAddresses {
  readonly publicAddress: string;
  readonly privateAddress: string;
}

/** Machines behind the droplets of an account. */
export interface Hardware {
  /** Makes the machine of a droplet, and boots it with its user data. */
  create(id: number, userData: string): Promise<DropletAddresses>;
  powerOff(id: number): Promise<void>;
  powerOn(id: number): Promise<void>;
  /** Begins to end a machine, and returns at once. */
  delete(id: number): void;
}

/** No machines, only addresses. */
export const noHardware: Hardware = {
  async create(id) {
    return { publicAddress: `203.0.113.${id % 250}`, privateAddress: `10.112.0.${id % 250}` };
  },
  async powerOff() {
    // There is no machine.
  },
  async powerOn() {
    // There is no machine.
  },
  delete() {
    // There is no machine.
  },
};
