import type { Reply } from '../contract/handler.ts';
import { fieldLines } from '../forwarding/field-lines.ts';
import { httpDate } from '../message/http-date.ts';

/** Returns the complete answer that the handler gives. @param hsts name and value, or nothing. */
export function replyText(
  { status, reason, fields, body }: Reply,
  options: { close: boolean; head: boolean; hsts: readonly string[] },
): string {
  let text = `HTTP/1.1 ${status} ${reason}\r\nDate: ${httpDate()}\r\n`;
  text += fieldLines(fields);
  text += `Content-Length: ${body.length}\r\n${fieldLines(options.hsts)}`;
  return `${text}${options.close ? 'Connection: close\r\n' : ''}\r\n${options.head ? '' : body}`;
}
