/**
 * Every extension, driven from outside by openid-client and oauth4webapi against one `keywright
 * serve` with all of them on.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { describeAccess } from './extensions/access.ts';
import { describeAnswers } from './extensions/answers.ts';
import { describeBound } from './extensions/bound.ts';
import { describeElsewhere } from './extensions/elsewhere.ts';
import { describeEveryAlgorithm } from './extensions/every-algorithm.ts';
import { describeMutualTls } from './extensions/mutual-tls.ts';
import { describeOddValues } from './extensions/odd-values.ts';
import { describePeople } from './extensions/people.ts';
import { describeRequests } from './extensions/requests.ts';
import { describeServices } from './extensions/services.ts';
import { openSetting, type Setting } from './extensions/setting.ts';

describe('a server with every extension on', () => {
  let setting: Setting | undefined;
  const get = (): Setting => {
    if (setting === undefined) throw new Error('the server did not start');
    return setting;
  };

  beforeAll(async () => {
    setting = await openSetting();
  });
  afterAll(() => setting?.stop());

  describeRequests(get);
  describeAnswers(get);
  describeBound(get);
  describePeople(get);
  describeAccess(get);
  describeServices(get);
  describeEveryAlgorithm(get);
  describeOddValues(get);
  describeElsewhere(get);
});

describeMutualTls();
