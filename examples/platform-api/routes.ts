/** Every address of this API, with what it takes to use it. */
import type { IncomingMessage } from 'node:http';
import type { Caller, Decision, Guard, NodeListener } from '@keywright/guard';
import { readJson, sendCsv, sendJson, sendProblem } from './answers.ts';
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
  return [
    ...createBuildingRoutes(guard, store),
    ...createMeasurementRoutes(guard, store),
    { path: /^\/\.well-known\//, methods: { GET: showDocumentsOf(guard) } },
    { path: /^\/health$/, methods: { GET: showHealth } },
  ];
}

/** What every route about one building asks. The guard answers 404 where there is none, but only to callers it knows. */
function ruleOf(store: BuildingStore) {
  return {
    resource: (request: IncomingMessage) => store.find(buildingIdOf(request)),
    can: isOwnerOrService,
  };
}

/** What the API publishes of itself (RFC 9728), the key among it that callers seal API keys for. */
function showDocumentsOf(guard: Guard): NodeListener {
  return (request, response) => {
    const document = guard.wellKnown(pathOf(request));
    if (document === undefined) return sendProblem(response, 404, 'There is nothing at this address.');
    response.writeHead(document.status, document.headers).end(document.body);
  };
}

function createBuildingRoutes(guard: Guard, store: BuildingStore): readonly Address[] {
  const rule = ruleOf(store);

  const list = guard.node({ scope: 'buildings:read' }, (_request, response, { caller }) =>
    sendJson(response, { buildings: listFor(caller, store).map(viewOf) }),
  );

  const show = guard.node({ scope: 'buildings:read', ...rule }, (_request, response, { resource }) =>
    sendJson(response, viewOf(resource)),
  );

  const change = guard.node(
    { scope: 'buildings:write', ...rule },
    async (request, response, { resource }) => {
      const changed = store.change(resource.id, parseChanges(await readJson(request)));
      sendJson(response, viewOf(changed ?? resource));
    },
  );

  return [
    { path: /^\/buildings$/, methods: { GET: list } },
    { path: /^\/buildings\/[^/]+$/, methods: { GET: show, PATCH: change } },
  ];
}

function createMeasurementRoutes(guard: Guard, store: BuildingStore): readonly Address[] {
  const rule = ruleOf(store);

  const list = guard.node({ scope: 'measurements:read', ...rule }, (_request, response, { resource }) =>
    sendJson(response, { measurements: resource.measurements.slice(-shownMeasurements).toReversed() }),
  );

  // A download link cannot carry a header: here, and only here, the token may stand in the address (RFC 6750 §2.3).
  const download = guard.node(
    { scope: 'measurements:read', queryToken: true, ...rule },
    (_request, response, { resource }) => sendCsv(response, 'measurements', toCsv(resource.measurements)),
  );

  const add = guard.node(
    { scope: 'measurements:write', ...rule },
    async (request, response, { resource }) => {
      const measurement = parseMeasurement(await readJson(request));
      store.measure(resource.id, measurement);
      sendJson(response, measurement, 201);
    },
  );

  return [
    { path: /^\/buildings\/[^/]+\/measurements$/, methods: { GET: list, POST: add } },
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
