import { Hono } from 'hono';
import { formatDuration } from '../../contract/format-duration.ts';
import type { Incident } from '../../core/alerting/incident.ts';
import { acknowledgementOf, silencedText, type Mutes } from '../../core/alerting/mutes.ts';
import {
  acknowledgeEffects,
  silenceEffects,
  unsilenceEffects,
} from '../../core/alerting/mute-effects.ts';
import { resolvedKeptMs, type IncidentStore } from '../../store/incidents/incident-store.ts';
import type { MuteStore } from '../../store/incidents/mute-store.ts';
import { problem } from '../../web/problem-response.ts';
import { operatorOf } from '../sign-in/visitor.ts';
import { incidentView } from '../views/incident-view.ts';
import { smallBody, withInput } from './json-body.ts';
import { muteChangeSchema, mutePreviewSchema, type MuteChange } from './mute-change.ts';

export interface IncidentRoutesOptions {
  readonly incidents: Pick<IncidentStore, 'list' | 'past'>;
  readonly mutes: Pick<MuteStore, 'read' | 'acknowledge' | 'silence' | 'unsilence'>;
  /** Name of the person if a request gives none, and nobody signs in. */
  readonly operator: string;
  /** Milliseconds since the epoch by Redis' clock. */
  readonly now: () => number;
}

/** Effects of a change, and the state that it is about; a string: why it cannot be made. */
type Preview = string | { readonly seen: number; readonly effects: readonly string[] };

interface Known {
  readonly stored: readonly Incident[];
  readonly past: readonly Incident[];
  readonly mutes: Mutes;
  readonly nowMs: number;
}

/**
 * Routes of incidents, acknowledgements and silences:
 * - `GET /?id=ID`: 200 with `{incident}`, an `ShownIncident`, also of a resolved one; null if it is not
 *   stored, with `{text}`, why.
 * - `POST /preview`: 200 with `{seen, effects}`, what a change would do now.
 * - `POST /`: makes the change, if what it changes is still what the person saw. 200 with `{text}`.
 *
 * A change is refused with 400 for bad input, and with 409 if there is nothing to change, or if it is
 * not what the person saw any more.
 */
export function incidentRoutes(options: IncidentRoutesOptions): Hono {
  const routes = new Hono();
  routes.use(smallBody);
  routes.get('/', async (c) => {
    const { stored, past, mutes } = await known(options);
    const id = c.req.query('id') ?? '';
    const found = [...stored, ...past].find((incident) => incident.id === id);
    c.header('cache-control', 'no-store');
    return c.json(
      found === undefined
        ? { incident: null, text: absentText }
        : { incident: incidentView(found, mutes) },
    );
  });
  routes.post('/preview', async (c) =>
    withInput(c, mutePreviewSchema, async (change) => {
      const preview = previewOf(change, await known(options));
      return typeof preview === 'string' ? problem(c, 409, preview) : c.json(preview);
    }),
  );
  routes.post('/', async (c) =>
    withInput(c, muteChangeSchema, async ({ reason, by: given, seen, ...change }) => {
      const by = given ?? operatorOf(c, options.operator);
      const all = await known(options);
      const preview = previewOf(change, all);
      if (typeof preview === 'string') return problem(c, 409, `nothing was changed: ${preview}`);
      const note = { by, reason, at: Math.round(all.nowMs) };
      const outcome = await make(change, { note, seen, all }, options.mutes);
      if (outcome !== 'stored') return problem(c, 409, staleText);
      return c.json({ text: doneText(change, by) });
    }),
  );
  return routes;
}

const staleText =
  'nothing was changed: it is not as you saw it any more, because somebody or Perch changed it ' +
  'meanwhile; look again and decide again';

const absentText =
  'no such incident is stored; a resolved one is kept for a week, and of those that a later one of ' +
  'their rule and subject followed, the newest 200';

async function known({ incidents, mutes, now }: IncidentRoutesOptions): Promise<Known> {
  const nowMs = now();
  const [stored, past, muted] = await Promise.all([
    incidents.list(),
    incidents.past(nowMs - resolvedKeptMs),
    mutes.read(),
  ]);
  return { stored: [...stored.values()], past, mutes: muted, nowMs };
}

function previewOf(change: MuteChange, { stored, past, mutes, nowMs }: Known): Preview {
  if (change.action === 'acknowledge') {
    const incident = [...stored, ...past].find(({ id }) => id === change.incident);
    if (incident === undefined) return `there is no incident ${change.incident}`;
    if (incident.resolvedAt !== null) {
      return `${incident.rule} of ${incident.subject} is resolved`;
    }
    const last = acknowledgementOf(mutes, incident);
    return { seen: last?.at ?? 0, effects: acknowledgeEffects(last) };
  }
  const last = silenceIn(mutes, change);
  const seen = last?.untilMs ?? 0;
  if (change.action === 'unsilence') {
    if (last === undefined) return `${silencedText(change)} is not silenced`;
    return { seen, effects: unsilenceEffects(change, mutes.silences, stored) };
  }
  const isKnown = [...stored, ...past].some(({ rule }) => rule === change.rule);
  if (!isKnown) return `no incident of the rule ${change.rule} is stored`;
  const lastsMs = change.minutes * 60_000;
  return { seen, effects: silenceEffects(change, { lastsMs, nowMs, last, incidents: stored }) };
}

async function make(
  change: MuteChange,
  given: {
    readonly note: { readonly by: string; readonly reason: string; readonly at: number };
    readonly seen: number;
    readonly all: Known;
  },
  mutes: IncidentRoutesOptions['mutes'],
) {
  const { note, seen, all } = given;
  switch (change.action) {
    case 'acknowledge': {
      const chosen = all.stored.filter(({ id }) => id === change.incident);
      return await mutes.acknowledge(chosen, note, seen);
    }
    case 'silence': {
      const untilMs = note.at + change.minutes * 60_000;
      return await mutes.silence({ ...targetOf(change), ...note, untilMs }, seen);
    }
    case 'unsilence':
      return await mutes.unsilence(targetOf(change), note, seen);
  }
}

type Target = { readonly rule: string; readonly subject?: string | undefined };

function targetOf({ rule, subject }: Target) {
  return { rule, ...(subject !== undefined && { subject }) };
}

function silenceIn({ silences }: Mutes, { rule, subject }: Target) {
  return silences.find((one) => one.rule === rule && one.subject === subject);
}

function doneText(change: MuteChange, by: string): string {
  switch (change.action) {
    case 'acknowledge':
      return `the incident is acknowledged by ${by}`;
    case 'silence':
      return `${silencedText(change)} is silenced for ${formatDuration(change.minutes * 60_000)}`;
    case 'unsilence':
      return `${silencedText(change)} is not silenced any more`;
  }
}
