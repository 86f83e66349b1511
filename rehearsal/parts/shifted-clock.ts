/**
 * Makes the system's clock of one process wrong, because a rehearsal must not set that of the machine.
 * Preloaded by `node --import=URL?ms=MILLISECONDS`; negative milliseconds put it behind.
 */
const shiftMs = Number(new URL(import.meta.url).searchParams.get('ms'));
const { now } = Date;
Date.now = () => now() + shiftMs;
