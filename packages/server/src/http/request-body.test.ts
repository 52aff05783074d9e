import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { createArrivingBodies, maxBodyBytes, receiveBody } from './request-body.ts';

function makeRequest(): EventEmitter & IncomingMessage {
  const request = new EventEmitter() as EventEmitter & IncomingMessage;
  request.destroyed = false;
  request.destroy = () => {
    request.destroyed = true;
    request.emit('close');
    return request;
  };
  return request;
}

function receive(stated = Number.NaN, arriving = createArrivingBodies()) {
  const request = makeRequest();
  const receiver = {
    onText: vi.fn<(text: string) => void>(),
    onTooLarge: vi.fn<() => void>(),
    onNotUtf8: vi.fn<() => void>(),
  };
  receiveBody(request, stated, arriving, receiver);
  const send = (text: string) => request.emit('data', Buffer.from(text, 'latin1'));
  return { request, receiver, arriving, send, end: () => request.emit('end') };
}

describe('the body of a request', () => {
  test('is the same text in one piece or in a thousand', () => {
    const text = 'grant_type=refresh_token&'.repeat(40);
    for (const size of [1, 7, 4096, text.length]) {
      const { send, end, receiver } = receive();
      for (let from = 0; from < text.length; from += size) send(text.slice(from, from + size));
      end();
      expect(receiver.onText.mock.calls).toEqual([[text]]);
    }
  });

  test('may be empty, and may have 64 KiB', () => {
    const [none, longest] = [receive(), receive()];
    none.end();
    for (let sent = 0; sent < maxBodyBytes; sent += 128) longest.send('a'.repeat(128));
    longest.end();
    expect(none.receiver.onText).toHaveBeenCalledWith('');
    expect(longest.receiver.onText).toHaveBeenCalledWith('a'.repeat(maxBodyBytes));
  });

  test('uses at most twice its length of memory, in any number of pieces', () => {
    const { send, arriving } = receive();
    for (let sent = 0; sent < 40_000; sent += 50) send('a'.repeat(50));
    expect(arriving.bytes).toBeGreaterThanOrEqual(40_000);
    expect(arriving.bytes).toBeLessThanOrEqual(maxBodyBytes);
  });

  test('is not counted when it arrived at once, and no longer when it is complete, too long, or aborted', () => {
    const whole = receive(3);
    whole.send('abc');
    expect(whole.arriving.bytes).toBe(0);

    const late = receive(6);
    late.send('abc');
    expect(late.arriving.bytes).toBe(3);
    late.send('def');
    late.end();
    expect(late.arriving.bytes).toBe(0);
    expect(late.receiver.onText).toHaveBeenCalledWith('abcdef');

    const long = receive();
    long.send('a'.repeat(maxBodyBytes));
    long.send('a');
    expect([long.arriving.bytes, long.receiver.onTooLarge.mock.calls.length]).toEqual([0, 1]);

    const gone = receive();
    gone.send('abc');
    gone.request.destroy();
    expect(gone.arriving.bytes).toBe(0);
  });

  test('in more than a thousand pieces is refused', () => {
    const { request, send, end, receiver } = receive();
    for (let sent = 0; sent < 1000; sent += 1) send('a');
    expect(request.destroyed).toBe(false);
    send('a');
    end();
    expect(request.destroyed).toBe(true);
    expect(receiver.onText).not.toHaveBeenCalled();
  });

  test('that arrives longest is given up when all bodies together use too much memory', () => {
    const arriving = createArrivingBodies(1000);
    const bodies = [0, 1, 2].map(() => receive(Number.NaN, arriving));
    for (const { send } of bodies) send('a'.repeat(400));
    expect(bodies.map(({ request }) => request.destroyed)).toEqual([true, false, false]);
    expect(arriving.bytes).toBe(800);
  });
});
