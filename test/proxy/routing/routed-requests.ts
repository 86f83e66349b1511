/** Requests to a router without sockets. */
import type { Track } from '../../../runtime/contract/names.ts';
import type { TrafficStratum } from '../../../runtime/core/analysis/traffic-counts.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import type { Outcome } from '../../../runtime/proxy/http/contract/handler.ts';
import type { RequestHead } from '../../../runtime/proxy/http/message/request-head.ts';
import { TrafficCounter } from '../../../runtime/proxy/redis/traffic-counter.ts';
import { newCookieKey } from '../../../runtime/store/clients/cookie-key.ts';
import { AffinityClients } from '../../../runtime/proxy/clients/affinity-client.ts';
import { newClientId, setCookie } from '../../../runtime/proxy/clients/affinity-cookie.ts';
import { CookieKeys } from '../../../runtime/proxy/clients/cookie-keys.ts';
import { MemberAttempt } from '../../../runtime/proxy/routing/member-attempt.ts';
import { MemberPool } from '../../../runtime/proxy/routing/member-pool.ts';
import { Router } from '../../../runtime/proxy/routing/router.ts';
import { TrackOverride } from '../../../runtime/proxy/routing/track-override.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const token = 'correct-horse-battery';
export const threeAndOne = releaseDocument({
  weight: 25,
  members: [
    member('stable-1', 20_001),
    member('stable-2', 20_002),
    member('stable-3', 20_003),
    member('canary-1', 20_004),
  ],
});

export function tester(track: Track) {
  return { 'x-perch-track': track, 'x-perch-token': token };
}

/** Keys of all routers here. */
const keys = new CookieKeys();
keys.learn(newCookieKey());

/** `Cookie` fields of 500 clients that have been here before. */
export const clients = Array.from({ length: 500 }, () => cookieOf(newClientId()));

/** `Cookie` field of a client, with an empty memory by default. */
export function cookieOf(id: string, memory = 'other0'): string {
  return setCookie({ id, memory }, { keys, secure: false })?.split(';', 1)[0] ?? '';
}

export interface RoutingOptions {
  readonly now?: () => number;
  readonly warmUpMs?: number;
  readonly signing?: CookieKeys;
  readonly assetPaths?: readonly string[];
}

export function routing(
  document: ReleaseDocument | undefined,
  { signing = keys, assetPaths = [], ...options }: RoutingOptions = {},
) {
  const pool = new MemberPool({ now: () => 0, ...options });
  if (document !== undefined) pool.apply(document);
  const traffic = new TrafficCounter(() => 0);
  const doubted: string[] = [];
  const ownFaults = { count: 0 };
  const router = new Router({
    pool,
    traffic,
    override: new TrackOverride(token),
    clients: new AffinityClients({ keys: signing, counter: traffic.clients }),
    assetPaths: () => assetPaths,
    onFault: ({ id }) => doubted.push(id),
    onOwnFault: () => (ownFaults.count += 1),
  });
  return { router, pool, traffic, doubted, ownFaults };
}

export function route(router: Router, fields: Record<string, string> = {}, https = false) {
  return request(router, { method: 'GET', target: '/', fields, https });
}

export interface RoutedRequest {
  readonly method: string;
  readonly target: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly https?: boolean;
}

export function request(
  router: Router,
  { method, target, fields = {}, https = false }: RoutedRequest,
) {
  const field = (name: string) => fields[name];
  const head: Partial<RequestHead> = { method, target, targetCodes: target, https, field };
  return router.route(head as RequestHead);
}

export function strataOf(traffic: TrafficCounter): readonly TrafficStratum[] {
  return traffic.batches()[0]?.strata ?? [];
}

export function attemptOf(route: unknown): MemberAttempt {
  if (!(route instanceof MemberAttempt)) throw new Error('no attempt');
  return route;
}

/** Fields that a response with this status gets. */
export function fieldsOf(route: unknown, status = 200): readonly string[] {
  return attemptOf(route).responseFields(status);
}

export function memberOf(route: unknown) {
  const attempt = attemptOf(route);
  end(attempt, 'answered');
  return attempt.member;
}

export function trackOf(router: Router, fields: Record<string, string>): Track {
  return memberOf(route(router, fields)).track;
}

export function answer(router: Router): Track {
  return memberOf(route(router)).track;
}

/** Ends an attempt after `durationMs`. */
export function endAfter(
  attempt: MemberAttempt,
  how: keyof typeof outcomes,
  durationMs: number,
): void {
  attempt.done({ ...outcomes[how], durationMs });
  attempt.closed();
}

export function end(attempt: MemberAttempt, how: keyof typeof outcomes): void {
  attempt.done(outcomes[how]);
  attempt.closed();
}

const outcomes = {
  answered: { kind: 'answered', status: 200, calledFailure: false, durationMs: 1 },
  rejected: { kind: 'answered', status: 404, calledFailure: false, durationMs: 1 },
  error: { kind: 'answered', status: 500, calledFailure: false, durationMs: 1 },
  'called-failure': { kind: 'answered', status: 200, calledFailure: true, durationMs: 1 },
  'rejected-failure': { kind: 'answered', status: 404, calledFailure: true, durationMs: 1 },
  upgraded: { kind: 'answered', status: 101, calledFailure: false, durationMs: 1 },
  connect: { kind: 'upstream-fault', fault: 'connect', durationMs: 1 },
  reset: { kind: 'upstream-fault', fault: 'reset', durationMs: 1 },
  stale: { kind: 'upstream-fault', fault: 'stale', durationMs: 1 },
  timeout: { kind: 'upstream-fault', fault: 'timeout', durationMs: 1 },
  malformed: { kind: 'upstream-fault', fault: 'malformed', durationMs: 1 },
  'own-fault': { kind: 'own-fault', durationMs: 1 },
  abandoned: { kind: 'abandoned', durationMs: 1 },
  'client-gone': { kind: 'client-gone', durationMs: 1 },
} as const satisfies Record<string, Outcome>;
