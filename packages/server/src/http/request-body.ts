/**
 * Reads the body as text. The size is limited while it arrives, and the decoder repairs nothing.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

export const maxBodyBytes = 65_536;

/**
 * Undefined if the bytes are not UTF-8. Replacing invalid bytes could make two different bodies
 * equal.
 */
export function decodeBody(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

/** Whether a body was announced (RFC 9112 §6.3). */
export function hasBody(headers: Readonly<Record<string, string | undefined>>): boolean {
  const length = headers['content-length'];
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined;
}

/**
 * Bodies that have arrived partly. Each may keep a connection for the whole time limit, so all
 * together are limited. Above the limit, the body that has been arriving for the longest time is
 * given up. A normal body needs less than a second.
 */
export interface ArrivingBodies {
  /** Adds bytes to this body. May close its connection, or another one. */
  hold(request: IncomingMessage, bytes: number): void;
  release(request: IncomingMessage): void;
  readonly bytes: number;
}

/** 16 MiB: 256 of the longest. */
export const mostArrivingBytes = 256 * maxBodyBytes;

export function createArrivingBodies(most = mostArrivingBytes): ArrivingBodies {
  /** In the order in which they started. */
  const held = new Map<IncomingMessage, number>();
  let total = 0;
  const release = (request: IncomingMessage): void => {
    total -= held.get(request) ?? 0;
    held.delete(request);
  };
  return {
    hold(request, bytes) {
      const before = held.get(request);
      if (before === undefined) request.once('close', () => release(request));
      held.set(request, (before ?? 0) + bytes);
      total += bytes;
      while (total > most) {
        const [oldest] = held.keys();
        if (oldest === undefined) return;
        release(oldest);
        oldest.destroy();
      }
    },
    release,
    get bytes() {
      return total;
    },
  };
}

export interface BodyReceiver {
  readonly onText: (text: string) => void;
  readonly onTooLarge: () => void;
  readonly onNotUtf8: () => void;
}

const leastBufferBytes = 1024;
/**
 * A body of 64 KiB arrives in about fifty chunks. Chunks of one byte would need a thousand times
 * their size.
 */
const mostPieces = 1000;

/**
 * Collects the body and calls one of the receivers once. It calls none if the caller leaves, or is
 * disconnected because it sends tiny chunks. `stated` is the announced length, NaN without one. It
 * uses at most twice the length, however many chunks there are.
 */
export function receiveBody(
  request: IncomingMessage,
  stated: number,
  arriving: ArrivingBodies,
  receiver: BodyReceiver,
): void {
  let buffer: Buffer | undefined;
  let length = 0;
  let pieces = 0;
  let over = false;
  const append = (chunk: Buffer): void => {
    if (buffer === undefined) {
      // Nearly every form arrives in one chunk. Then nothing is copied or counted.
      buffer = chunk;
      if (chunk.length !== stated) arriving.hold(request, chunk.length);
    } else {
      const before = buffer;
      if (length > before.length) {
        buffer = Buffer.allocUnsafeSlow(
          Math.min(maxBodyBytes, Math.max(leastBufferBytes, 2 * length)),
        );
        arriving.hold(request, buffer.length - before.length);
        before.copy(buffer);
      }
      chunk.copy(buffer, length - chunk.length);
    }
  };
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    pieces += 1;
    if (over) return;
    if (pieces > mostPieces) {
      over = true;
      request.destroy();
      return;
    }
    if (length <= maxBodyBytes) return append(chunk);
    over = true;
    buffer = undefined;
    arriving.release(request);
    receiver.onTooLarge();
  });
  request.on('end', () => {
    if (over) return;
    arriving.release(request);
    const text = buffer === undefined ? '' : decodeBody(buffer.subarray(0, length));
    if (text === undefined) receiver.onNotUtf8();
    else receiver.onText(text);
  });
}
