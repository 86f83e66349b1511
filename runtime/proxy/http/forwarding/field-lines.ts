/** Returns the field lines of names and values that take turns, each with its CRLF. */
export function fieldLines(fields: readonly string[]): string {
  let text = '';
  for (let index = 0; index + 1 < fields.length; index += 2) {
    text += `${fields[index]}: ${fields[index + 1]}\r\n`;
  }
  return text;
}
