/**
 * For member.test.ts: a supervisor that has used up its file descriptors tries to start a worker.
 * Says what came of it.
 */
import cluster from 'node:cluster';
import { openSync } from 'node:fs';
import { startMember } from '../member.ts';

function useUp(): void {
  try {
    for (;;) openSync('/dev/null', 'r');
  } catch {
    // That was the last one.
  }
}

cluster.setupPrimary({ serialization: 'advanced' });
useUp();
const member = startMember({
  text: '',
  processes: 1,
  write: undefined,
  gathered: { keep: () => undefined, end: () => undefined },
  endWithinMilliseconds: 1000,
});
const said = await member.started.catch((error: Error) => error.message);
await member.ended;
process.stdout.write(String(said));
