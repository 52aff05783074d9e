/**
 * Going out to an address that somebody else named: always through the guarded client of the
 * carrier (no private addresses, bounded in time, size and redirects). Rejects with an error of
 * that client's own; whoever asks decides what that means for its caller.
 */
import type { OutboundReply as Reply, OutboundRequest } from '@keywright/jwt';

export type { OutboundRequest } from '@keywright/jwt';

/** What core reads of an answer. */
export type OutboundReply = Pick<Reply, 'status' | 'text' | 'maxAgeSeconds'>;

export interface Outbound {
  send(url: string, request: OutboundRequest): Promise<OutboundReply>;
}
