import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Event } from '@keywright/core';
import { refusals } from '@keywright/wire';
import { events as known, type EventType } from '@keywright/wire/events';
import { describe, expect, it } from 'vitest';
import { countEvents } from './event-meters.ts';
import { renderMetrics } from './exposition.ts';
import { createRegistry } from './registry.ts';

const packages = path.resolve(import.meta.dirname, '../../..');

/** What a running server is made of: no commands, which have a log of their own and no metrics. */
function readSources(): readonly string[] {
  return ['core/src', 'server/src'].flatMap((folder) =>
    readdirSync(path.join(packages, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /^(?!command-line|contract).*(?<!\.test)\.ts$/.test(file))
      .map((file) => readFileSync(path.join(packages, folder, file), 'utf8')),
  );
}

/** Types that are put together from the kind of a link. */
const composed = /^(?:membership|containment)\.(?:set|deleted)$/;

describe('the events of a running server', () => {
  it('are emitted somewhere if they are counted, and nowhere if they are not', () => {
    const sources = readSources().join('\n');
    const isNamed = (type: string) => sources.includes(`'${type}'`) || composed.test(type);
    const wrong = Object.entries(known).filter(
      ([type, { isCounted }]) => isCounted && !isNamed(type),
    );
    expect(wrong.map(([type]) => type)).toEqual([]);
    const told = [...sources.matchAll(/emit\(\{\s*type: '([\w.]+)'/g)].map(
      ([, type]) => type as EventType,
    );
    expect(new Set(told).size).toBeGreaterThan(25);
    expect(told.filter((type) => !known[type].isCounted)).toEqual([]);
  });

  it('reach the log unchanged, and are counted by type and by reason', () => {
    const registry = createRegistry('1');
    const seen: Event[] = [];
    const events = countEvents(registry, { emit: (event) => void seen.push(event) });
    const of = { decision: 'd', status: 400, method: 'POST', path: '/token' };
    const refused = { type: 'refused', reason: 'refresh_token_reused', ...of } as const;
    events.emit(refused);
    events.emit({ type: 'made.up.by.somebody', reason: 'made_up' } as unknown as Event);
    const text = renderMetrics([registry.snapshot()]);
    expect(seen[0]).toBe(refused);
    expect(text).toContain('keywright_events_total{type="refused"} 1\n');
    expect(text).toContain('keywright_events_total{type="other"} 1\n');
    expect(text).toContain(
      'keywright_refusals_total{reason="refresh_token_reused",error="invalid_grant"} 1\n',
    );
    expect(text).not.toContain('made_up');
    expect(text.match(/^keywright_refusals_total/gm)).toHaveLength(Object.keys(refusals).length);
  });
});
