import type { DoctorCheck } from '../survey.ts';
import { certificateEnds } from './certificate-ends.ts';
import { clockUnsynchronised } from './clock-unsynchronised.ts';
import { clockWrong } from './clock-wrong.ts';
import { credentialsServerDead } from './credentials-server-dead.ts';
import { diskFull } from './disk-full.ts';
import { dnsElsewhere } from './dns-elsewhere.ts';
import { dockerOld } from './docker-old.ts';
import { flagsServerDead } from './flags-server-dead.ts';
import { hostUnreachable } from './host-unreachable.ts';
import { imageMissing } from './image-missing.ts';
import { liveRestoreOff } from './live-restore-off.ts';
import { monitorDead } from './monitor-dead.ts';
import { redisRefuses } from './redis-refuses.ts';
import { securityUpdatesOff } from './security-updates-off.ts';
import { versionsDiffer } from './versions-differ.ts';

/** Checks in the order in which they are printed: a fault of an earlier one explains later ones. */
export const allChecks: readonly DoctorCheck[] = [
  hostUnreachable,
  clockWrong,
  clockUnsynchronised,
  diskFull,
  dockerOld,
  liveRestoreOff,
  securityUpdatesOff,
  imageMissing,
  monitorDead,
  flagsServerDead,
  credentialsServerDead,
  redisRefuses,
  dnsElsewhere,
  certificateEnds,
  versionsDiffer,
];
