/** Conditional reading (RFC 9110 §13): a document that the caller has already costs nothing but its head. */
import { OAuthError } from '../../model/errors.ts';
import type { HttpRequest, HttpResponse } from './message.ts';

export interface TaggedDocument {
  readonly body: string;
  readonly contentType: string;
  /** With its quotes (RFC 9110 §8.8.3). */
  readonly etag: string;
  readonly cacheControl: string;
}

/** 200 with the document, or 304 when `If-None-Match` names its tag or is `*` (RFC 9110 §13.1.2). */
export function answerConditionally(request: HttpRequest, document: TaggedDocument): HttpResponse {
  const { etag } = document;
  // RFC 9110 §15.4.5: a 304 has the headers that a 200 would have had to keep a stored copy right.
  const kept = { etag, 'cache-control': document.cacheControl };
  if (isNamed(request.headers['if-none-match'], etag)) return { status: 304, headers: kept, body: '' };
  return {
    status: 200,
    headers: { ...kept, 'content-type': document.contentType, 'x-content-type-options': 'nosniff' },
    body: document.body,
  };
}

/** By weak comparison: a cache on the way may have marked the tag as weak. A tag of ours has no comma. */
function isNamed(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/**
 * A change names what it was made for, so that nobody undoes what they have not seen. Throws precondition_required (RFC 6585 §3) without
 * `If-Match`, precondition_failed where it names another tag (RFC 9110 §13.1.1, by strong comparison).
 */
export function assertMatch(request: HttpRequest, etag: string): void {
  const header = request.headers['if-match']?.trim();
  if (header === undefined || header === '') throw new OAuthError('precondition_required');
  if (header !== '*' && !header.split(',').some((tag) => tag.trim() === etag))
    throw new OAuthError('precondition_failed');
}
