import { expect, it } from 'vitest';
import { createApiDirectory } from '../apis/directory.ts';
import type { Api } from '../../model/entities.ts';
import { joinParts, partsOf } from './parts.ts';

const list = { type: 'array', items: { type: 'string' } } as const;
const api: Api = {
  identifier: 'https://api.example',
  name: 'API',
  scopes: [],
  introspectors: [],
  tokenStatus: false,
  origin: 'config',
  settings: {
    authorizationDetailsTypes: [
      {
        type: 'access',
        name: 'Access',
        description: 'x',
        resources: 'buildings',
        schema: { type: 'object', properties: { actions: list, buildings: list } },
      },
    ],
  },
};
const apis = createApiDirectory([api]);
const detail = { type: 'access', actions: ['read'], buildings: ['b-1', 'b-2'] };

it('an authorization detail is split into one for each resource, and joined without a change', () => {
  const parts = partsOf([detail], apis);
  expect(parts).toEqual([
    { ...detail, buildings: ['b-1'] },
    { ...detail, buildings: ['b-2'] },
  ]);
  expect(joinParts(parts, apis)).toEqual([detail]);
});

it('details that differ in more than their resources are not joined', () => {
  const write = { ...detail, actions: ['write'], buildings: ['b-1'] };
  expect(joinParts([...partsOf([detail], apis), write], apis)).toEqual([detail, write]);
});

it('a detail without a resource, or of an unknown type, is not split', () => {
  const whole = { type: 'access', actions: ['read'] };
  const unknown = { type: 'other', buildings: ['b-1', 'b-2'] };
  expect(partsOf([whole, unknown], apis)).toEqual([whole, unknown]);
  expect(joinParts([whole, whole, unknown], apis)).toEqual([whole, unknown]);
});
