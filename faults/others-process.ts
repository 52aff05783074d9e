/**
 * The process of others.ts: reports when it is ready, and then answers each plan with its results.
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
