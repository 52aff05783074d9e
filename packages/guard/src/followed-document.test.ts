import { OutboundError, type OutboundReply, type OutboundRequest } from '@keywright/jwt';
import { beforeEach, describe, expect, it } from 'vitest';
import { followDocument, type FollowOptions } from './followed-document.ts';
import { GuardRefusal } from './guard-refusal.ts';

const startedAt = 1_800_000_000_000;

let now: number;
let version: number;
let isDown: boolean;
let endsAfterSeconds: number;
let issuedAt: number;
let requests: OutboundRequest[];
let failures: unknown[];
/** While this is set, answers wait for it. */
let gate: Promise<void> | undefined;
let openGate: () => void;

beforeEach(() => {
  now = startedAt;
  version = 1;
  isDown = false;
  endsAfterSeconds = 300;
  issuedAt = Number.NaN;
  requests = [];
  failures = [];
  gate = undefined;
});

function closeGate(): void {
  gate = new Promise((resolve) => {
    openGate = () => {
      gate = undefined;
      resolve();
    };
  });
}

async function send(_url: string, request: OutboundRequest): Promise<OutboundReply> {
  requests.push(request);
  const etag = `"v${version}"`;
  const text = String(version);
  const down = isDown;
  await gate;
  if (down) throw new Error('down');
  if (request.headers?.['if-none-match'] === etag) {
    return { status: 304, text: '', etag, maxAgeSeconds: undefined };
  }
  return { status: 200, text, etag, maxAgeSeconds: undefined };
}

const follow = (options: Partial<FollowOptions<string>> = {}) =>
  followDocument<string>({
    url: 'https://issuer.example/document',
    request: { accept: 'application/x', headers: { authorization: 'Basic x' } },
    send,
    read: async (text) => ({ value: `v${text}`, endsAt: now + endsAfterSeconds * 1000, issuedAt }),
    clock: () => now,
    staleSeconds: 300,
    unavailable: 'status_unavailable',
    onFailed: (error) => failures.push(error),
    ...options,
  });

const pass = (seconds: number) => {
  now += seconds * 1000;
};
/** Waits for work that was started in the background. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const reasonOf = async (work: () => unknown) => {
  try {
    await work();
    return 'answered';
  } catch (error) {
    return (error as GuardRefusal).reason;
  }
};

describe('a followed document', () => {
  it('is fetched when it is first needed, once for all waiting requests', async () => {
    const document = follow();
    await settle();
    expect(requests).toHaveLength(0);
    const values = await Promise.all(Array.from({ length: 100 }, async () => document.current()));
    expect(new Set(values)).toEqual(new Set(['v1']));
    expect(requests).toHaveLength(1);
  });

  it('answers at once while its copy is younger than 2 s, without a fetch', async () => {
    const document = follow();
    await document.current();
    for (let n = 0; n < 19; n += 1) {
      pass(0.1);
      expect(document.current()).toBe('v1');
    }
    expect(requests).toHaveLength(1);
  });

  it('answers at once from 2 s on, and fetches a newer copy in the background', async () => {
    const document = follow();
    await document.current();
    pass(2);
    version = 2;
    expect(document.current()).toBe('v1');
    expect(document.current()).toBe('v1');
    expect(requests).toHaveLength(2);
    await settle();
    expect(document.current()).toBe('v2');
    expect(requests).toHaveLength(2);
  });

  it('delays requests from 3 s on, so that an ended token is accepted for 3 s at most', async () => {
    const document = follow();
    await document.current();
    pass(3);
    version = 2;
    const late = document.current();
    expect(late).toBeInstanceOf(Promise);
    expect(await late).toBe('v2');
  });

  it('is as old as its request, and not as the answer', async () => {
    const document = follow();
    closeGate();
    const first = document.current();
    pass(3);
    openGate();
    await first;
    version = 2;
    expect(document.current()).toBeInstanceOf(Promise);
    expect(await document.current()).toBe('v2');
  });

  it('is requested with its ETag, and an unchanged copy is young again', async () => {
    const document = follow();
    await document.current();
    pass(5);
    expect(await document.current()).toBe('v1');
    expect(requests.map((request) => request.headers?.['if-none-match'])).toEqual([
      undefined,
      '"v1"',
    ]);
    expect(requests.every((request) => request.headers?.['authorization'] === 'Basic x')).toBe(
      true,
    );
    pass(1.9);
    expect(document.current()).toBe('v1');
    expect(requests).toHaveLength(2);
  });

  it('is never fetched without a request', async () => {
    const document = follow();
    await document.current();
    pass(3600);
    await settle();
    expect(requests).toHaveLength(1);
  });

  it('does not count as young after the clock was set back', async () => {
    const document = follow();
    await document.current();
    pass(-100);
    version = 2;
    expect(await document.current()).toBe('v2');
  });
});

describe('a followed document past its own end', () => {
  it('is not used, and is fetched as a whole, because an unchanged copy would be useless', async () => {
    endsAfterSeconds = 10;
    const document = follow();
    await document.current();
    pass(10);
    expect(await document.current()).toBe('v1');
    expect(requests.at(-1)?.headers).not.toHaveProperty('if-none-match');
  });

  it('is not used within the 2 s either', async () => {
    endsAfterSeconds = 1;
    const document = follow();
    await document.current();
    pass(1);
    expect(document.current()).toBeInstanceOf(Promise);
  });

  it('is not used while no newer one can be fetched', async () => {
    endsAfterSeconds = 10;
    const document = follow();
    await document.current();
    isDown = true;
    pass(9);
    expect(await document.current()).toBe('v1');
    pass(1);
    expect(await reasonOf(() => document.current())).toBe('status_unavailable');
  });
});

describe('a followed document that cannot be fetched', () => {
  it('is refused at once for a second after a try, then tried again', async () => {
    isDown = true;
    const document = follow();
    expect(await reasonOf(() => document.current())).toBe('status_unavailable');
    expect(() => document.current()).toThrow(GuardRefusal);
    expect(requests).toHaveLength(1);
    pass(1);
    isDown = false;
    expect(await document.current()).toBe('v1');
    expect(failures).toHaveLength(1);
  });

  it('is tried less and less often, at least every 5 s', async () => {
    isDown = true;
    const document = follow();
    const triedAt: number[] = [];
    for (let tenth = 0; tenth < 300; tenth += 1) {
      const before = requests.length;
      await reasonOf(() => document.current());
      if (requests.length > before) triedAt.push(tenth / 10);
      now = startedAt + (tenth + 1) * 100;
    }
    expect(triedAt).toEqual([0, 1, 3, 6, 10, 15, 20, 25]);
  });

  it('has its old copy used for 300 s and no longer', async () => {
    const document = follow({ staleSeconds: 300 });
    endsAfterSeconds = 3600;
    await document.current();
    isDown = true;
    for (let second = 3; second < 300; second += 1) {
      now = startedAt + second * 1000;
      expect(await document.current(), `at ${second} s`).toBe('v1');
    }
    now = startedAt + 300_000;
    expect(await reasonOf(() => document.current())).toBe('status_unavailable');
  });

  it('delays no request twice: after the first failure all answers come at once', async () => {
    const document = follow();
    await document.current();
    isDown = true;
    pass(3);
    closeGate();
    const first = Promise.all(Array.from({ length: 50 }, async () => document.current()));
    openGate();
    expect(await first).toEqual(Array.from({ length: 50 }, () => 'v1'));
    expect(requests).toHaveLength(2);
    // The issuer does not answer. No request waits for a try in progress either.
    closeGate();
    for (let tenth = 0; tenth < 100; tenth += 1) {
      expect(document.current()).toBe('v1');
      pass(0.1);
    }
    expect(requests).toHaveLength(3);
    openGate();
    await settle();
  });

  it('is new again with the first try that succeeds', async () => {
    const document = follow();
    await document.current();
    isDown = true;
    pass(3);
    await document.current();
    isDown = false;
    version = 2;
    pass(1);
    expect(document.current()).toBe('v1');
    await settle();
    expect(document.current()).toBe('v2');
    isDown = true;
    pass(3);
    version = 3;
    await document.current();
    expect(failures).toHaveLength(2);
  });

  it('delays a request again when the last failure is long past, so that an API with few calls gets the present state', async () => {
    const document = follow();
    await document.current();
    isDown = true;
    pass(3);
    await document.current();
    isDown = false;
    version = 2;
    pass(60);
    expect(await document.current()).toBe('v2');
  });

  it.each([
    [401, 'status_unavailable'],
    [403, 'status_unavailable'],
    [404, 'answered'],
    [500, 'answered'],
  ])(
    'with the answer %i ends with: %s (a caller that may no longer read it keeps no copy)',
    async (status, end) => {
      let refused = false;
      const document = follow({
        send: async (url, request) => {
          if (refused)
            throw new OutboundError('status_wrong', `issuer.example answered ${status}.`, {
              status,
            });
          return send(url, request);
        },
      });
      await document.current();
      refused = true;
      pass(4);
      expect(await reasonOf(() => document.current())).toBe(end);
    },
  );

  it('keeps its old copy if a new one is invalid', async () => {
    let isRight = true;
    const document = follow({
      read: async (text) => {
        if (!isRight) throw new TypeError('wrong');
        return { value: text, endsAt: now + 300_000, issuedAt };
      },
    });
    await document.current();
    isRight = false;
    version = 2;
    pass(3);
    expect(await document.current()).toBe('1');
    expect(failures).toEqual([new TypeError('wrong')]);
  });

  it('accepts "not modified" only if it sent an ETag', async () => {
    const document = follow({
      send: async () => ({ status: 304, text: '', etag: '"v1"', maxAgeSeconds: undefined }),
    });
    expect(await reasonOf(() => document.current())).toBe('status_unavailable');
  });

  it('reports the reason in the log, without a secret', async () => {
    isDown = true;
    const document = follow();
    await expect(Promise.resolve().then(() => document.current())).rejects.toMatchObject({
      detail: { note: 'down' },
    });
  });
});

describe('a renewed document', () => {
  it('is a copy of the last second, and is fetched if necessary', async () => {
    const document = follow();
    await document.current();
    version = 2;
    pass(0.9);
    expect(await document.renewed()).toBe('v1');
    pass(0.1);
    expect(await document.renewed()).toBe('v2');
    expect(requests).toHaveLength(2);
  });

  it('is the old one in an outage, and no request waits twice', async () => {
    const document = follow();
    await document.current();
    isDown = true;
    pass(1);
    expect(await document.renewed()).toBe('v1');
    expect(await document.renewed()).toBe('v1');
    expect(requests).toHaveLength(2);
  });
});

describe('a document that is older than the present one', () => {
  const at = (seconds: number) => startedAt + seconds * 1000;
  async function replaced(keptAt: number, nextAt: number): Promise<boolean> {
    const document = follow();
    [version, issuedAt] = [2, keptAt];
    expect(await document.current()).toBe('v2');
    [version, issuedAt] = [1, nextAt];
    pass(4);
    return (await document.current()) === 'v1';
  }

  it('changes nothing, so ended tokens stay ended', async () => {
    expect(await replaced(at(0), at(-16))).toBe(false);
    expect(await replaced(at(0), at(-200))).toBe(false);
    expect(failures).toEqual([]);
  });

  it('is accepted from another node when it is only a little older, because clocks differ', async () => {
    expect(await replaced(at(0), at(-15))).toBe(true);
  });

  it('is accepted if the present one has a time in the future, or none', async () => {
    expect(await replaced(at(3600), at(0))).toBe(true);
    expect(await replaced(Number.NaN, at(-200))).toBe(true);
    expect(await replaced(at(0), Number.NaN)).toBe(true);
  });

  it('is not used past the end of the present one', async () => {
    endsAfterSeconds = 10;
    const document = follow();
    [version, issuedAt] = [2, at(0)];
    await document.current();
    [version, issuedAt] = [1, at(-100)];
    pass(9);
    expect(await document.current()).toBe('v2');
    expect(requests.at(-1)?.headers?.['if-none-match']).toBe('"v2"');
    pass(1);
    await document.current();
    expect(requests.at(-1)?.headers?.['if-none-match']).toBeUndefined();
  });
});
