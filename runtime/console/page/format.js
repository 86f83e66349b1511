import { make } from './dom.js';

const counts = new Intl.NumberFormat('en');
const days = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const minutes = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** Text of a value that nobody reported: never zero. */
export const unknown = '–';

export function count(value) {
  return value === null ? unknown : counts.format(value);
}

export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Percent with two decimals at most. */
export function percent(value) {
  return value === null ? unknown : `${Number(value.toFixed(2))}%`;
}

export function milliseconds(value) {
  if (value === null) return unknown;
  return value >= 9_999.5 ? `${rounded(value / 1_000)} s` : `${rounded(value)} ms`;
}

export function bytes(value) {
  if (value === null) return unknown;
  return value >= 999.5e6 ? `${rounded(value / 1e9)} GB` : `${rounded(value / 1e6)} MB`;
}

/** Duration in at most two units: `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms) {
  const total = Math.max(0, Math.round(ms / 1_000));
  const parts = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3_600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'min'],
    [total % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

/** Element with a time in the reader's zone, of today to the second, and in UTC on hover. */
export function timeOf(ms) {
  const date = new Date(ms);
  return make('time', { datetime: date.toISOString(), title: date.toISOString() }, timeText(date));
}

/** Element with a date in the reader's zone, without its time of day unless it is today. */
export function dayOf(ms) {
  const date = new Date(ms);
  return make(
    'time',
    { datetime: date.toISOString(), title: date.toISOString() },
    days.format(date),
  );
}

function timeText(date) {
  if (new Date().toDateString() === date.toDateString()) return seconds.format(date);
  return `${days.format(date)}, ${minutes.format(date)}`;
}

/** Nodes of a sentence, in which commands stand in backticks. */
export function sentence(text) {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? make('code', {}, part) : part))
    .filter((part) => part !== '');
}

function rounded(value) {
  return String(Number(value.toFixed(Math.abs(value) < 100 ? 1 : 0)));
}
