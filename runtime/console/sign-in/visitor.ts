import type { Context } from 'hono';

/** Person who signed in and makes a request. */
export interface Visitor {
  /** Verified email address, in lower case: the name of all of the person's changes. */
  readonly email: string;
  readonly mayChange: boolean;
  /** False once the session is over. */
  readonly isSignedIn: () => boolean;
}

declare module 'hono' {
  interface ContextVariableMap {
    /** Undefined in a console at which nobody signs in. */
    visitor: Visitor | undefined;
  }
}

/** Person who makes the request; undefined in a console at which nobody signs in. */
export function visitorOf(c: Context): Visitor | undefined {
  return c.get('visitor');
}

/**
 * Name of the person who makes the request, for events.
 * @param operator - name in a console at which nobody signs in.
 */
export function operatorOf(c: Context, operator: string): string {
  return visitorOf(c)?.email ?? operator;
}
