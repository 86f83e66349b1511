import type { Notice } from '../../core/alerting/notification.ts';
import { rowsOf, standing } from './notice-text.ts';

/** The mail's body for readers without HTML, lines of plain text. */
export function mailText(notice: Notice, link: string | undefined): string {
  const { headline, actions, evidence } = notice.facts;
  const rows = rowsOf(notice);
  const width = Math.max(...rows.map(([label]) => label.length));
  const blocks = [
    [`${headline}.`, standing(notice)],
    actions.length === 0 ? [] : ['What was done:', ...actions.map((action) => `- ${action}`)],
    rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`),
    evidence === undefined ? [] : [`Evidence: ${evidence}.`],
    link === undefined ? [] : [link],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}
