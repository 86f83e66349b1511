import type { Arrival } from './provider.ts';
import type { ProviderFailure } from './provider-failure.ts';
import { accessOf } from './access.ts';
import type { SignInConfig } from './sign-in-config.ts';
import type { SignInPage } from './sign-in-page.ts';

/** Path that begins a sign-in. */
export const signInPath = '/sign-in';

/** Address that begins a sign-in, which ends at an address of the console. */
export function signInHref(origin: string, returnTo: string, choosesAccount = false): string {
  const url = new URL(signInPath, origin);
  const { pathname, search } = new URL(returnTo, origin);
  url.searchParams.set('return', `${pathname}${search}`);
  if (choosesAccount) url.searchParams.set('choose', '');
  return url.href;
}

/** Page of a provider that signed nobody in. */
export function failurePage({ kind, text }: ProviderFailure, href: string): SignInPage {
  const isRefusal = kind === 'refused';
  return {
    status: isRefusal ? 403 : 503,
    title: isRefusal ? 'You are not signed in' : 'Nobody can sign in right now',
    text,
    link: ['Try again', href],
  };
}

/** Verified address of somebody who may use the console, or the page that says why not. */
export type Admission =
  | { readonly kind: 'admitted'; readonly email: string }
  | { readonly kind: 'refused'; readonly page: SignInPage };

/**
 * Decides whether the person whom the provider sent back may use the console.
 * @param href - address at which the person may try again.
 */
export function admit(arrival: Arrival, config: SignInConfig, href: string): Admission {
  if (arrival.kind !== 'identified') return { kind: 'refused', page: failurePage(arrival, href) };
  const { email, isVerified } = arrival;
  const { host } = new URL(config.issuer);
  if (email === undefined) return refusal(`${host} named no email address for you.`, href);
  if (!isVerified) {
    return refusal(`${host} does not say that it verified your address ${email}.`, href);
  }
  if (accessOf(email, config) !== undefined) return { kind: 'admitted', email };
  return refusal(`${email} is not on the list of people who may use it.`, href);
}

function refusal(text: string, href: string): Admission {
  const title = 'You may not use this console';
  const link = ['Use another account', href] as const;
  return { kind: 'refused', page: { status: 403, title, text, link } };
}

/** Page of a way back from the provider that this browser has not begun. */
export const unknownPage: SignInPage = {
  status: 400,
  title: 'This sign-in has ended',
  text: 'It was used already, it began more than 10 minutes ago, or it began in another browser.',
  link: ['Sign in', signInPath],
};

export const tooManyPage: SignInPage = {
  status: 429,
  title: 'Too many sign-ins',
  text: 'There were too many attempts from your address. Wait some seconds.',
  link: ['Sign in', signInPath],
};

/** Page of somebody who signed out, and may still be signed in at the provider. */
export function signedOutPage({ origin, issuer }: SignInConfig): SignInPage {
  return {
    status: 200,
    title: 'You are signed out',
    text: `You may still be signed in at ${new URL(issuer).host}.`,
    link: ['Sign in', signInHref(origin, '/', true)],
  };
}
