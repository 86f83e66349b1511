/** One order of a certificate (RFC 8555 section 7.4), by acme-client. */
import { setTimeout as delay } from 'node:timers/promises';
import { axios, Client, crypto, type Authorization, type Order } from 'acme-client';
import {
  acmeProblemSchema,
  failureOf,
  lostAccountTypes,
  retryAfterMs,
  type OrderFailure,
} from '../../core/edge/order-failure.ts';
import { askAuthority, failureIn, OrderError } from './authority-request.ts';
import type { ChallengeAnswer, OrderInput } from './order-messages.ts';

export interface OrderHooks {
  /** Settles when all proxies answer the challenge. */
  readonly publish: (answer: ChallengeAnswer) => Promise<void>;
}

export interface IssuedCertificate {
  /** Leaf first. */
  readonly chainPem: string;
  /** Secret. */
  readonly privateKeyPem: string;
}

/** Pauses between two reads of a pending authorization or order, unless the authority names one. */
const firstPauseMs = 250;
const longestPauseMs = 5_000;
/** Time for one authorization or order to be decided, milliseconds. */
const decisionTimeoutMs = 120_000;
const decisionSeconds = decisionTimeoutMs / 1_000;

/**
 * Error types of an order whose `replaces` the authority does not take (RFC 9773 section 5); it is
 * `unauthorized` if another account ordered the certificate.
 */
const refusalsOfReplacement = ['alreadyReplaced', 'conflict', 'malformed', 'unauthorized'];
const badNonce = 'urn:ietf:params:acme:error:badNonce';
/**
 * Times that one request is sent again because its nonce was refused (RFC 8555 section 6.5), as long as
 * an authority's servers disagree for a moment. acme-client alone gives up after five.
 */
const mostBadNonces = 20;
/** Refusals after which there are pauses, and the first and the longest of these, milliseconds. */
const nonceRefusals = { withoutPause: 3, firstPauseMs: 50, longestPauseMs: 250 } as const;

/** Pause that the last answer of the authority asked for, milliseconds. */
let askedPauseMs: number | undefined;
/** Nonces that the authority has refused in a row. */
let badNonces = 0;

/**
 * Orders a certificate for one host name.
 * @throws OrderError for every failure.
 */
export async function orderCertificate(
  input: OrderInput,
  hooks: OrderHooks,
): Promise<IssuedCertificate> {
  const { authority, accountKeyPem: accountKey, email, host } = input;
  const { directoryUrl } = authority;
  useOwnRequests(authority.caCertificate);
  await requireUsableDirectory(input);
  const client = patientClient(directoryUrl, accountKey);
  await register(client, email);
  const order = await newOrder(client, input);
  for (const authorization of await client.getAuthorizations(order)) {
    await authorize(client, order, { authorization, hooks });
  }
  const privateKey = await crypto.createPrivateEcdsaKey('P-256');
  const [, request] = await crypto.createCsr({ altNames: [host] }, privateKey);
  const ready = await decided(client, order, 'ready');
  const finalized = ready.status === 'ready' ? await client.finalizeOrder(ready, request) : ready;
  const valid = await decided(client, { ...order, ...finalized }, 'valid');
  return {
    chainPem: await client.getCertificate(valid),
    privateKeyPem: privateKey.toString(),
  };
}

/** Client that sends a request again as often as {@link useOwnRequests} lets it. */
function patientClient(directoryUrl: string, accountKey: string): Client {
  const client = new Client({ directoryUrl, accountKey });
  // Its types leave this out.
  const http: unknown = Reflect.get(client, 'http');
  if (isRecord(http)) http['maxBadNonceRetries'] = mostBadNonces;
  return client;
}

/**
 * Finds the key's account (RFC 8555 section 7.3.1) or registers it, and sets the newest address.
 * @throws OrderError with a lost account if the authority refuses the account itself.
 */
async function register(client: Client, email: string | undefined): Promise<void> {
  try {
    await findOrMakeAccount(client, email);
  } catch (error) {
    const failure = error instanceof OrderError ? error.failure : undefined;
    const isLost = lostAccountTypes.includes(failure?.type ?? '');
    throw failure !== undefined && isLost ? new OrderError({ ...failure, kind: 'account' }) : error;
  }
}

async function findOrMakeAccount(client: Client, email: string | undefined): Promise<void> {
  const contact = email === undefined ? [] : [`mailto:${email}`];
  try {
    const account = await client.createAccount({ onlyReturnExisting: true });
    requireValidAccount(account);
    const isKnown = contact.every((url) => account.contact?.includes(url));
    if (!isKnown) await client.updateAccount({ contact });
  } catch (error) {
    const type = error instanceof OrderError ? error.failure.type : undefined;
    if (type !== 'accountDoesNotExist') throw error;
    const agreed = { termsOfServiceAgreed: true };
    await client.createAccount(email === undefined ? agreed : { ...agreed, contact });
  }
}

function requireValidAccount({ status }: { readonly status: string }): void {
  // Some authorities say so by a status instead of an error.
  if (status !== 'deactivated' && status !== 'revoked') return;
  throw new OrderError({ kind: 'account', type: 'unauthorized', text: `the account is ${status}` });
}

/** An authority that would refuse for want of a binding says so in its directory. */
async function requireUsableDirectory({ authority }: OrderInput): Promise<void> {
  const { directoryUrl: url, caCertificate } = authority;
  const response = await askAuthority({ url, method: 'GET', caCertificate });
  const failure = failureIn(response, Date.now());
  if (failure !== undefined) throw new OrderError(failure);
  const directory: unknown = parsed(response.body);
  if (!isRecord(directory) || typeof directory['newOrder'] !== 'string') {
    throw new OrderError({
      kind: 'account',
      text: `${url} is not the directory of an ACME server`,
    });
  }
  const { meta } = directory;
  if (isRecord(meta) && meta['externalAccountRequired'] === true) {
    throw new OrderError({
      kind: 'account',
      type: 'externalAccountRequired',
      text: `${url} requires an external account binding, which Perch does not support`,
    });
  }
}

/** Orders anew without the certificate to replace if the authority does not take that. */
async function newOrder(client: Client, { host, replaces }: OrderInput): Promise<Order> {
  const identifiers = [{ type: 'dns', value: host }];
  if (replaces === undefined) return await client.createOrder({ identifiers });
  try {
    const renewal = { identifiers, replaces };
    return await client.createOrder(renewal);
  } catch (error) {
    const type = error instanceof OrderError ? error.failure.type : undefined;
    if (!refusalsOfReplacement.some((refusal) => refusal === type)) throw error;
    return await client.createOrder({ identifiers });
  }
}

async function authorize(
  client: Client,
  order: Order,
  { authorization, hooks }: { authorization: Authorization; hooks: OrderHooks },
): Promise<void> {
  if (authorization.status === 'valid') return;
  const challenge = authorization.challenges.find(({ type }) => type === 'http-01');
  if (challenge === undefined) {
    const offered = authorization.challenges.map(({ type }) => type).join(', ');
    const text = `the authority offers no http-01 challenge, only ${offered}`;
    throw new OrderError({ kind: 'refused', text });
  }
  const keyAuthorization = await client.getChallengeKeyAuthorization(challenge);
  await hooks.publish({ token: challenge.token, keyAuthorization });
  await client.completeChallenge(challenge);
  const undecided = validationFailure(`the authority checked nothing in ${decisionSeconds} s`);
  await poll(undecided, async () => {
    const now = (await client.getAuthorizations(order)).find(
      ({ url }) => url === authorization.url,
    );
    if (now?.status === 'valid') return true;
    const asked = now?.challenges.find(({ type }) => type === 'http-01');
    // One that is pending again was checked, and is checked again only if that is asked for.
    const isTried = asked?.status === 'pending' && asked.error !== undefined;
    if (now?.status === 'pending' && !isTried) return undefined;
    throw validationFailure(`the authorization is ${now?.status ?? 'gone'}`, asked?.error);
  });
}

/** Failure that concerns this host alone. @param problem the authority's own words, if it has some. */
function validationFailure(text: string, problem?: unknown): OrderError {
  const own = acmeProblemSchema.parse({ detail: text });
  const said = acmeProblemSchema.safeParse(problem).data;
  return new OrderError(failureOf(said ?? own, { isValidation: true }));
}

/** Waits until an order is `expected` or further. */
async function decided(client: Client, order: Order, expected: 'ready' | 'valid'): Promise<Order> {
  const text = `the authority decided nothing in ${decisionSeconds} s`;
  return await poll(new OrderError({ kind: 'unreachable', text }), async () => {
    const now = await client.getOrder(order);
    if (now.status === 'valid' || now.status === expected) return now;
    if (now.status !== 'invalid') return undefined;
    const problem = acmeProblemSchema.safeParse('error' in now ? now.error : undefined).data;
    const fallback = acmeProblemSchema.parse({ detail: 'the order is invalid' });
    throw new OrderError(failureOf(problem ?? fallback));
  });
}

/** @throws OrderError `undecided` if nothing was read in time. */
async function poll<T>(undecided: OrderError, read: () => Promise<T | undefined>): Promise<T> {
  const startedAt = performance.now();
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    const found = await read();
    if (found !== undefined) return found;
    if (performance.now() - startedAt > decisionTimeoutMs) throw undecided;
    await delay(Math.min(decisionTimeoutMs, Math.max(pauseMs, askedPauseMs ?? 0)));
  }
}

/**
 * Makes acme-client send its requests by {@link askAuthority}, and throw the authority's own problem:
 * its own errors are texts without type or Retry-After, and it would wait for hours on a rate limit.
 */
function useOwnRequests(caCertificate: string | undefined): void {
  axios.defaults.adapter = async (config) => {
    const { url = '', method = 'get', headers, data } = config;
    const response = await askAuthority({
      url,
      method: method.toUpperCase(),
      headers: Object.fromEntries(
        Object.entries(headers.toJSON()).map(([name, value]) => [name, String(value)]),
      ),
      body: typeof data === 'string' ? data : undefined,
      caCertificate,
    });
    const failure = failureIn(response, Date.now());
    const isBadNonce = failure !== undefined && problemTypeOf(response.body) === badNonce;
    // acme-client itself sends such a request again, with the new nonce.
    if (isBadNonce) await pauseAfterBadNonce(failure);
    else if (failure !== undefined) throw new OrderError(failure);
    else if (method === 'post') badNonces = 0;
    askedPauseMs = retryAfterMs(response.headers['retry-after'], Date.now());
    const { status, body, headers: received } = response;
    const plain = Object.entries(received).map(([name, value]) => [name, String(value)] as const);
    return { status, statusText: '', data: body, headers: Object.fromEntries(plain), config };
  };
}

/** @throws OrderError `unreachable` after too many in a row: no order would go better. */
async function pauseAfterBadNonce(failure: OrderFailure): Promise<void> {
  badNonces += 1;
  if (badNonces > mostBadNonces) throw new OrderError({ ...failure, kind: 'unreachable' });
  const { withoutPause, firstPauseMs: first, longestPauseMs: longest } = nonceRefusals;
  const paused = badNonces - withoutPause;
  if (paused > 0) await delay(Math.min(longest, first * 2 ** (paused - 1)));
}

function problemTypeOf(body: string): unknown {
  const problem = parsed(body);
  return isRecord(problem) ? problem['type'] : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
