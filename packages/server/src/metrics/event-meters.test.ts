import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Event } from '@keywright/core';
import { refusals } from '@keywright/wire';
import { describe, expect, it } from 'vitest';
import { countEvents, eventTypes } from './event-meters.ts';
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

/** `emit({ type: 'a.b'`, `tell(context, 'a.b'`, `onFault('a.b'`, and a refusal of a type of its own. */
const told =
  /emit\(\{\s*type: '([\w.]+)'|\b(?:tell|tellKey)\(\s*\w+, '([\w.]+)'|onFault\('([\w.]+)'|emitRefusal\(core, request, '([\w.]+)'/g;

describe('the events of the log', () => {
  it('are counted under every type that the sources tell', () => {
    const found = readSources().flatMap((text) =>
      [...text.matchAll(told)].map((match) => match.slice(1).find((type) => type !== undefined)),
    );
    expect(new Set(found).size).toBeGreaterThan(25);
    const known: ReadonlySet<string | undefined> = new Set(eventTypes);
    expect(found.filter((type) => !known.has(type))).toEqual([]);
    const dynamic = ['refused', 'fault', /^(?:membership|containment)\.(?:set|deleted)$/];
    const untold = eventTypes.filter(
      (type) => !found.includes(type) && !dynamic.some((one) => type.match(one)?.[0] === type),
    );
    expect(untold).toEqual([]);
  });

  it('reach the log as they are, counted by type and by reason', () => {
    const registry = createRegistry('1');
    const seen: Event[] = [];
    const events = countEvents(registry, { emit: (event) => void seen.push(event) });
    const refused = { type: 'refused', reason: 'refresh_token_reused', status: 400 };
    events.emit(refused);
    events.emit({ type: 'made.up.by.somebody', reason: 'made_up' });
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
