/** Switches extensions on or off. */
import { featureNames, type Features, features as rows, type SettingName } from '@keywright/core';
import * as z from 'zod';
import { onOff } from './words.ts';

/** `pushedRequests` is `pushed_requests`. */
type Snake<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : '';
type Declared = {
  readonly [Name in SettingName as Snake<Name>]: z.ZodOptional<z.ZodType<Features[Name]>>;
};

function toSetting(name: SettingName) {
  const { about, setting } = rows[name];
  if (typeof setting === 'object') return z.enum(setting).optional().describe(about);
  return onOff(`${about}${setting === true ? ' On by default.' : ''}`);
}

/** Core's `Features`, each member under its name there in snake case. */
export const features = z.strictObject(
  Object.fromEntries(
    featureNames.map((name) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      toSetting(name),
    ]),
  ) as unknown as Declared,
);
