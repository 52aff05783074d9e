/** Every address of this API, with what it takes to use it. */
import type { IncomingMessage } from 'node:http';
import type { Caller, Decision, Guard, NodeListener } from '@keywright/guard';
import { readJson, sendCsv, sendJson } from './answers.ts';
import { type Building, parseChanges, parseMeasurement, toCsv, viewOf } from './building.ts';
import type { BuildingStore } from './building-store.ts';

export interface Address {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, NodeListener>>;
}

/** How many measurements one answer holds. */
const shownMeasurements = 100;

/** The one rule about buildings: their owner may, and so may the platform's own services. */
function isOwnerOrService({ subject, resource, caller }: Decision<Building>): boolean {
  return caller.kind === 'service' || resource.owner === subject;
}

function listFor(caller: Caller, store: BuildingStore): readonly Building[] {
  const all = store.list();
  return caller.kind === 'service' ? all : all.filter(({ owner }) => owner === caller.subject);
}

export function createRoutes(guard: Guard, store: BuildingStore): readonly Address[] {
  return [...createBuildingRoutes(guard, store), { path: /^\/health$/, methods: { GET: showHealth } }];
}

function createBuildingRoutes(guard: Guard, store: BuildingStore): readonly Address[] {
  const building = {
    // The guard answers 404 when there is none, but only to callers it knows.
    resource: (request: IncomingMessage) => store.find(buildingIdOf(request)),
    can: isOwnerOrService,
  };

  const list = guard.node({ scope: 'buildings:read' }, (_request, response, { caller }) =>
    sendJson(response, { buildings: listFor(caller, store).map(viewOf) }),
  );

  const showOne = guard.node({ scope: 'buildings:read', ...building }, (_request, response, { resource }) =>
    sendJson(response, viewOf(resource)),
  );

  const change = guard.node(
    { scope: 'buildings:write', ...building },
    async (request, response, { resource }) => {
      const changed = store.change(resource.id, parseChanges(await readJson(request)));
      sendJson(response, viewOf(changed ?? resource));
    },
  );

  const readings = guard.node(
    { scope: 'measurements:read', ...building },
    (_request, response, { resource }) =>
      sendJson(response, { measurements: resource.measurements.slice(-shownMeasurements).toReversed() }),
  );

  // A download link cannot carry a header: here, and only here, the token may stand in the address (RFC 6750 §2.3).
  const download = guard.node(
    { scope: 'measurements:read', queryToken: true, ...building },
    (_request, response, { resource }) => sendCsv(response, 'measurements', toCsv(resource.measurements)),
  );

  const measure = guard.node(
    { scope: 'measurements:write', ...building },
    async (request, response, { resource }) => {
      const measurement = parseMeasurement(await readJson(request));
      store.measure(resource.id, measurement);
      sendJson(response, measurement, 201);
    },
  );

  return [
    { path: /^\/buildings$/, methods: { GET: list } },
    { path: /^\/buildings\/[^/]+$/, methods: { GET: showOne, PATCH: change } },
    { path: /^\/buildings\/[^/]+\/measurements$/, methods: { GET: readings, POST: measure } },
    { path: /^\/buildings\/[^/]+\/measurements\.csv$/, methods: { GET: download } },
  ];
}

const showHealth: NodeListener = (_request, response) => sendJson(response, { status: 'ok' });

export function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

/** Ids are plain: one that needs escapes is none of ours. */
function buildingIdOf(request: IncomingMessage): string {
  return pathOf(request).split('/')[2] ?? '';
}
