/** Tables for terminals and for programs that read commas. */

/** Columns as wide as their widest cell, two spaces apart. Those named in `right` end flush. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) =>
    all.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0),
  );
  const lines = all.map((row) =>
    head
      .map((name, column) => {
        const cell = row[column] ?? '';
        const width = widths[column] ?? 0;
        return right.includes(name) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** RFC 4180: lines end with CR and LF, and quotes stand where a cell needs them. */
export function csvTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(text: string): string {
  // A spreadsheet would take the cell for a formula.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
