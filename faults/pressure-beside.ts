/**
 * Other callers during the load: supervisors of the server, and callers that follow Retry-After.
 */
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { PhaseResult } from './pressure.ts';
import { type Caller, openCaller, type Outcome } from './pressure-callers.ts';
import { createCredentials } from './pressure-mix.ts';

/** Some every few milliseconds, without catching up for earlier ones. */
export function startProbing(port: number, seconds: number): () => Promise<PhaseResult['probes']> {
  const times = createHistogram();
  const counts = { asked: 0, failed: 0 };
  const targets = ['/health/live', '/health/ready', '/jwks'];
  const ask = async (target: string, until: number): Promise<void> => {
    while (performance.now() < until) {
      const began = performance.now();
      counts.asked += 1;
      const response = await fetch(`http://127.0.0.1:${port}${target}`, {
        signal: AbortSignal.timeout(5000),
      }).catch(() => undefined);
      await response?.text();
      if (response?.status !== 200) counts.failed += 1;
      times.record(Math.max(1, Math.round((performance.now() - began) * 1000)));
      await wait(100);
    }
  };
  const asking = Promise.all(
    targets.map((target) => ask(target, performance.now() + seconds * 1000)),
  );
  return async () => {
    await asking;
    return { ...counts, p99: times.percentile(99) / 1000 };
  };
}

const patientCallers = 100;
const patienceMilliseconds = 1000;

/** Callers that follow Retry-After: none asks again within a second after its answer. */
export async function startPatience(
  port: number,
  seconds: number,
): Promise<() => PhaseResult['patient']> {
  const times = createHistogram();
  const counts = { good: 0, refused: 0, other: 0 };
  const until = performance.now() + seconds * 1000;
  const asked = createCredentials();
  const onDone = (caller: Caller, { status, milliseconds }: Outcome): void => {
    if (performance.now() >= until) return caller.close();
    if (status === 1) counts.good += 1;
    else if (status === 503 || status === 429) {
      counts.refused += 1;
      times.record(Math.max(1, Math.round(milliseconds * 1000)));
    } else counts.other += 1;
    if (status !== 0)
      setTimeout(() => caller.send(asked, performance.now()), patienceMilliseconds).unref();
  };
  const callers = await Promise.all(
    Array.from({ length: patientCallers }, () => openCaller(port, onDone)),
  );
  for (const [index, caller] of callers.entries()) {
    const pause = (index * patienceMilliseconds) / patientCallers;
    setTimeout(() => caller.send(asked, performance.now()), pause).unref();
  }
  return () => {
    for (const caller of callers) caller.close();
    return {
      ...counts,
      refusedP50: times.percentile(50) / 1000,
      refusedP99: times.percentile(99) / 1000,
    };
  };
}
