import { byId, keyedList, make, note, onChange, setText } from './dom.js';
import { bytes, count, percent, timeOf, unknown } from './format.js';

const stateTones = { active: 'good', draining: 'warning', ejected: 'bad', reserved: '' };
/** Part of its limit from which a member's memory is shown as high. */
const highMemory = 0.9;

const trackOrder = ['canary', 'stable'];

/** Draws the members of `overview.release`, and which hosts are silent. */
export const drawMembers = onChange(({ release: { document }, silentHosts }) => {
  const members = document?.members ?? [];
  note(byId('members-empty'), emptyText(document));
  setText(byId('members-count'), members.length === 0 ? '' : countText(members, silentHosts));
  list(members.toSorted(inOrder).map((member) => ({ ...member, silent: isSilent(member) })));

  function isSilent({ host }) {
    return silentHosts?.includes(host) ?? false;
  }
});

function emptyText(document) {
  if (document === null) return 'The members are not known.';
  return document.members.length === 0 ? 'No member is registered.' : undefined;
}

function countText(members, silentHosts) {
  const active = members.filter(({ state }) => state === 'active').length;
  const text = `${active} of ${members.length} active`;
  return silentHosts === null ? `${text} · no monitor reports` : text;
}

const list = keyedList(byId('member-rows'), ({ id }) => id, memberRow);

function memberRow({ id, host, track, version, state, health, inFlight, failures, usage, silent }) {
  return make(
    'tr',
    { role: 'row' },
    make(
      'th',
      { scope: 'row', role: 'rowheader' },
      make('span', { class: `dot ${health === 'healthy' ? 'good' : healthTone(health)}` }, id),
      make(
        'span',
        { class: 'soft' },
        `${health ?? 'health unknown'} · ${host}${silent ? ', silent' : ''}`,
      ),
    ),
    cell('Version', '', version, make('span', { class: 'soft' }, track)),
    cell('State', '', make('span', { class: `pill ${stateTones[state]}` }, state)),
    cell('In flight', 'number', count(inFlight)),
    cell('Failed', 'number', count(failures)),
    cell('CPU', 'number', percent(usage?.cpuPercent ?? null)),
    cell('Memory', 'number', ...memory(usage)),
    cell('Restarts', 'number', ...restarts(usage)),
  );
}

function healthTone(health) {
  return health === 'unhealthy' ? 'bad' : '';
}

function cell(label, classes, ...children) {
  return make('td', { role: 'cell', class: classes, 'data-label': label }, ...children);
}

function memory(usage) {
  const { memoryBytes = null, memoryLimitBytes = null } = usage ?? {};
  if (memoryBytes === null) return [unknown];
  if (memoryLimitBytes === null) return [bytes(memoryBytes)];
  const part = Math.min(1, memoryBytes / memoryLimitBytes);
  const gauge = make('span', { class: part >= highMemory ? 'gauge high' : 'gauge' });
  gauge.style.setProperty('--used', part.toFixed(2));
  return [
    bytes(memoryBytes),
    ' ',
    make('span', { class: 'soft limit' }, `of ${bytes(memoryLimitBytes)}`),
    gauge,
  ];
}

/** Restarts that the monitor has seen, with the time of the last one. */
function restarts(usage) {
  const times = usage?.restartedAt ?? null;
  if (times === null) return [unknown];
  if (times.length === 0) return ['0'];
  return [count(times.length), make('span', { class: 'soft' }, timeOf(times.at(-1)))];
}

function inOrder(a, b) {
  return (
    trackOrder.indexOf(a.track) - trackOrder.indexOf(b.track) || a.id.localeCompare(b.id, 'en')
  );
}
