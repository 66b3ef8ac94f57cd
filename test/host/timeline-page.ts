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

/** Whether a value in the browser databases of the workbench holds a text next to a view's `from`. */
export function storedInWorkbench(from: string): string {
  return `(async () => {
    const wait = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const view = new RegExp('view[^a-z]+from[^a-z0-9]+${from}[^0-9]');
    for (const { name } of await indexedDB.databases()) {
      const database = await wait(indexedDB.open(name));
      try {
        for (const store of database.objectStoreNames) {
          const values = await wait(database.transaction(store).objectStore(store).getAll());
          if (values.some((value) => typeof value === 'string' && view.test(value))) return true;
        }
      } finally {
        database.close();
      }
    }
    return false;
  })()`;
}
