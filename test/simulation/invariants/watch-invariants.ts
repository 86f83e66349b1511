import { watchAlerts } from './alerts.ts';
import { watchDocuments } from './documents.ts';
import { watchLeaders } from './leaders.ts';
import { watchLineage } from './lineage.ts';
import { watchMembers } from './members.ts';
import { watchTransitions } from './transitions.ts';
import type { Invariants, Watched } from './watched.ts';

/** Watches all invariants of one run. */
export function watchInvariants(watched: Watched): Required<Invariants> {
  const all: Invariants[] = [
    watchDocuments,
    watchLineage,
    watchLeaders,
    watchMembers,
    watchTransitions,
    watchAlerts,
  ].map((watch) => watch(watched));
  return {
    atEnd: () => {
      for (const { atEnd } of all) atEnd();
    },
    isDone: () => all.every(({ isDone }) => isDone?.() ?? true),
    get counts() {
      return Object.assign({}, ...all.map(({ counts }) => counts)) as Record<string, number>;
    },
  };
}
