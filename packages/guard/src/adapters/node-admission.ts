/**
 * From a request on node:http to an access or a refusal: what every framework on node:http shares.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Presented } from '../presented.ts';
import type { Access, RefusalAnswer, Route } from '../route.ts';
import { type BodyHolder, settleBody, takeNodeForm } from './node-form.ts';

export interface Carried<Carrier> {
  /** What the framework gives its handlers: the resource is loaded by it. */
  readonly request: Carrier;
  readonly incoming: IncomingMessage;
  readonly presented: Presented;
  /** Where the framework's own parser leaves the body, in a framework that has one. */
  readonly bodyHolder?: BodyHolder;
  /** The body, in a framework that may put another stream in its place. */
  readonly body?: Readable;
}

/**
 * Calls one of the two, in the same turn where everything is at hand. What `serve` throws is not
 * caught: errors behind the guard are the framework's own.
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
 * Writes a refusal, or one of the guard's own documents; nothing where somebody else (a limit of
 * time) has answered meanwhile.
 */
export function answerNode(response: ServerResponse, answer: RefusalAnswer): void {
  if (response.headersSent) return;
  response.writeHead(answer.status, headersOf(answer, response.req)).end(answer.body);
}

/**
 * What is left of a body that is too large is not read: an HTTP/1 connection cannot be used again.
 */
export function headersOf(
  { status, headers }: RefusalAnswer,
  { httpVersionMajor }: IncomingMessage,
): Record<string, string> {
  return status === 413 && httpVersionMajor === 1
    ? { ...headers, connection: 'close' }
    : { ...headers };
}

/** Before the handler runs: what it says itself of them stays. */
export function setHeaders(
  response: ServerResponse,
  headers: Readonly<Record<string, string>> | undefined,
): void {
  for (const name in headers) response.setHeader(name, headers[name] as string);
}
