/** The form body of a node:http request. It is read here, or the framework's parser has read it. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { accessTokensOf } from '../access-token-parameter.ts';
import { GuardRefusal } from '../guard-refusal.ts';

/** Where a framework keeps the parsed body. */
export interface BodyHolder {
  body?: unknown;
}

/** Forms as they were sent, so that a second guard in the chain checks the same form. */
const taken = new WeakMap<IncomingMessage, URLSearchParams>();

/**
 * The form as it was sent. Undefined if the body was read before and nothing of it is left. Rejects
 * with GuardRefusal `body_too_large`, or with `parameter_malformed` if the body breaks off.
 */
export async function takeNodeForm(
  incoming: IncomingMessage,
  body: Readable,
  holder: BodyHolder | undefined,
  maxBytes: number,
): Promise<URLSearchParams | undefined> {
  const known = taken.get(incoming);
  if (known !== undefined) return known;
  // A stream ends once, so waiting for a stream that was read would never end. An empty stream ends
  // without being read.
  const isOver = body.readableDidRead || body.readableEnded || body.destroyed;
  const form = isOver ? formOf(holder?.body) : await readForm(body, maxBytes);
  if (form !== undefined) taken.set(incoming, form);
  return form;
}

/**
 * Gives later handlers the form, without the token. A later parser would find nothing in a stream
 * that was read. Handlers must not store or show the token.
 */
export function settleBody(holder: BodyHolder, form: URLSearchParams): void {
  const { body } = holder;
  if (isFields(body) && Object.keys(body).length > 0) delete body['access_token'];
  else if (!(body instanceof Uint8Array) && typeof body !== 'string') holder.body = fieldsOf(form);
}

function readForm(body: Readable, maxBytes: number): Promise<URLSearchParams> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    function take(chunk: Buffer): void {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      body.off('data', take).pause();
      reject(new GuardRefusal('body_too_large'));
    }
    const breakOff = () =>
      reject(new GuardRefusal('parameter_malformed', { note: 'the body breaks off' }));
    body
      .on('data', take)
      .on('end', () => resolve(new URLSearchParams(Buffer.concat(chunks).toString('utf8'))))
      // HTTP/2 reports it first, and then ends the stream as if the body were complete.
      .on('aborted', breakOff)
      .on('error', breakOff);
  });
}

/** Turns the result of a framework's parser into a form again. */
export function formOf(body: unknown): URLSearchParams | undefined {
  if (body instanceof URLSearchParams) return body;
  if (body instanceof Uint8Array) return new URLSearchParams(Buffer.from(body).toString('utf8'));
  if (typeof body === 'string') return new URLSearchParams(body);
  return isFields(body) ? fromFields(body) : undefined;
}

function fromFields(fields: Readonly<Record<string, unknown>>): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) append(form, name, value);
  // Parsers make lists and objects of `access_token[]=x` and similar names. This is no valid way to
  // send a token, so it counts as sent twice.
  if (accessTokensOf(form).length === 0 && fields['access_token'] !== undefined) {
    form.append('access_token', '');
    form.append('access_token', '');
  }
  return form;
}

/** Deeper than any parser of forms by default. */
const deepest = 32;

/** Writes lists and objects with the brackets that parsers read them from. */
function append(form: URLSearchParams, name: string, value: unknown, depth = 0): void {
  if (depth > deepest) return;
  if (Array.isArray(value)) {
    const listed = value.length > 1 ? name : `${name}[]`;
    for (const one of value) append(form, listed, one, depth + 1);
  } else if (isFields(value)) {
    for (const key of Object.keys(value)) append(form, `${name}[${key}]`, value[key], depth + 1);
  } else if (typeof value === 'string' || typeof value === 'number') form.append(name, `${value}`);
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}

/** The form as parsers give it to handlers: a repeated name has a list. */
function fieldsOf(form: URLSearchParams): Record<string, string | string[]> {
  const fields = Object.create(null) as Record<string, string | string[]>;
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    fields[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return fields;
}
