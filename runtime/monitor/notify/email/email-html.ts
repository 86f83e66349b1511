import { html, raw } from 'hono/html';
import type { Notification } from '../../../core/alerting/notification.ts';
import type { NotificationGroup } from '../channel.ts';
import { describedIncidents, groupSummary, inReadingOrder } from '../group-text.ts';
import {
  incidentLink,
  linePrefix,
  listsOf,
  rowsOf,
  statusOf,
  type MessageList,
} from '../notification-text.ts';

const colour = { opened: '#b42318', 're-alerted': '#b54708', resolved: '#067647' } as const;
const badge = { opened: 'Open', 're-alerted': 'Still open', resolved: 'Resolved' } as const;
const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/** HTML body of an email, in tables and inline styles because mail readers support little else. */
export async function emailHtml(
  group: NotificationGroup,
  link: string | undefined,
): Promise<string> {
  const ordered = inReadingOrder(group);
  const described = ordered.slice(0, describedIncidents);
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="color-scheme" content="light dark" />
      </head>
      <body style="margin:0;padding:24px;${raw(font)};font-size:15px;line-height:1.5">
        <table
          role="presentation"
          width="100%"
          style="max-width:600px;margin:0 auto;border-collapse:collapse"
        >
          ${ordered.length === 1 ? '' : overviewHtml(ordered, described)}
          ${described.map((notification) => incidentHtml(notification, link))}
        </table>
      </body>
    </html> `;
  return String(page);
}

function overviewHtml(group: NotificationGroup, described: readonly Notification[]) {
  const left = group.length - described.length;
  const items = described.map(
    ({ transition, details }) => html`<li>${linePrefix[transition]}${details.summary}</li>`,
  );
  return html`<tr>
    <td style="padding:0 0 16px">
      <h1 style="margin:4px 0 8px;font-size:20px;line-height:1.3">${groupSummary(group)}</h1>
      <ul style="margin:4px 0;padding-left:20px">
        ${items}
      </ul>
      ${left === 0 ? '' : html`<p style="margin:0">and ${left} more: see perch incidents.</p>`}
    </td>
  </tr>`;
}

function incidentHtml(notification: Notification, link: string | undefined) {
  const { summary, evidence, logs = [], runbook } = notification.details;
  const accent = colour[notification.transition];
  const url = incidentLink(link, notification);
  return html`<tr>
    <td style="border-top:4px solid ${accent};padding:20px 0 20px">
      <p style="margin:0;color:${accent};font-weight:600">${badge[notification.transition]}</p>
      <h1 style="margin:4px 0 8px;font-size:20px;line-height:1.3">${summary}</h1>
      <p style="margin:0 0 16px">${statusOf(notification)}</p>
      ${listsOf(notification).map(listHtml)}
      ${evidence === undefined ? '' : html`<p style="margin:0 0 16px"><strong>Evidence:</strong> ${evidence}.</p>`}
      ${logs.map((log) => html`<pre style="margin:0 0 16px;white-space:pre-wrap;font-size:12px">${log}</pre>`)}
      <table role="presentation" style="border-collapse:collapse;margin:0 0 16px">
        ${rowsOf(notification).map(rowHtml)}
      </table>
      ${runbook === undefined ? '' : html`<p style="margin:0">Runbook: ${anchorHtml(runbook)}</p>`}
      ${url === undefined ? '' : html`<p style="margin:0">${anchorHtml(url)}</p>`}
    </td>
  </tr>`;
}

function listHtml({ title, items }: MessageList) {
  const heading = html`<p style="margin:0 0 16px;font-weight:600">${title}</p>`;
  if (items.length === 0) return heading;
  return html`<p style="margin:0;font-weight:600">${title}</p>
    <ul style="margin:4px 0 16px;padding-left:20px">
      ${items.map((item) => html`<li>${item}</li>`)}
    </ul>`;
}

/** Link to a web page; a text that is no URL of the web is shown, and leads nowhere. */
function anchorHtml(url: string) {
  return /^https?:\/\//i.test(url) ? html`<a href="${url}">${url}</a>` : url;
}

function rowHtml([label, value]: readonly [string, string]) {
  return html`<tr>
    <td style="padding:2px 16px 2px 0;opacity:.7">${label}</td>
    <td style="padding:2px 0">${value}</td>
  </tr> `;
}
