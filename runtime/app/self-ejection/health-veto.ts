/** Path of the member's health check. */
const healthPath = '/healthz';

/**
 * Fails a member's health check while it cannot eject itself, so that proxies stop routing to it by
 * their own checks. The member goes on serving what still arrives.
 */
export class HealthVeto {
  #reason: string | undefined;

  /** Reason for which the health check fails; undefined while it is the member's own. */
  get reason(): string | undefined {
    return this.#reason;
  }

  set(reason: string): void {
    this.#reason = reason;
  }

  lift(): void {
    this.#reason = undefined;
  }

  /** The app as others reach it. The member checks its own health behind the veto. */
  guard<Env>(fetch: (request: Request, env: Env) => Response | Promise<Response>): typeof fetch {
    return (request, env) => {
      const reason = this.#reason;
      if (reason === undefined || new URL(request.url).pathname !== healthPath) {
        return fetch(request, env);
      }
      return Response.json({ status: 'leaving', reason }, { status: 503 });
    };
  }
}
