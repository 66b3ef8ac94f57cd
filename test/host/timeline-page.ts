/** How the suites look into the timeline's page. */
/** What only the timeline's webview has. */
export const frame = '#timeline';

export interface DrawnMark {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly width: number;
}

/** What the page has drawn, read from its DOM. */
export const drawnMarks = `[...document.querySelectorAll('.mark')].map((mark) => ({
  kind: mark.dataset.kind,
  from: Number(mark.dataset.from),
  to: Number(mark.dataset.to),
  label: mark.getAttribute('aria-label'),
  width: mark.getBoundingClientRect().width,
}))`;
