/**
 * Five times as many requests as a node can process. It does almost as much as at its peak, refuses
 * the others early, answers its supervisors, and is back to normal within seconds.
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addPeople, obtainTokens } from './actors.ts';
import { scaled } from './chance.ts';
import { keepOnCore } from './cores.ts';
import { forEach } from './crowd.ts';
import { describeOnBothEngines } from './engines.ts';
import { type KeywrightNode, type Nodes, startNodes } from './nodes.ts';
import { type PhaseResult, press } from './pressure.ts';
import { record } from './report.ts';

/** Both engines together have some two minutes. */
const overloadSeconds = { SQLite: scaled(60), PostgreSQL: scaled(30) };
const calmConnections = 64;
const crowdConnections = 2000;
const times = 5;
const people = 32;
const families = scaled(500);
const atOnce = 4;

const leastShareOfPeak = 0.8;
const refusedWithinMilliseconds = 50;
const recoversWithinSeconds = 5;

describeOnBothEngines('Overload', (engine) => {
  let nodes: Nodes;
  beforeEach(async () => {
    nodes = await startNodes({ engine, count: 1, settings: { log: { level: 'info' } } });
  });
  afterEach(() => nodes?.stop());

  it('is answered with most of the peak, and with early refusals beyond', async () => {
    const [node] = nodes.nodes as [KeywrightNode];
    const cookies = await addPeople(nodes, people);
    const tokens = await forEach(families, atOnce, async (index) => {
      const { refresh_token } = await obtainTokens(node, cookies[index % people] ?? new Map());
      return refresh_token;
    });
    keepOnCore(node.child.pid, 0);
    const common = {
      port: node.port,
      refreshTokens: tokens,
      cookies: cookies.map((held) =>
        [...held].map(([name, value]) => `${name}=${value}`).join('; '),
      ),
    };
    const results = await press({
      ...common,
      phases: [
        { name: 'warming up', seconds: 4, connections: calmConnections },
        { name: 'peak', seconds: 6, connections: calmConnections },
        {
          name: 'overload',
          seconds: overloadSeconds[engine],
          connections: crowdConnections,
          timesPeak: times,
        },
        { name: 'after it', seconds: 10, connections: calmConnections, timesPeak: 0.4 },
      ],
    });
    const [, peak, overload, after] = results as [
      PhaseResult,
      PhaseResult,
      PhaseResult,
      PhaseResult,
    ];

    const share = overload.goodPerSecond / peak.goodPerSecond;
    const { patient, probes } = overload;
    const recovered = after.bySecond.findIndex(
      ({ refused, good, p99 }) => refused === 0 && good > 0 && p99 <= 2 * peak.goodP99,
    );
    const passed =
      share >= leastShareOfPeak &&
      patient.refused > 0 &&
      patient.refusedP99 <= refusedWithinMilliseconds &&
      recovered >= 0 &&
      recovered < recoversWithinSeconds &&
      probes.failed === 0;
    record({
      test: 17,
      title: `${times} times the capacity for ${overloadSeconds[engine]} s`,
      engine,
      asked: `goodput ${leastShareOfPeak * 100} % of peak, refusals within ${refusedWithinMilliseconds} ms, itself again within ${recoversWithinSeconds} s, health and keys answered`,
      reached: [
        `goodput ${(share * 100).toFixed(0)} % of ${peak.goodPerSecond.toFixed(0)}/s`,
        `refusals p99 ${patient.refusedP99.toFixed(1)} ms (to callers who ask again at once ${overload.refusedP99.toFixed(0)} ms)`,
        recovered < 0 ? 'not itself again in 10 s' : `itself again in second ${recovered + 1}`,
        `${probes.failed} of ${probes.asked} probes failed, p99 ${probes.p99.toFixed(0)} ms`,
      ].join('; '),
      passed,
    });
    expect(patient.refused).toBeGreaterThan(0);
    expect(overload.other).toEqual({});
    expect(probes.failed).toBe(0);
    expect(share).toBeGreaterThanOrEqual(leastShareOfPeak);
    expect(patient.refusedP99).toBeLessThanOrEqual(refusedWithinMilliseconds);
    expect(recovered).toBeGreaterThanOrEqual(0);
    expect(recovered).toBeLessThan(recoversWithinSeconds);
    // The log must not be flooded: one or two lines a second, for any number of refusals.
    const told = readFileSync(node.logFile, 'utf8').split('\n');
    const refusals = told.filter((line) => line.includes('"reason":"overloaded"'));
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.length).toBeLessThanOrEqual(overloadSeconds[engine] + 15);
  });
});
