import { drawActions } from './action-view.js';
import { startCharts } from './charts-view.js';
import { aboutService } from './chosen-service.js';
import { byId, note, setText } from './dom.js';
import { drawCertificates, drawProxies } from './edge-view.js';
import { drawEvents } from './event-view.js';
import { drawFlags } from './flag-view.js';
import { drawHistory } from './history-view.js';
import { drawIncidents, drawResolved } from './incident-view.js';
import { showLinks } from './links.js';
import { drawMembers } from './member-view.js';
import { drawRollout } from './rollout-view.js';
import { drawServices, listsServices, startServices } from './service-view.js';
import { checkSession, drawPerson, isSignedOut } from './sign-in-view.js';
import { drawMaintenance, drawRelease, drawSummary } from './summary-view.js';

/** Silence after which the console counts as unreachable: it sends something twice a second. */
const silentAfterMs = 3_000;

/** Parts of the overview as the console last sent them. */
const state = {};
let lastTickMs = performance.now();
let isDrawn = true;

/** Pause before a silent stream is replaced by a new one, milliseconds. */
const reopenAfterMs = 6_000;
let openedMs = 0;
let stream;

/** Opens the stream. A browser gives some broken ones up by itself, for example after a change of network. */
function follow() {
  openedMs = performance.now();
  stream?.close();
  stream = new EventSource(aboutService('/api/stream'));
  for (const part of parts) {
    stream.addEventListener(part, ({ data }) => {
      state[part] = JSON.parse(data);
      isDrawn = false;
    });
  }
  stream.addEventListener('signed-out', () => {
    stream.close();
    dispatchEvent(new Event('signed-out'));
  });
  // A browser does not reopen a stream that was refused.
  stream.addEventListener('error', () => {
    if (stream.readyState === EventSource.CLOSED) void checkSession();
  });
  stream.addEventListener('tick', ({ data }) => {
    state.nowMs = Number(data);
    lastTickMs = performance.now();
    draw();
  });
}

const parts = [
  'service',
  'services',
  'page',
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
  'resolvedIncidents',
  'silences',
  'events',
  'history',
];

function draw() {
  showConnection();
  if (!isDrawn) {
    isDrawn = true;
    const isUrgent = state.summary.tone === 'bad';
    drawServices({ services: state.services, service: state.service });
    const shown = listsServices() ? 'all services' : state.service;
    document.title = `${isUrgent && !listsServices() ? '● ' : ''}${shown} · Perch`;
    setText(byId('service'), shown);
    drawPerson(state.page);
    drawSummary(state.summary);
    drawRelease(state.release);
    drawActions({
      names: state.release.actions,
      weight: state.release.document?.weight ?? 0,
      page: state.page,
    });
    drawMaintenance(state.maintenance);
    drawIncidents({ incidents: state.incidents, silences: state.silences, page: state.page });
    drawResolved(state.resolvedIncidents);
    drawMembers({ release: state.release, silentHosts: state.silentHosts, page: state.page });
    drawProxies({
      proxies: state.proxies,
      silent: state.silentProxies,
      generation: state.release.document?.generation ?? null,
    });
    drawCertificates(state.certificates);
    drawFlags(state.flags, state.page);
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
  note(byId('stale'), staleText());
}

/** Undefined unless what the page shows may be out of date without saying so itself. */
function staleText() {
  if (!isSilent() || state.nowMs === undefined) return undefined;
  const at = new Date(state.nowMs).toLocaleTimeString();
  if (isSignedOut()) return `You are signed out. Everything below is as of ${at}.`;
  return `The console does not respond. Everything below is as of ${at}.`;
}

function isSilent() {
  return performance.now() - lastTickMs > silentAfterMs;
}

function connection() {
  if (isSignedOut()) return ['signed out', 'lost'];
  if (isSilent()) return ['console unreachable', 'lost'];
  if (state.nowMs === undefined) return ['connecting', ''];
  return state.events === null ? ['Redis unreachable', 'lost'] : ['live', 'live'];
}

function watchStream() {
  showConnection();
  if (isSignedOut()) return;
  if (isSilent() && performance.now() - openedMs > reopenAfterMs) follow();
}

setInterval(watchStream, 1_000);
follow();
startCharts();
void showLinks();
startServices();
