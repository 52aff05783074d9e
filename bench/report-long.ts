/** The figures of what is measured only by name: a large store, and a long run. */
import type { LoadedFigures, LoadedSettings } from './loaded.ts';
import type { Machine } from './machine.ts';
import { machineText, row, short, verdictRows, whole } from './report.ts';
import type { SoakFigures, SoakSample } from './soak.ts';

const verdictHead = [
  row(['figure', 'target', 'reached', 'single rounds', '']),
  row(['---', '---', '---', '---', '---']),
];

export function loadedMarkdown(
  machine: Machine,
  settings: LoadedSettings,
  figures: LoadedFigures,
): string {
  const { people, fillSeconds, rows, verdicts } = figures;
  const filled = Object.entries(fillSeconds).map(
    ([engine, seconds]) => `${engine} in ${whole(seconds)} s`,
  );
  const met = verdicts.filter((verdict) => verdict.met).length;
  return [
    `${machineText(machine)} ${whole(people)} people, ${whole(people * 10)} refresh tokens, ${whole(people / 10)} applications, written to ${filled.join(', to ')}. Medians of ${settings.runs} interleaved rounds of ${settings.seconds} s at half of what the empty server answers, 16 connections. ${met} of ${verdicts.length} targets met.`,
    '',
    row(['engine', 'endpoint', 'per second', 'empty: p50, p99 ms', 'filled: p50, p99 ms']),
    row(['---', '---', '---:', '---:', '---:']),
    ...rows.map(({ engine, endpoint, perSecond, empty, filled: full }) =>
      row([
        engine,
        endpoint,
        whole(perSecond),
        `${short(empty.p50)}, ${short(empty.p99)}`,
        `${short(full.p50)}, ${short(full.p99)}`,
      ]),
    ),
    '',
    ...verdictHead,
    ...verdictRows('Large store', verdicts),
  ].join('\n');
}

const shownSamples = 10;

/** Every tenth part of the time. */
function thin(samples: readonly SoakSample[]): readonly SoakSample[] {
  const step = Math.max(1, Math.floor(samples.length / shownSamples));
  return samples.filter((_, index) => index % step === 0);
}

export function soakMarkdown(machine: Machine, figures: SoakFigures): string {
  const { engine, minutes, perSecond, completed, p50Milliseconds, p99Milliseconds, samples } =
    figures;
  return [
    `${machineText(machine)} ${minutes} minutes on ${engine} at 60 % of capacity: ${whole(perSecond)} units a second, of which a third are code flows, a third refreshes, a third client credentials; ${whole(completed)} in all, none failed, p50 ${short(p50Milliseconds)} ms, p99 ${short(p99Milliseconds)} ms.`,
    '',
    ...verdictHead,
    ...verdictRows('Soak', figures.verdicts),
    '',
    row(['minute', 'resident MB', 'open files']),
    row(['---:', '---:', '---:']),
    ...thin(samples).map(({ minute, megabytes, handles }) =>
      row([minute.toFixed(1), whole(megabytes), String(handles)]),
    ),
  ].join('\n');
}
