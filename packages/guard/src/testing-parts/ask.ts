/** The answer of a route to the facts of a request, without a carrier. */
import type { Presented } from '../presented.ts';
import type { Access, Route } from '../route.ts';

export interface Asked {
  readonly status: number;
  readonly reason: string | undefined;
  readonly challenge: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly access: Access<unknown, boolean> | undefined;
}

/** 200 if the route lets the request through. */
export async function ask<Request, Resource, Optional extends boolean>(
  route: Route<Request, Resource, Optional>,
  presented: Presented,
  form?: URLSearchParams,
): Promise<Asked> {
  try {
    const access = (await route.admit(presented, {} as Request, form)) as Access<unknown, boolean>;
    const headers = access.headers ?? {};
    return { status: 200, reason: undefined, challenge: undefined, headers, body: '', access };
  } catch (error) {
    const { status, headers, body } = route.refuse(error, presented);
    const { reason } = JSON.parse(body) as { reason: string };
    return {
      status,
      reason,
      challenge: headers['www-authenticate'],
      headers,
      body,
      access: undefined,
    };
  }
}
