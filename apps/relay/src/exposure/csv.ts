/** CSV as RFC 4180 has it, made safe for spreadsheets. */

/** What a spreadsheet would take for a formula when a cell begins with it. */
const FORMULA = /^[=+\-@\t\r\n]/;
const QUOTED = /[",\r\n]/;

/** One line with its CRLF. A text that would be a formula gets an apostrophe in front; numbers stay numbers. */
export function csvLine(fields: readonly (string | number | undefined)[]): string {
  return `${fields.map(csvField).join(',')}\r\n`;
}

function csvField(field: string | number | undefined): string {
  if (field === undefined) return '';
  if (typeof field === 'number') return String(field);
  const safe = FORMULA.test(field) ? `'${field}` : field;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
