/** From a request on node:http to an access or a refusal, for all frameworks on node:http. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Presented } from '../presented.ts';
import type { Access, RefusalAnswer, Route } from '../route.ts';
import { type BodyHolder, settleBody, takeNodeForm } from './node-form.ts';

export interface Carried<Carrier> {
  /** The request that the framework gives its handlers. It is passed to the route's `resource`. */
  readonly request: Carrier;
  readonly incoming: IncomingMessage;
  readonly presented: Presented;
  /** Where the framework's own parser leaves the body, if it has a parser. */
  readonly bodyHolder?: BodyHolder;
  /** The body, in a framework that may replace it with another stream. */
  readonly body?: Readable;
}

/**
 * Calls one of the two functions, in the same turn if nothing has to be waited for. Errors of
 * `serve` are not caught: the framework handles them.
 */
export function admitNode<Carrier, Resource, Optional extends boolean>(
  route: Route<Carrier, Resource, Optional>,
  carried: Carried<Carrier>,
  serve: (access: Access<Resource, Optional>) => unknown,
  refuse: (answer: RefusalAnswer) => unknown,
): unknown {
  const { request, presented } = carried;
  if (route.wantsForm(presented)) return admitForm(route, carried, serve, refuse);
  const refuseError = (error: unknown) => refuse(route.refuse(error, presented));
  let access: ReturnType<typeof route.admit>;
  try {
    access = route.admit(presented, request);
  } catch (error) {
    return refuseError(error);
  }
  return access instanceof Promise ? access.then(serve, refuseError) : serve(access);
}

async function admitForm<Carrier, Resource, Optional extends boolean>(
  route: Route<Carrier, Resource, Optional>,
  { request, incoming, presented, bodyHolder, body = incoming }: Carried<Carrier>,
  serve: (access: Access<Resource, Optional>) => unknown,
  refuse: (answer: RefusalAnswer) => unknown,
): Promise<unknown> {
  let access: Access<Resource, Optional>;
  try {
    const form = await takeNodeForm(incoming, body, bodyHolder, route.maxFormBytes);
    access = await route.admit(presented, request, form);
  } catch (error) {
    return refuse(route.refuse(error, presented));
  }
  if (bodyHolder !== undefined && access.form !== undefined) settleBody(bodyHolder, access.form);
  return serve(access);
}

/**
 * Writes a refusal, or one of the guard's own documents. Writes nothing if something else (a time
 * limit) has answered meanwhile.
 */
export function answerNode(response: ServerResponse, answer: RefusalAnswer): void {
  if (response.headersSent) return;
  response.writeHead(answer.status, headersOf(answer, response.req)).end(answer.body);
}

/**
 * The rest of a body that is too large is not read, so an HTTP/1 connection cannot be used again.
 */
export function headersOf(
  { status, headers }: RefusalAnswer,
  { httpVersionMajor }: IncomingMessage,
): Record<string, string> {
  return status === 413 && httpVersionMajor === 1
    ? { ...headers, connection: 'close' }
    : { ...headers };
}

/** Called before the handler runs, so that the handler can replace them. */
export function setHeaders(
  response: ServerResponse,
  headers: Readonly<Record<string, string>> | undefined,
): void {
  for (const name in headers) response.setHeader(name, headers[name] as string);
}
