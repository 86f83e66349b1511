import type { Reply } from '../contract/handler.ts';
import { httpDate } from '../message/http-date.ts';

/** Returns the complete answer that the handler gives. @param added further field lines. */
export function replyText(
  { status, reason, fields, body }: Reply,
  options: { close: boolean; head: boolean; added: string },
): string {
  let text = `HTTP/1.1 ${status} ${reason}\r\nDate: ${httpDate()}\r\n`;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    text += `${fields[index]}: ${fields[index + 1]}\r\n`;
  }
  text += `Content-Length: ${body.length}\r\n${options.added}`;
  return `${text}${options.close ? 'Connection: close\r\n' : ''}\r\n${options.head ? '' : body}`;
}
