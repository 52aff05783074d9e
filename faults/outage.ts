/** A node while what it stands on fails: what it still answers, and how soon it works again. */
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { refresh } from './actors.ts';
import { send } from './http.ts';
import type { KeywrightNode } from './nodes.ts';

/** What needs no database to be answered: without it nobody could verify what was issued. */
const documents = ['/jwks', '/.well-known/openid-configuration', '/health/live'];
const longestRecoveryMilliseconds = 30_000;

/** The refresh token that a family has now. */
export interface Chain {
  token: string;
}

/**
 * Asks for documents that need no database: what they take is what the event loop lets anybody
 * wait.
 */
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
