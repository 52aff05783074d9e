/** The form body of a node:http request: read here, or already read by the framework's parser. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { accessTokensOf } from '../access-token-parameter.ts';
import { GuardRefusal } from '../guard-refusal.ts';

/** Where a framework keeps the body that its parser made. */
export interface BodyHolder {
  body?: unknown;
}

/** Forms as they were sent, so that a second guard in the chain judges the same one. */
const taken = new WeakMap<IncomingMessage, URLSearchParams>();

/**
 * The form as it was sent; undefined when somebody else has read the body and left nothing of it.
 * Rejects with GuardRefusal `body_too_large`, or `parameter_malformed` when the body breaks off.
 */
export async function takeNodeForm(
  incoming: IncomingMessage,
  body: Readable,
  holder: BodyHolder | undefined,
  maxBytes: number,
): Promise<URLSearchParams | undefined> {
  const known = taken.get(incoming);
  if (known !== undefined) return known;
  // A stream ends once: to wait for one that was read is to wait for ever. An empty one ends
  // without having been read.
  const isOver = body.readableDidRead || body.readableEnded || body.destroyed;
  const form = isOver ? formOf(holder?.body) : await readForm(body, maxBytes);
  if (form !== undefined) taken.set(incoming, form);
  return form;
}

/**
 * Gives later handlers the form, without the token. A parser that comes later finds nothing in a
 * stream that was read; and the token must not end up in what handlers store or show.
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
      // HTTP/2 says so first, and then ends the stream as if all of it had come.
      .on('aborted', breakOff)
      .on('error', breakOff);
  });
}

/** What a framework's parser made of a form, as a form again. */
export function formOf(body: unknown): URLSearchParams | undefined {
  if (body instanceof URLSearchParams) return body;
  if (body instanceof Uint8Array) return new URLSearchParams(Buffer.from(body).toString('utf8'));
  if (typeof body === 'string') return new URLSearchParams(body);
  return isFields(body) ? fromFields(body) : undefined;
}

function fromFields(fields: Readonly<Record<string, unknown>>): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) append(form, name, value);
  // Parsers make lists and objects of `access_token[]=x` and the like. No token is sent so: it
  // counts as sent twice.
  if (accessTokensOf(form).length === 0 && fields['access_token'] !== undefined) {
    form.append('access_token', '');
    form.append('access_token', '');
  }
  return form;
}

/** Deeper than any parser of forms goes by default. */
const deepest = 32;

/** Lists and objects by the brackets that parsers read them from. */
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

/** As parsers give a form to handlers: a name that came more than once has a list. */
function fieldsOf(form: URLSearchParams): Record<string, string | string[]> {
  const fields = Object.create(null) as Record<string, string | string[]>;
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    fields[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return fields;
}
