/**
 * The logo of a client, as a file that an operator names. It becomes a `data` address, as it is
 * stored. Core checks it, in the same way as a logo from the admin API.
 */
import { readFileSync, statSync } from 'node:fs';
import { type ConfigProblem, readPicture, toPictureAddress } from '@keywright/core';
import { describeFileFault } from '../file-fault.ts';

/** Much more than core accepts, so that core says what is wrong. */
const mostBytes = 1024 * 1024;

/** Throws the error of the system. */
export function readLogoFile(file: string): string {
  const { size } = statSync(file);
  const bytes = size > mostBytes ? Buffer.alloc(0) : readFileSync(file);
  return toPictureAddress(readPicture(bytes) ?? { type: 'image/png' }, bytes);
}

type Document = Record<string, unknown>;

/** The document with the logos of its clients in place of their files. */
export function withLogos(
  document: Document,
  resolve: (place: string, value: string) => string,
  problems: ConfigProblem[],
): Document {
  const { clients } = document;
  if (!Array.isArray(clients)) return document;
  const read = (client: unknown, index: number): unknown => {
    const logo = Object(client)['brand_logo'] as unknown;
    if (typeof logo !== 'string' || logo.startsWith('data:')) return client;
    const path = `clients[${index}].brand_logo`;
    const { brand_logo: _, ...rest } = client as Document;
    try {
      return { ...rest, brand_logo: readLogoFile(resolve(path, logo)) };
    } catch (error) {
      problems.push({ path, message: describeFileFault(error, 'read') });
      return rest;
    }
  };
  return { ...document, clients: clients.map(read) };
}
