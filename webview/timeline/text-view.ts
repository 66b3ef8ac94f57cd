/** The same rows as tables: for screen readers, for searching, and for copying into a report. */
import type { Row } from './rows.ts';
import { html } from './svg.ts';
import { timeText } from './wording.ts';

const titles: Record<Row['kind'], string> = {
  vpg: 'VPG',
  component: 'Component',
  alert: 'Alert',
};

export function textView(rows: readonly Row[], summary: readonly string[]): HTMLElement {
  const list = html('ul', {}, ...summary.map((sentence) => html('li', {}, sentence)));
  const head = html(
    'thead',
    {},
    html(
      'tr',
      {},
      ...['From', 'To', 'Of', 'What'].map((title) => html('th', { scope: 'col' }, title)),
    ),
  );
  const lines = rows
    .flatMap((row) => row.marks.map((mark) => ({ row, mark })))
    .sort((a, b) => a.mark.from - b.mark.from);
  const body = html(
    'tbody',
    {},
    ...lines.map(({ row, mark }) =>
      html(
        'tr',
        { 'data-kind': mark.kind },
        html('td', {}, timeText(mark.from)),
        html('td', {}, mark.to === mark.from ? '' : timeText(mark.to)),
        html('td', {}, `${titles[row.kind]} ${row.name}`),
        html('td', {}, mark.text),
      ),
    ),
  );
  const details = html(
    'details',
    { class: 'text-view' },
    html('summary', {}, 'The same as text'),
    list,
    html('table', {}, head, body),
  );
  return details;
}
