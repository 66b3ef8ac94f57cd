import { forecastReceiving, forecastSending } from '../../../topology/buffer-forecast.ts';
import type { ReceiveForecast, SendForecast } from '../../../topology/buffer-forecast.ts';
import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import {
  checkpointInterval,
  minVraMemory,
  receiveBufferShare,
  sendBufferShare,
  vraBufferPool,
} from '../../../topology/limits.ts';
import type { Link, Vra } from '../../../topology/model.ts';
import { formatDuration, formatSize } from '../../../topology/quantities.ts';
import { slowestRate } from '../../../topology/sizing.ts';
import { listed } from '../../listed.ts';
import type { Fix, Report, Rule } from '../../rule.ts';

export const bufferShort: Rule = {
  name: 'vra/buffer-short',
  title: 'A burst fills the buffer of a VRA',
  severity: 'warning',
  facts: ['VRA-11'],
  check({ topology, report }) {
    // Less than a VRA needs at all is a mistake of its own (vra/memory).
    const works = ({ memory }: Vra): boolean => memory >= minVraMemory;
    for (const forecast of forecastSending(topology)) {
      const { vra, fullAfter } = forecast;
      if (works(vra) && fullAfter !== undefined) report(sending(forecast, fullAfter));
    }
    for (const forecast of forecastReceiving(topology)) {
      const { vra, holds } = forecast;
      if (works(vra) && holds < checkpointInterval) report(receiving(forecast));
    }
  },
};

const consequence = 'A bitmap sync follows, and there are no checkpoints until it has ended.';

function sending(forecast: SendForecast, fullAfter: number): Report {
  const { load, vra, bursting, streams, usable, peak } = forecast;
  const at = within(vra.place, 'memory');
  const ways = streams.map(
    ({ site, bottleneck, available, written, wire }) =>
      `${perSecond(written)} are written for ${site.name}, of which ${bottleneck.name} takes ` +
      `${perSecond(Math.min(written, available * (written / wire)))} (${bits(available)}` +
      `${throttled(bottleneck)}${wire < written ? `, compressed ${Number((written / wire).toFixed(1))}:1` : ''})`,
  );
  const wider = streams
    .filter(({ available, wire }) => available < wire)
    .map(({ bottleneck, wire, available }) => {
      return `${bits(slowestRate(bottleneck) + wire - available)} on ${bottleneck.name}`;
    });
  const remedy =
    forecast.memory === undefined
      ? `No memory would do, for the buffer is not empty again before the next burst: it takes ` +
        `${wider.join(' and ')}.`
      : `${formatSize(forecast.memory)} of memory would do, or ${wider.join(' and ')}.`;
  return {
    at,
    message:
      `The ${bursting.length > 1 ? 'bursts' : 'burst'} of ` +
      `${listed(bursting.map(({ name }) => name))} ${bursting.length > 1 ? 'fill' : 'fills'} ` +
      `the buffer of the VRA on ${load.host.name} after ${formatDuration(rounded(fullAfter))}: ` +
      `${ways.join('; ')}. ${formatSize(peak)} would wait, but ` +
      `${sendBufferShare * 100} % of the buffer of ${formatSize(vraBufferPool(vra.memory))} are ` +
      `${formatSize(usable)}. ${consequence} ${remedy}`,
    fixes: forecast.memory === undefined ? [] : moreMemory(vra, forecast.memory),
    related: bursting.slice(0, 10).map((vm) => ({
      message: `The burst of ${vm.name}`,
      place: within(vm.place, 'burst'),
    })),
  };
}

function receiving(forecast: ReceiveForecast): Report {
  const { load, vra, usable, arriving, holds } = forecast;
  const at = within(vra.place, 'memory');
  const enough = forecast.memoryFor(checkpointInterval);
  return {
    at,
    message:
      `Up to ${perSecond(arriving)} arrive at the VRA on ${load.host.name} while what recovers ` +
      `there bursts. ${receiveBufferShare * 100} % of its buffer of ${formatSize(vraBufferPool(vra.memory))} ` +
      `are ${formatSize(usable)}, which is full after ${formatDuration(rounded(holds))} whenever ` +
      `the journal's storage stalls: less than one checkpoint interval of ` +
      `${formatDuration(checkpointInterval)}. ${consequence} ` +
      `${formatSize(enough)} of memory would hold one.`,
    fixes: moreMemory(vra, enough),
  };
}

function moreMemory(vra: Vra, bytes: number): readonly Fix[] {
  const { document, path } = within(vra.place, 'memory');
  const size = formatSize(bytes);
  return [
    {
      title: `Give the VRA on ${vra.host.name} ${size} of memory`,
      edits: replaceValue(document, path, size),
      safe: false,
    },
  ];
}

/** Nobody plans by the millisecond. */
function rounded(milliseconds: number): number {
  return milliseconds < 10_000 ? Math.round(milliseconds) : Math.round(milliseconds / 1000) * 1000;
}

/** What VMs write is known in bytes, whatever the line is sold in. */
function perSecond(bytes: number): string {
  return `${Number((bytes / 2 ** 20).toFixed(1))}MiB/s`;
}

/** Lines are sold in bits. */
function bits(bytesPerSecond: number): string {
  return `${Math.ceil((bytesPerSecond * 8) / 1e6)}Mbit/s`;
}

function throttled(link: Link): string {
  return slowestRate(link) < link.bandwidth ? ' while it is throttled' : '';
}
