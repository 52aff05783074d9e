/**
 * With any events of a code and its family, in any order and at any time: the code is redeemed
 * once, the family never has two active tokens, and what has ended stays ended. The store is
 * compared with a model that keeps a list of tokens.
 */
import type { Code, RedeemOutcome, RotateOutcome, Store } from '@keywright/core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { seed } from '../../jwt/src/testing-parts/series.ts';
import { describeOnEveryEngine, now as start } from './testing-parts/contract.ts';
import {
  type Connection,
  connect,
  makeCode,
  makeFamily,
  makeRotation,
} from './testing-parts/samples.ts';

const retrySeconds = 30;
const idleSeconds = 100;
const absoluteSeconds = 400;
const codeSeconds = 60;

/**
 * The name of a token is its number. `rotate` presents the token that is `back` positions before
 * the newest.
 */
type Step =
  | { readonly do: 'redeem' }
  | { readonly do: 'rotate'; readonly back: number }
  | { readonly do: 'end' }
  | { readonly do: 'wait'; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'redeem' }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('rotate' as const), back: fc.nat({ max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'end' }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat({ max: 70 }) }),
  },
);

/** The expected family, with the list of all its tokens. */
class Model {
  time = start;
  alive = false;
  idleEnd = 0;
  absoluteEnd = 0;
  redeemed = false;
  /** When each token was spent. The newest one is not spent. */
  readonly spentAt: (number | undefined)[] = [];

  redeem(): RedeemOutcome['outcome'] {
    if (this.redeemed) {
      this.alive = false;
      return 'reused';
    }
    if (this.time >= start + codeSeconds) return 'expired';
    this.redeemed = true;
    this.alive = true;
    this.spentAt.push(undefined);
    this.idleEnd = this.time + idleSeconds;
    this.absoluteEnd = this.time + absoluteSeconds;
    return 'redeemed';
  }

  rotate(token: number): RotateOutcome['outcome'] {
    if (!this.alive || this.time >= this.idleEnd) return 'ended';
    const newest = this.spentAt.length - 1;
    if (token === newest) {
      this.spentAt[newest] = this.time;
      this.spentAt.push(undefined);
      this.idleEnd = Math.min(this.time + idleSeconds, this.absoluteEnd);
      return 'rotated';
    }
    const spentAt = this.spentAt[token];
    if (token === newest - 1 && spentAt !== undefined && this.time - spentAt <= retrySeconds)
      return 'replayed';
    this.alive = false;
    return 'reused';
  }
}

/** A code and its family in the store, used at the model's time. */
class Life {
  readonly model = new Model();
  readonly #store: Store;
  readonly #connection: Connection;
  readonly #code: Omit<Code, 'grantId'>;

  constructor(store: Store, connection: Connection) {
    this.#store = store;
    this.#connection = connection;
    this.#code = makeCode(connection, { expiresAt: start + codeSeconds });
  }

  issue() {
    return this.#store.codes.issue({ code: this.#code }, start);
  }

  redeem() {
    const { time } = this.model;
    const family = makeFamily(this.#connection, {
      id: this.#code.familyId,
      createdAt: time,
      expiresAt: time + idleSeconds,
      absoluteExpiresAt: time + absoluteSeconds,
    });
    return this.#store.codes.redeem(this.#code.digest, family, time);
  }

  rotate(token: number) {
    const { time, spentAt } = this.model;
    const id = this.#code.familyId;
    const rotation = makeRotation(makeFamily(this.#connection, { id }), token, {
      successorDigest: `${id}.${spentAt.length}`,
      expiresAt: time + idleSeconds,
      retrySeconds,
    });
    return this.#store.families.rotate(rotation, time);
  }

  /** The actual and the expected result. */
  async take(step: Step): Promise<readonly [happened: string, expected: string] | undefined> {
    if (step.do === 'redeem') return [(await this.redeem()).outcome, this.model.redeem()];
    if (step.do === 'rotate') {
      const token = this.model.spentAt.length - 1 - step.back;
      return token < 0 ? undefined : [(await this.rotate(token)).outcome, this.model.rotate(token)];
    }
    if (step.do === 'wait') this.model.time += step.seconds;
    else await this.#end();
    return undefined;
  }

  async #end(): Promise<void> {
    await this.#store.families.end(this.#code.familyId, this.model.time);
    this.model.alive = false;
  }
}

describeOnEveryEngine('the life of a family', (store) => {
  it('matches the model after any steps, with at most one active token', async () => {
    const connection = await connect(store());
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const life = new Life(store(), connection);
        await life.issue();
        const taken = [];
        for (const each of steps) taken.push(await life.take(each));
        const outcomes = taken.filter((each) => each !== undefined);
        expect(outcomes.map(([happened]) => happened)).toEqual(
          outcomes.map(([, expected]) => expected),
        );

        const last = [];
        for (const token of life.model.spentAt.keys())
          last.push((await life.rotate(token)).outcome);
        expect(last.filter((outcome) => outcome === 'rotated').length).toBeLessThanOrEqual(1);
      }),
      { seed, numRuns: 60 },
    );
  });
});
