import { html } from 'hono/html';
import { aboutPath } from './assets.ts';
import { isColour, page, type Html, type PageFrame } from './layout.ts';

export interface HomePage extends PageFrame {
  /** Address of the server; undefined hides it. */
  readonly address: string | undefined;
  /** Features that are on for this visitor. */
  readonly features: readonly { path: string; name: string }[];
  /** True if a visitor may break and mend the canary, as in a rehearsal. */
  readonly isBreakable: boolean;
}

export function homePage(home: HomePage): Html {
  const { identity, background, address, features, isBreakable } = home;
  const canary = identity.track === 'canary';
  const content = html`
    <h1>Version ${identity.version}</h1>
    <p class="lead">This response comes from the ${identity.track} version.</p>
    ${
      canary
        ? html`<p class="trial">
            <strong>This is a canary.</strong> Part of the traffic goes to this new version while
            Perch compares it with the stable version.
          </p>`
        : ''
    }
    <dl>
      ${fact('Member', identity.memberId)}
      ${fact('Background', isColour(background) ? background : `${background} (not a colour)`)}
      ${address === undefined ? '' : fact('Server', address)}
    </dl>
    <p><a href="${aboutPath(identity)}">About this version</a></p>
    ${
      features.length === 0
        ? ''
        : html`<nav class="pages" aria-label="Features">
            ${features.map(({ path, name }) => html`<a href="${path}">${name}</a>`)}
          </nav>`
    }
    <section id="live" aria-labelledby="live-title" hidden>
      <h2 id="live-title">Latest responses</h2>
      <ol class="answers" id="answers" aria-hidden="true"></ol>
      <p class="count" id="count"></p>
    </section>
    ${isBreakable ? breakSection : ''}
    <script type="module" src="/live.js"></script>
  `;
  return page(home, `Version ${identity.version}`, content);
}

/** Hidden without scripts, which ask until they reach a canary. */
const breakSection = html`<section id="rehearsal" aria-labelledby="rehearsal-title" hidden>
    <h2 id="rehearsal-title">Rehearse a bad release</h2>
    <p id="canary-state"></p>
    <button type="button" id="break" class="primary danger" hidden>Break the canary</button>
    <button type="button" id="mend" class="primary" hidden>Mend the canary</button>
    <p class="count" id="break-outcome" role="status"></p>
  </section>
  <script type="module" src="/break.js"></script>`;

function fact(name: string, value: string): Html {
  return html`<dt>${name}</dt>
    <dd>${value}</dd>`;
}
