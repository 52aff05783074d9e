/**
 * How soon `keywright serve` answers after its process was started, and how much memory it holds
 * when nobody calls: as its users install it, built (tools/pack.ts).
 */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { layOut } from '../tools/lay-out.ts';
import { pack } from '../tools/pack.ts';
import { basic, type Cast } from './cast.ts';
import { judgeAtMost, type Verdict } from './figures.ts';
import { install, type Installation, makeFolder, untilAnswering } from './sides/keywright.ts';
import { serverCore, start, stop } from './sides/process.ts';

export interface StartUpFigures {
  /** The very first start: makes the database and the keys. No target. */
  readonly firstStartMilliseconds: number;
  readonly startMilliseconds: readonly number[];
  readonly restingMegabytes: readonly number[];
  readonly verdicts: readonly Verdict[];
}

const starts = 10;
const restStarts = 3;
const requestsBeforeRest = 100;
const restSeconds = 5;
const most = { milliseconds: 300, megabytes: 100 };

async function startOnce({
  port,
  args,
  cwd,
}: Installation): Promise<{ child: ChildProcess; milliseconds: number }> {
  const startedAt = performance.now();
  const child = start({ core: serverCore, args, cwd });
  child.stdout?.resume();
  await untilAnswering(port, () => child.exitCode === null);
  return { child, milliseconds: performance.now() - startedAt };
}

/** Resident memory, by the system's own word. */
export function residentMegabytes(pid: number): number {
  if (process.platform === 'linux') {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(
      readFileSync(`/proc/${pid}/status`, 'latin1'),
    )?.[1];
    return Number(kilobytes) / 1024;
  }
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

async function callOften(port: number, { service, api }: Cast): Promise<void> {
  for (let count = 0; count < requestsBeforeRest; count += 1) {
    const response = await fetch(`http://127.0.0.1:${port}/token`, {
      method: 'POST',
      headers: {
        authorization: basic(service),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: api.scope }).toString(),
    });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }
}

async function measureRest(installation: Installation, cast: Cast): Promise<number> {
  const { child } = await startOnce(installation);
  await callOften(installation.port, cast);
  await new Promise((resolve) => {
    setTimeout(resolve, restSeconds * 1000);
  });
  const megabytes = residentMegabytes(child.pid ?? 0);
  await stop(child);
  return megabytes;
}

async function measureStarts(
  installation: Installation,
  count: number,
): Promise<readonly number[]> {
  const milliseconds: number[] = [];
  for (let done = 0; done < count; done += 1) {
    const started = await startOnce(installation);
    milliseconds.push(started.milliseconds);
    await stop(started.child);
  }
  return milliseconds;
}

/**
 * With one account: those that the file declares are hashed at the first start, which is not what
 * is asked here.
 */
export async function measureStartUp(cast: Cast): Promise<StartUpFigures> {
  const small = { ...cast, people: cast.people.slice(0, 1) };
  const folder = await makeFolder();
  await pack(path.join(folder, 'built'));
  layOut(path.join(folder, 'built'), folder);
  const installation = await install(small, { installed: folder });
  try {
    const [firstStartMilliseconds = Number.NaN] = await measureStarts(installation, 1);
    const startMilliseconds = await measureStarts(installation, starts);
    const restingMegabytes: number[] = [];
    for (let done = 0; done < restStarts; done += 1)
      restingMegabytes.push(await measureRest(installation, small));
    return {
      firstStartMilliseconds,
      startMilliseconds,
      restingMegabytes,
      verdicts: [
        judgeAtMost(
          `first answer within ${most.milliseconds} ms`,
          startMilliseconds,
          most.milliseconds,
        ),
        judgeAtMost(`rests below ${most.megabytes} MB`, restingMegabytes, most.megabytes),
      ],
    };
  } finally {
    await installation.remove();
    await rm(folder, { recursive: true, force: true });
  }
}
