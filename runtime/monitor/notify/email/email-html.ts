import { html, raw } from 'hono/html';
import type { Notification } from '../../../core/alerting/notification.ts';
import { rowsOf, statusOf } from '../notification-text.ts';

const colour = { opened: '#b42318', 're-alerted': '#b54708', resolved: '#067647' } as const;
const badge = { opened: 'Open', 're-alerted': 'Still open', resolved: 'Resolved' } as const;
const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/** HTML body of an email, in tables and inline styles because mail readers support little else. */
export async function emailHtml(
  notification: Notification,
  link: string | undefined,
): Promise<string> {
  const { summary, actions, evidence } = notification.details;
  const accent = colour[notification.transition];
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
          <tr>
            <td style="border-top:4px solid ${accent};padding:20px 0 4px">
              <p style="margin:0;color:${accent};font-weight:600">
                ${badge[notification.transition]}
              </p>
              <h1 style="margin:4px 0 8px;font-size:20px;line-height:1.3">${summary}</h1>
              <p style="margin:0 0 16px">${statusOf(notification)}</p>
              ${actionsHtml(actions)}
              <table role="presentation" style="border-collapse:collapse;margin:0 0 16px">
                ${rowsOf(notification).map(rowHtml)}
              </table>
              ${evidence === undefined ? '' : html`<p style="margin:0 0 16px"><strong>Evidence:</strong> ${evidence}.</p>`}
              ${link === undefined ? '' : html`<p style="margin:0"><a href="${link}">${link}</a></p>`}
            </td>
          </tr>
        </table>
      </body>
    </html> `;
  return String(page);
}

function actionsHtml(actions: readonly string[]) {
  if (actions.length === 0) return '';
  const items = actions.map((action) => html`<li>${action}</li>`);
  return html`<p style="margin:0;font-weight:600">What Perch did</p>
    <ul style="margin:4px 0 16px;padding-left:20px">
      ${items}
    </ul>`;
}

function rowHtml([label, value]: readonly [string, string]) {
  return html`<tr>
    <td style="padding:2px 16px 2px 0;opacity:.7">${label}</td>
    <td style="padding:2px 0">${value}</td>
  </tr> `;
}
