/** What stands above the timeline's picture. */
import { createButton, createCheckbox } from '../ui/toolkit.ts';
import type { TimelineContent } from './protocol.ts';
import { html } from './svg.ts';
import { count } from './wording.ts';

export interface HeaderActions {
  readonly rates: (shown: boolean) => void;
  readonly zoomBy: (factor: number) => void;
  readonly showAll: () => void;
  readonly runAgain: () => void;
}

/** Title, verdict, buttons, what failed, and the legend. */
export function fillHeader(
  header: HTMLElement,
  content: TimelineContent,
  withRates: boolean,
  actions: HeaderActions,
): void {
  const isLab = content.verdict === 'running' || content.verdict === 'ended';
  const verdict = html('span', { class: `verdict ${content.verdict}` }, verdictText(content));
  const buttons = html(
    'div',
    { class: 'buttons' },
    createCheckbox({
      label: 'Rates',
      checked: withRates,
      onChange: actions.rates,
    }),
    createButton({
      label: '−',
      title: 'Zoom out (−)',
      onPress: () => {
        actions.zoomBy(2);
      },
    }),
    createButton({
      label: '+',
      title: 'Zoom in (+)',
      onPress: () => {
        actions.zoomBy(0.5);
      },
    }),
    createButton({
      label: 'Show All',
      title: 'Show all of it (0)',
      onPress: actions.showAll,
    }),
    ...(isLab
      ? []
      : [
          createButton({
            label: 'Run Again',
            title: 'Run the drill again',
            appearance: 'primary',
            onPress: actions.runAgain,
          }),
        ]),
  );
  header.replaceChildren(
    html(
      'div',
      { class: 'titles' },
      html('h1', {}, content.title, ' ', verdict),
      html('p', { class: 'subtitle' }, content.subtitle),
    ),
    buttons,
  );
  if (content.failures.length > 0) {
    header.append(
      html(
        'ul',
        { class: 'failures' },
        ...content.failures.map((failure) => html('li', {}, failure)),
      ),
    );
  }
  header.append(legend());
}

function verdictText({ verdict, failures }: TimelineContent): string {
  switch (verdict) {
    case 'passed':
      return '✓ passed';
    case 'failed':
      return `✗ ${count(failures.length, 'failure', 'failures')}`;
    case 'running':
      return '● running';
    case 'ended':
      return '○ ended';
  }
}

function legend(): HTMLElement {
  const entries = [
    ['checkpoints', 'checkpoints'],
    ['gap', 'gap'],
    ['aged-out', 'aged out'],
    ['outage', 'outage'],
    ['transmit', 'transmit'],
    ['receive', 'receive'],
    ['diskWrite', 'disk write'],
  ] as const;
  return html(
    'ul',
    { class: 'legend', 'aria-hidden': 'true' },
    ...entries.map(([kind, label]) =>
      html('li', {}, html('span', { class: `swatch ${kind}` }), label),
    ),
  );
}
