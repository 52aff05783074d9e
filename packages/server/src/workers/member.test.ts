import { execFile } from 'node:child_process';
import cluster from 'node:cluster';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { gatherSnapshots } from '../metrics/gathered-snapshots.ts';
import { type Member, startMember } from './member.ts';

const parts = path.join(import.meta.dirname, 'testing-parts');
const gathered = gatherSnapshots();

function start(kind: string, cwd = parts): Member {
  const exec = path.join(parts, 'odd-worker.ts');
  cluster.setupPrimary({ exec, args: [kind], execArgv: [], cwd, serialization: 'advanced' });
  return startMember({
    text: '',
    processes: 1,
    write: undefined,
    gathered,
    endWithinMilliseconds: 60_000,
  });
}

it('a worker reports that no process can be made, and has ended then', async () => {
  const member = start('loading', path.join(parts, 'no such folder'));
  await expect(member.started).rejects.toThrow('ENOENT');
  expect(await member.ended).toMatchObject({ code: null, signal: null });
  await member.stop(false);
});

it.skipIf(process.platform === 'win32')(
  'a worker reports that there are no more file descriptors, without an effect on others',
  async () => {
    const script = path.join(parts, 'out-of-files.ts');
    const limited = ['-c', 'ulimit -n 100 && exec "$0" "$1"', process.execPath, script];
    const { stdout } = await promisify(execFile)('/bin/sh', limited);
    expect(stdout).toContain('EMFILE');
  },
);

it('a worker that is still loading is ended at once by a stop', async () => {
  const member = start('loading');
  expect(await member.stop(false)).toMatchObject({ signal: 'SIGKILL' });
});

it('a worker that was killed reports why', async () => {
  const member = start('loading');
  member.kill('It hung.');
  await expect(member.started).rejects.toThrow('It hung.');
});

it('the counts of a worker that ends during a collection are added once', async () => {
  const member = start('reporting');
  expect(await member.started).toBe(4000);
  const report = member.report();
  await member.ended;
  expect((await report)?.isReady).toBe(true);
  expect(gathered.all()).toMatchObject([
    { worker: 'ended', families: [{ name: 'asked_total', series: [{ numbers: [1] }] }] },
  ]);
});
