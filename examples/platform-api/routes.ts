/** Every address of this API, with what it takes to use it. */
import type { IncomingMessage } from 'node:http';
import {
  answerWellKnown,
  type Caller,
  type Decision,
  type DetailType,
  type Guard,
  type NodeListener,
} from '@keywright/guard';
import { readJson, sendCsv, sendJson, sendProblem } from './answers.ts';
import {
  type Building,
  parseChanges,
  parseMeasurement,
  parseNamesQuestion,
  toCsv,
  viewOf,
} from './building.ts';
import type { BuildingStore } from './building-store.ts';
import type { Sharing } from './sharing.ts';

export interface Address {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, NodeListener>>;
}

/** How many measurements one answer holds. */
const shownMeasurements = 100;

/** What all routes share. */
export interface Platform {
  readonly guard: Guard;
  readonly store: BuildingStore;
  readonly sharing: Sharing;
  readonly log: (line: string) => void;
}

/** Their owner may, and so may the platform's own services: for that nobody has to be asked. */
function isOwnerOrService(caller: Caller, { owner }: Building): boolean {
  return caller.kind === 'service' || owner === caller.subject;
}

interface Listed {
  readonly buildings: readonly Building[];
  /** Those that others share are not in it, because the decision point could not be asked. */
  readonly incomplete?: true;
}

async function listFor(caller: Caller, { store, sharing, log }: Platform): Promise<Listed> {
  const all = store.list();
  const own = all.filter((building) => isOwnerOrService(caller, building));
  if (caller.kind === 'service') return { buildings: own };
  try {
    const shared = await sharing.listShared(caller);
    return {
      buildings: all.filter((building) => own.includes(building) || shared.has(building.id)),
    };
  } catch (error) {
    log(
      `shared buildings cannot be listed: ${error instanceof Error ? error.message : String(error)}`,
    );
    return { buildings: own, incomplete: true };
  }
}

export function createRoutes(platform: Platform): readonly Address[] {
  const { guard } = platform;
  return [
    ...createBuildingRoutes(platform),
    ...createMeasurementRoutes(platform),
    createNamesRoute(platform),
    { path: /^\/\.well-known\//, methods: { GET: showDocumentsOf(guard) } },
    { path: /^\/health$/, methods: { GET: showHealth } },
  ];
}

/**
 * What every route about one building asks. The guard answers 404 where there is none, but only to
 * callers it knows.
 */
function ruleOf({ store, sharing }: Platform) {
  return {
    resource: (request: IncomingMessage) => store.find(buildingIdOf(request)),
    can: (decision: Decision<Building>) =>
      isOwnerOrService(decision.caller, decision.resource) || sharing.isShared(decision),
  };
}

/**
 * The authorization server checked its form against the type that it declares: it is there with all
 * of its members, or not at all.
 */
const planDetail: DetailType<Building> = {
  type: 'building_access',
  covers: ({ actions, buildings = [] }, { resource }) =>
    (actions as readonly string[]).includes('plan') &&
    (buildings as readonly string[]).includes(resource.id),
};

/** What the API publishes of itself (RFC 9728), the key among it that callers seal API keys for. */
function showDocumentsOf(guard: Guard): NodeListener {
  return (request, response) => {
    if (!answerWellKnown(guard, request, response))
      sendProblem(response, 404, 'There is nothing at this address.');
  };
}

function createBuildingRoutes(platform: Platform): readonly Address[] {
  const { guard, store } = platform;
  const rule = ruleOf(platform);

  const list = guard.node({ scope: 'buildings:read' }, async (_request, response, { caller }) => {
    const { buildings, ...rest } = await listFor(caller, platform);
    sendJson(response, { buildings: buildings.map(viewOf), ...rest });
  });

  const show = guard.node(
    { scope: 'buildings:read', ...rule },
    (_request, response, { resource }) => sendJson(response, viewOf(resource)),
  );

  // No scope opens a plan: the owner gave this very building, and said so when they were asked (RFC
  // 9396).
  const plan = guard.node(
    { action: 'plans:read', detail: planDetail, ...rule },
    (_request, response, { resource }) =>
      sendJson(response, { building: resource.id, plan: `The ground floor of ${resource.name}` }),
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
    { path: /^\/buildings\/[^/]+\/plan$/, methods: { GET: plan } },
  ];
}

function createMeasurementRoutes(platform: Platform): readonly Address[] {
  const { guard, store } = platform;
  const rule = ruleOf(platform);

  const list = guard.node(
    { scope: 'measurements:read', ...rule },
    (_request, response, { resource }) =>
      sendJson(response, {
        measurements: resource.measurements.slice(-shownMeasurements).toReversed(),
      }),
  );

  // A download link cannot carry a header: here, and only here, the token may stand in the address
  // (RFC 6750 §2.3).
  const download = guard.node(
    { scope: 'measurements:read', queryToken: true, ...rule },
    (_request, response, { resource }) =>
      sendCsv(response, 'measurements', toCsv(resource.measurements)),
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

/**
 * Only the authorization server can have this scope. It asks what buildings are called, for the
 * user who looks at its consent page: `sub` is this user. It gets no name of a building that the
 * user may not see. Without `identifiers` it asks for the buildings of the user.
 */
function createNamesRoute({ guard, store }: Platform): Address {
  const name = guard.node(
    { scope: 'authorization_details:describe' },
    async (request, response) => {
      const { sub, identifiers } = parseNamesQuestion(await readJson(request));
      const own = store.list().filter(({ owner }) => owner === sub);
      const asked = own.filter(({ id }) => identifiers?.includes(id) !== false);
      sendJson(response, {
        resources: asked.map(({ id, name: called, city }) => ({
          identifier: id,
          name: `${called}, ${city}`,
        })),
      });
    },
  );
  return { path: /^\/names$/, methods: { POST: name } };
}

const showHealth: NodeListener = (_request, response) => sendJson(response, { status: 'ok' });

export function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

/** Ids are plain: one that needs escapes is none of ours. */
function buildingIdOf(request: IncomingMessage): string {
  return pathOf(request).split('/')[2] ?? '';
}
