/** A node:http listener on a free port, for the mounts. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RouteOptions } from '../../route.ts';
import type { Addressed, ContractOptions } from '../contract-routes.ts';
import type { Served } from '../fixture.ts';

export function listen(listener: RequestListener): Promise<Served> {
  return serveOn(createServer(listener));
}

export async function serveOn(server: Server): Promise<Served> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${port}`, close };
}

/** The first segment of a path: the name of one of the `contractRoutes`. */
export function routeName({ url = '' }: Pick<IncomingMessage, 'url'>): string {
  return /^\/([\w-]*)/.exec(url)?.[1] ?? '';
}

/** Options that load the resource by the framework's request object. */
export function carriedBy<Carrier>(
  { resource, ...options }: ContractOptions,
  addressedOf: (carrier: Carrier) => Addressed,
): RouteOptions<Carrier, unknown, boolean> {
  if (resource === undefined) return options;
  return { ...options, resource: (carrier, caller) => resource(addressedOf(carrier), caller) };
}
