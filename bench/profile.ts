/**
 * Where the time of a server goes: a summary of the profiles that `node --cpu-prof` leaves, one for
 * each of its threads.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Spent {
  readonly what: string;
  /** Share of the time that the thread was not idle. */
  readonly share: number;
}

const most = 25;
const waiting = new Set(['(idle)', '(root)']);

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const place = url.replace(/^.*\/(packages|node_modules|bench)\//, '$1/');
  const name = functionName === '' ? '(anonymous)' : functionName;
  return place === '' ? name : `${name}  ${place}:${lineNumber + 1}`;
}

/**
 * The room that a function is in: `packages/core`, `node_modules/koa`, `node:http`. Native ones are
 * their own.
 */
function roomOf({ functionName, url }: CallFrame): string {
  if (url === '')
    return functionName.startsWith('RegExp') ? 'regular expressions' : `native ${functionName}`;
  const found =
    /(?:packages|bench)\/[^/]+|node_modules\/(?:@[^/]+\/)?[^/]+|node:(?:internal\/[^/]+|[^/]+)/.exec(
      url,
    );
  return found?.[0] ?? url;
}

function summarise(
  { nodes, samples, timeDeltas }: Profile,
  nameFrame: (frame: CallFrame) => string,
): readonly Spent[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameFrame(callFrame)]));
  const times = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, index) => {
    const name = names.get(id) ?? '?';
    const delta = timeDeltas[index] ?? 0;
    if (waiting.has(name.replace('native ', ''))) return;
    busy += delta;
    times.set(name, (times.get(name) ?? 0) + delta);
  });
  return [...times]
    .map(([what, time]) => ({ what, share: time / busy }))
    .sort((a, b) => b.share - a.share);
}

function lines(spent: readonly Spent[]): string {
  return spent
    .slice(0, most)
    .map(({ what, share }) => `  ${(share * 100).toFixed(1).padStart(5)} %  ${what}`)
    .join('\n');
}

/** Each thread's rooms and functions, by the time spent in them alone, without what they call. */
export function profileText(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  const texts = files.map((file) => {
    const profile = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Profile;
    return `${path.join(folder, file)}\n${lines(summarise(profile, roomOf))}\n\n${lines(summarise(profile, nameOf))}`;
  });
  return texts.join('\n\n');
}

/** For Node: leaves the profiles in the folder. */
export function profilingArgs(folder: string): readonly string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}
