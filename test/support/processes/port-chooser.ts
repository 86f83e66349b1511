// A process that chooses a port, says which one, and does not listen on it.
import { freePort } from '../../../rehearsal/loopback.ts';

process.send?.(await freePort(Number(process.argv[2])));
