/** A node while its database or disk fails: what it still answers, and how soon it works again. */
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { refresh } from './actors.ts';
import { send } from './http.ts';
import type { KeywrightNode } from './nodes.ts';

/** Documents that need no database. Without them, nobody could verify issued tokens. */
const documents = ['/jwks', '/.well-known/openid-configuration', '/health/live'];
const longestRecoveryMilliseconds = 30_000;

/** The current refresh token of a family. */
export interface Chain {
  token: string;
}

/** Requests documents that need no database. Their time is the delay of the event loop. */
export function watchDocuments(node: KeywrightNode) {
  const times = createHistogram();
  let failures = 0;
  let asked = 0;
  const timer = setInterval(() => {
    const target = documents[asked++ % documents.length];
    const began = performance.now();
    const count = (isServed: boolean): void => {
      if (!isServed) failures += 1;
      times.record(Math.max(1, Math.round((performance.now() - began) * 1000)));
    };
    send(`${node.address}${target}`, { timeoutMilliseconds: 5000 }).then(
      ({ status }) => count(status === 200),
      () => count(false),
    );
  }, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return { failures, p99: times.percentile(99) / 1000 };
    },
  };
}

/** Until ten writes in a row were answered, in milliseconds. */
export async function measureRecovery(node: KeywrightNode, chain: Chain): Promise<number> {
  const began = performance.now();
  let since = began;
  for (let sound = 0; sound < 10; ) {
    if (performance.now() - began > longestRecoveryMilliseconds) return Number.POSITIVE_INFINITY;
    const answer = await refresh(node, chain.token);
    if (answer.refresh_token === undefined) {
      sound = 0;
      since = performance.now();
      await wait(50);
    } else {
      chain.token = answer.refresh_token;
      sound += 1;
    }
  }
  return since - began;
}
