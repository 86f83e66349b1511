import { byId, note, setText } from './dom.js';
import { drawCertificates, drawProxies } from './edge-view.js';
import { drawEvents } from './event-view.js';
import { drawFlags } from './flag-view.js';
import { drawHistory } from './history-view.js';
import { drawIncidents } from './incident-view.js';
import { drawMembers } from './member-view.js';
import { drawRollout } from './rollout-view.js';
import { drawMaintenance, drawRelease, drawSummary } from './summary-view.js';

/** Silence after which the console counts as unreachable: it sends something twice a second. */
const silentAfterMs = 3_000;
const timeoutMs = 5_000;

/** Parts of the overview as the console last sent them. */
const state = {};
let lastTickMs = performance.now();
let isDrawn = true;

function follow() {
  const stream = new EventSource('/api/stream');
  for (const part of parts) {
    stream.addEventListener(part, ({ data }) => {
      state[part] = JSON.parse(data);
      isDrawn = false;
    });
  }
  stream.addEventListener('tick', ({ data }) => {
    state.nowMs = Number(data);
    lastTickMs = performance.now();
    draw();
  });
}

const parts = [
  'service',
  'summary',
  'release',
  'rollout',
  'proxies',
  'silentProxies',
  'silentHosts',
  'certificates',
  'maintenance',
  'flags',
  'incidents',
  'events',
  'history',
];

function draw() {
  showConnection();
  if (!isDrawn) {
    isDrawn = true;
    document.title = `${state.summary.tone === 'bad' ? '● ' : ''}${state.service} · Perch`;
    setText(byId('service'), state.service);
    drawSummary(state.summary);
    drawRelease(state.release);
    drawMaintenance(state.maintenance);
    drawIncidents(state.incidents);
    drawMembers({ release: state.release, silentHosts: state.silentHosts });
    drawProxies({
      proxies: state.proxies,
      silent: state.silentProxies,
      generation: state.release.document?.generation ?? null,
    });
    drawCertificates(state.certificates);
    drawFlags(state.flags, toggle);
    drawEvents(state.events);
    drawHistory(state.history);
  }
  // The time that a step has left changes by itself.
  drawRollout(state);
}

/** Says whether what the page shows is fresh. */
function showConnection() {
  const [text, condition] = connection();
  setText(byId('connection'), text);
  byId('connection').className = `connection ${condition}`;
  document.body.classList.toggle('stale', condition === 'lost');
}

function connection() {
  if (performance.now() - lastTickMs > silentAfterMs) return ['console unreachable', 'lost'];
  if (state.nowMs === undefined) return ['connecting', ''];
  return state.events === null ? ['Redis unreachable', 'lost'] : ['live', 'live'];
}

async function toggle(key) {
  try {
    await answer(
      fetch(`/flags/${encodeURIComponent(key)}/toggle`, {
        method: 'POST',
        signal: AbortSignal.timeout(timeoutMs),
      }),
    );
    note(byId('alert'));
  } catch (error) {
    note(byId('alert'), `Flag ${key} was not changed: ${error.message}`);
  }
}

/** Returns the body of a successful response; throws the reason of a failure. */
async function answer(request) {
  const response = await request;
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail ?? `the console responded with ${response.status}`);
  return body;
}

setInterval(showConnection, 1_000);
follow();
