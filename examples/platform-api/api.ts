/** Finds the route of a request, and answers what no route does. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { sendProblem } from './answers.ts';
import { InvalidInput } from './building.ts';
import { answerCors } from './cors.ts';
import { type Address, pathOf } from './routes.ts';

export function createApi(
  addresses: readonly Address[],
  log: (line: string) => void,
): RequestListener {
  return (request, response) => {
    if (answerCors(request, response)) return;
    answer(addresses, request, response).catch((error: unknown) =>
      answerError(error, response, log),
    );
  };
}

async function answer(
  addresses: readonly Address[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = pathOf(request);
  const address = addresses.find((one) => one.path.test(path));
  if (address === undefined) return sendProblem(response, 404, 'There is nothing at this address.');
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
  const listener = Object.hasOwn(address.methods, method) ? address.methods[method] : undefined;
  if (listener !== undefined) return void (await listener(request, response));
  response.setHeader('allow', Object.keys(address.methods).join(', '));
  sendProblem(response, 405, 'This address does not support this method.');
}

function answerError(error: unknown, response: ServerResponse, log: (line: string) => void): void {
  if (error instanceof InvalidInput)
    return sendProblem(response, 400, 'This cannot be read.', error.message);
  log(`fault: ${error instanceof Error ? error.stack : String(error)}`);
  if (response.headersSent) response.destroy();
  else sendProblem(response, 500, 'The server has a problem.');
}
