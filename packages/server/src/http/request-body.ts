/** The body as text: bounded while it arrives, and decoded without repairing anything. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

export const maxBodyBytes = 65_536;

/** Undefined when the bytes are not UTF-8: replacing them would let two different bodies be one. */
export function decodeBody(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

/** True when a body was announced (RFC 9112 §6.3). */
export function hasBody(headers: Readonly<Record<string, string | undefined>>): boolean {
  const length = headers['content-length'];
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined;
}

export interface BodyReceiver {
  readonly onText: (text: string) => void;
  readonly onTooLarge: () => void;
  readonly onNotUtf8: () => void;
}

/** Collects the body and calls one of the receivers once, or none when the caller goes away. */
export function receiveBody(request: IncomingMessage, receiver: BodyReceiver): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let length = 0;
  let over = false;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (over) return;
    if (length > maxBodyBytes) {
      over = true;
      receiver.onTooLarge();
    } else if (first === undefined) first = chunk;
    else (rest ??= []).push(chunk);
  });
  request.on('end', () => {
    if (over) return;
    // Nearly every form comes in one piece: nothing is copied then.
    const bytes = rest === undefined || first === undefined ? first : Buffer.concat([first, ...rest], length);
    const text = bytes === undefined ? '' : decodeBody(bytes);
    if (text === undefined) receiver.onNotUtf8();
    else receiver.onText(text);
  });
}
