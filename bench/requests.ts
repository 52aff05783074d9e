/** Requests as they go over the wire, made once and sent many times. */
import { createHash, randomBytes } from 'node:crypto';
import { basic, type Credentials } from './cast.ts';
import type { Proof } from './work.ts';

const form = 'application/x-www-form-urlencoded';

/** Everything but the length, the empty line and the body. */
export function postHead(port: number, path: string, client: Credentials): string {
  return `${publicHead(port, path)}Authorization: ${basic(client)}\r\n`;
}

/** For a client that says in the body who it is. */
export function publicHead(port: number, path: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: ${form}\r\n`;
}

/** The body must be ASCII. */
export function post(head: string, body: string): string {
  return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** Ends open: more headers may follow. */
export function getHead(port: number, target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
}

export function get(
  port: number,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${getHead(port, target)}${lines.join('')}\r\n`;
}

/** RFC 7636 §4.1, §4.2. */
export function makeProof(): Proof {
  const codeVerifier = randomBytes(32).toString('base64url');
  return {
    codeVerifier,
    codeChallenge: createHash('sha256').update(codeVerifier).digest('base64url'),
  };
}
