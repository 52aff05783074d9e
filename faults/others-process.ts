/**
 * The process behind others.ts: says when it is ready, and from then on answers each plan with what
 * was reached.
 */
import { clientCredentials } from './actors.ts';
import { startLoad } from './load.ts';
import type { OthersPlan } from './others.ts';

const [, , address = ''] = process.argv;

process.on('message', (plan: OthersPlan) => {
  const { done } = startLoad({ ...plan, send: () => clientCredentials({ address }) });
  void done.then((result) => process.send?.(result));
});
process.send?.('ready');
