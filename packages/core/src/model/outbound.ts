/**
 * Going out to an address that somebody else named: always through the guarded client of the
 * carrier (no private addresses, bounded in time, size and redirects). Rejects with an error of
 * that client's own; whoever asks decides what that means for its caller.
 */
import type { OutboundReply as Reply, OutboundRequest } from '@keywright/jwt';

export type { OutboundRequest } from '@keywright/jwt';

/** What core reads of the answer of another server. */
export type OutboundReply = Pick<Reply, 'status' | 'text' | 'maxAgeSeconds'>;

/**
 * The port for requests to addresses that clients name. It must refuse private addresses, and
 * bound time, size and redirects. Rejects with an error of its own.
 */
export interface Outbound {
  send(url: string, request: OutboundRequest): Promise<OutboundReply>;
}
