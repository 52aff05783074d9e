/**
 * The load generator, a process of its own: reads one plan as JSON from standard input, drives the
 * server in a closed loop (each connection sends its next request when it has its answer) and
 * writes one result as JSON to standard output.
 */
import { createHistogram } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { createActors } from './load/actor.ts';
import { ownProcessorSeconds, processorSeconds } from './load/busy.ts';
import { type Connection, openConnection } from './load/connection.ts';
import type { Actor } from './load/part.ts';
import type { LoadPlan, LoadResult } from './work.ts';

const maxSamples = 3;

interface Tally {
  measuring: boolean;
  running: boolean;
  completed: number;
  errors: number;
  readonly samples: string[];
  readonly latencies: ReturnType<typeof createHistogram>;
}

function fail(tally: Tally, reason: string): void {
  if (!tally.running) return;
  tally.errors += 1;
  if (tally.samples.length < maxSamples) tally.samples.push(reason);
}

/** When a connection's next unit is due, in milliseconds; undefined when it is due at once. */
type Pace = (() => number) | undefined;

/** Each connection has its own beat, a little behind its neighbour's. */
function paceOf({ perSecond, connections }: LoadPlan): (index: number) => Pace {
  if (perSecond === undefined) return () => undefined;
  const beat = (connections / perSecond) * 1000;
  const start = performance.now();
  return (index) => {
    let due = start + (beat * index) / connections;
    return () => {
      due += beat;
      return due;
    };
  };
}

/**
 * A connection that had an error stops: a broken family or flow would only repeat it. Answers
 * whether it was ever answered. With a pace, a unit that begins late because the one before was
 * slow counts from when it was due.
 */
function drive(connection: Connection, actor: Actor, tally: Tally, pace: Pace): () => boolean {
  let startedAt = 0;
  let answered = false;
  const begin = () => {
    const due = pace?.() ?? performance.now();
    const send = () => {
      if (!tally.running) return;
      startedAt = Math.min(due, performance.now());
      connection.send(actor.begin());
    };
    const early = due - performance.now();
    if (early < 1) send();
    else setTimeout(send, early);
  };
  const complete = () => {
    answered = true;
    if (tally.measuring) {
      tally.completed += 1;
      tally.latencies.record(Math.max(1, Math.round((performance.now() - startedAt) * 1e6)));
    }
    if (tally.running) begin();
  };
  connection.listen({
    onBroken: (reason) => fail(tally, reason),
    onAnswer: (answer) => {
      try {
        const next = actor.follow(answer);
        if (next === undefined) complete();
        else connection.send(next);
      } catch (error) {
        fail(tally, (error as Error).message);
      }
    },
  });
  begin();
  return () => answered;
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}

async function measure(plan: LoadPlan, tally: Tally) {
  await wait(plan.warmupSeconds);
  const read = () => ({
    at: performance.now(),
    own: ownProcessorSeconds(),
    server: processorSeconds(plan.serverPids),
    database: plan.databasePid === undefined ? undefined : processorSeconds([plan.databasePid]),
  });
  const before = read();
  tally.measuring = true;
  await wait(plan.seconds);
  tally.measuring = false;
  const after = read();
  const seconds = (after.at - before.at) / 1000;
  const share = (
    name: 'serverBusy' | 'databaseBusy',
    from: number | undefined,
    to: number | undefined,
  ) => (from === undefined || to === undefined ? {} : { [name]: (to - from) / seconds });
  return {
    seconds,
    loadBusy: (after.own - before.own) / seconds,
    ...share('serverBusy', before.server, after.server),
    ...share('databaseBusy', before.database, after.database),
  };
}

/** Every address of 127.0.0.0/8 is this machine; the first one is the server's. */
function addressOf({ work }: LoadPlan, index: number): string | undefined {
  return work.kind === 'device-flow' ? `127.0.0.${2 + (index % 250)}` : undefined;
}

async function run(plan: LoadPlan): Promise<LoadResult> {
  const actors = createActors(plan);
  const connections = await Promise.all(
    actors.map((_, index) =>
      openConnection(plan.ports[index % plan.ports.length] ?? 0, addressOf(plan, index)),
    ),
  );
  const tally: Tally = {
    measuring: false,
    running: true,
    completed: 0,
    errors: 0,
    samples: [],
    latencies: createHistogram(),
  };
  const pace = paceOf(plan);
  const drivers = connections.map((connection, index) =>
    drive(connection, actors[index]!, tally, pace(index)),
  );
  const { seconds, ...busy } = await measure(plan, tally);
  for (const wasAnswered of drivers)
    if (!wasAnswered()) fail(tally, 'a connection completed nothing');
  tally.running = false;
  for (const connection of connections) connection.close();
  return {
    perSecond: tally.completed / seconds,
    p50Milliseconds: tally.latencies.percentile(50) / 1e6,
    p99Milliseconds: tally.latencies.percentile(99) / 1e6,
    completed: tally.completed,
    errors: tally.errors,
    errorSamples: tally.samples,
    ...busy,
  };
}

const plan = JSON.parse(await text(process.stdin)) as LoadPlan;
process.stdout.write(JSON.stringify(await run(plan)));
