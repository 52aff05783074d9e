/**
 * A node to be killed, for schedule.test.ts: says `tick` each time that the work of all nodes is
 * its own.
 */
import { openStore } from '@keywright/store';
import { startSchedule } from '../schedule.ts';

const [database = ''] = process.argv.slice(2);
const store = await openStore({ database });
const run = async () => {
  process.stdout.write('tick\n');
};
startSchedule([{ name: 'tick', everySeconds: 1, run }], {
  leases: store.leases,
  onFault: (_, error) => process.stderr.write(`${String(error)}\n`),
});
process.stdout.write('here\n');
// A schedule keeps no process alive.
setInterval(() => undefined, 60_000);
