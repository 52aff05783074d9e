/** The routes with which every adapter is tested, and the work of their handlers. */
import type { Access, RouteOptions } from '../route.ts';

export interface Addressed {
  readonly url?: string | undefined;
}
export type ContractOptions = RouteOptions<Addressed, unknown, boolean>;

interface Building {
  readonly id: string;
  readonly owner: string;
}
const buildings: readonly Building[] = [
  { id: '1', owner: 'usr_ada' },
  { id: '2', owner: 'usr_bob' },
];

export function pathOf({ url = '' }: Addressed): string {
  return new URL(url, 'http://api.example').pathname;
}

function findBuilding(request: Addressed): unknown {
  return buildings.find(({ id }) => pathOf(request).endsWith(`/${id}`));
}

const isOwner: ContractOptions['can'] = ({ subject, resource, caller }) =>
  caller.kind === 'service' || (resource as Building).owner === subject;

const read = 'buildings:read';

/** By the first segment of the path. Every adapter must serve all of them. */
export const contractRoutes: Readonly<Record<string, ContractOptions>> = {
  plain: {},
  read: { scope: read },
  both: { scope: [read, 'buildings:write'] },
  buildings: { scope: read, action: 'buildings.view', resource: findBuilding, can: isOwner },
  late: {
    scope: read,
    resource: async (request) => findBuilding(request),
    can: async (decision) => isOwner(decision),
  },
  fault: {
    can: () => {
      throw new Error('secret of the database');
    },
  },
  'late-fault': { can: async () => Promise.reject(new Error('secret of the database')) },
  vague: { can: () => undefined as never },
  open: { optional: true },
  download: { queryToken: true },
  // Its handler sets the cache headers of the answer.
  kept: { queryToken: true },
  // Their handlers fail.
  crash: { scope: read },
  'late-crash': { scope: read },
  raw: { formToken: false },
};

let handled = 0;
/** How many requests reached a handler, in all. */
export const handledCount = () => handled;

/** Runs the handler of a route. `send` receives the body and the headers of the answer. */
export function answerWith<Sent>(
  name: string,
  access: Access<unknown, boolean>,
  send: (body: string, headers: Readonly<Record<string, string>>) => Sent,
): Sent | Promise<Sent> {
  handled += 1;
  if (name === 'crash') throw new Error('fault of the handler');
  if (name === 'late-crash') return Promise.reject(new Error('fault of the handler'));
  const kept = name === 'kept' ? { 'cache-control': 'private, max-age=60' } : {};
  return send(describeAccess(access), { 'content-type': 'application/json', ...kept });
}

function describeAccess({ caller, resource, form }: Access<unknown, boolean>): string {
  return JSON.stringify({
    caller: caller && { ...caller, claims: undefined, scopes: [...caller.scopes] },
    resource,
    form: form?.toString(),
  });
}
