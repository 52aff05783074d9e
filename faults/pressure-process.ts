/**
 * The process of pressure.ts: reads a plan as JSON from standard input, and writes the results of
 * each phase to standard output.
 */
import { createHistogram } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { Phase, PhaseResult, PressurePlan } from './pressure.ts';
import { startPatience, startProbing } from './pressure-beside.ts';
import { type Caller, openCaller, type Outcome } from './pressure-callers.ts';
import { type Asked, createMix } from './pressure-mix.ts';

function createTally() {
  let startedAt = performance.now();
  const [goodTimes, refusedTimes] = [createHistogram(), createHistogram()];
  const counts = { due: 0, sent: 0, good: 0, refused: 0 };
  const other: Record<string, number> = {};
  const makeSecond = () => ({ good: 0, refused: 0, times: createHistogram() });
  const seconds: (ReturnType<typeof makeSecond> | undefined)[] = [];
  return {
    counts,
    get startedAt() {
      return startedAt;
    },
    /** After the connections are open. */
    start(): void {
      startedAt = performance.now();
    },
    count({ status, milliseconds }: Outcome): void {
      const time = Math.max(1, Math.round(milliseconds * 1000));
      const second = (seconds[Math.floor((performance.now() - startedAt) / 1000)] ??= makeSecond());
      if (status === 1) {
        counts.good += 1;
        second.good += 1;
        second.times.record(time);
        goodTimes.record(time);
      } else if (status === 503 || status === 429) {
        counts.refused += 1;
        second.refused += 1;
        refusedTimes.record(time);
      } else other[status] = (other[status] ?? 0) + 1;
    },
    result: (elapsed: number) => ({
      ...counts,
      seconds: elapsed,
      goodPerSecond: counts.good / elapsed,
      other,
      goodP50: goodTimes.percentile(50) / 1000,
      goodP99: goodTimes.percentile(99) / 1000,
      refusedP50: refusedTimes.percentile(50) / 1000,
      refusedP99: refusedTimes.percentile(99) / 1000,
      // A second without any answer has no entry.
      bySecond: Array.from(seconds, (second) => {
        const { good, refused, times } = second ?? makeSecond();
        return { good, refused, p99: times.percentile(99) / 1000 };
      }),
    }),
  };
}

type Tally = ReturnType<typeof createTally>;

/**
 * Closed loop: each connection asks again at once. Open loop: a due request uses the connection
 * that was free for the longest time.
 */
function createCrowd(phase: Phase, tally: Tally, port: number, nextRequest: () => Asked) {
  const { perSecond } = phase;
  const free: Caller[] = [];
  const callers = new Set<Caller>();
  let running = true;
  const begin = (caller: Caller, dueAt: number): void => {
    tally.counts.sent += 1;
    caller.send(nextRequest(), dueAt);
  };
  const add = (caller: Caller): void => {
    if (!running) return caller.close();
    callers.add(caller);
    if (perSecond === undefined) begin(caller, performance.now());
    else free.push(caller);
  };
  const onDone = (caller: Caller, outcome: Outcome): void => {
    if (!running) return;
    tally.count(outcome);
    if (outcome.status !== 0) return add(caller);
    callers.delete(caller);
    openCaller(port, onDone).then(add, () => undefined);
  };
  return {
    open: () =>
      Promise.all(Array.from({ length: phase.connections }, () => openCaller(port, onDone))),
    add,
    /** A request without a free connection is not sent later. */
    sendDue(): void {
      if (perSecond === undefined) return;
      const due = Math.floor(((performance.now() - tally.startedAt) * perSecond) / 1000);
      for (; tally.counts.due < due; tally.counts.due += 1) {
        const caller = free.shift();
        if (caller !== undefined)
          begin(caller, tally.startedAt + (tally.counts.due * 1000) / perSecond);
      }
    },
    stop(): void {
      running = false;
      for (const caller of callers) caller.close();
    },
  };
}

async function runPhase(
  port: number,
  phase: Phase,
  nextRequest: () => Asked,
): Promise<PhaseResult> {
  const tally = createTally();
  const crowd = createCrowd(phase, tally, port, nextRequest);
  const opened = await crowd.open();
  tally.start();
  const { user, system } = process.cpuUsage();
  const probed = startProbing(port, phase.seconds);
  const patient = await startPatience(port, phase.seconds);
  for (const caller of opened) crowd.add(caller);
  while (performance.now() - tally.startedAt < phase.seconds * 1000) {
    crowd.sendDue();
    await wait(1);
  }
  crowd.stop();
  const elapsed = (performance.now() - tally.startedAt) / 1000;
  const used = process.cpuUsage();
  const ownBusy = (used.user - user + used.system - system) / 1e6 / elapsed;
  return {
    name: phase.name,
    ...tally.result(elapsed),
    patient: patient(),
    probes: await probed(),
    ownBusy,
  };
}

const plan = JSON.parse(await text(process.stdin)) as PressurePlan;
const nextRequest = createMix(plan);
const results: PhaseResult[] = [];
for (const phase of plan.phases) {
  const peak = results.find(({ name }) => name === 'peak')?.goodPerSecond ?? 0;
  const perSecond = phase.timesPeak === undefined ? phase.perSecond : phase.timesPeak * peak;
  const asked = { ...phase, ...(perSecond === undefined ? {} : { perSecond }) };
  results.push(await runPhase(plan.port, asked, nextRequest));
}
process.stdout.write(JSON.stringify(results));
