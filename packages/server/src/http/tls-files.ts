/**
 * The files behind `listen.tls`: read at the start, and again within a minute of their change. Who renews certificates need not tell the
 * server; connections that are there keep what they were begun with.
 */
import { readFileSync, statSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { ConfigError } from '@keywright/core';
import type { TlsPlace } from '../configuration/tls.ts';

export type TlsMaterial = Pick<
  SecureContextOptions,
  'cert' | 'key' | 'ca' | 'minVersion' | 'honorCipherOrder'
>;

const lookEveryMilliseconds = 60_000;

/** Throws ConfigError for a file that cannot be read, or does not hold what it should. */
export function readTlsFiles({ certificateFile, keyFile, clientCaFile }: TlsPlace): TlsMaterial {
  const material = {
    cert: readFile('listen.tls.certificate', certificateFile),
    key: readFile('listen.tls.key', keyFile),
    ...(clientCaFile === undefined ? {} : { ca: readFile('listen.tls.client_ca', clientCaFile) }),
    // RFC 9325 §3.1.1.
    minVersion: 'TLSv1.2',
    honorCipherOrder: true,
  } as const;
  assertFits(material);
  return material;
}

function readFile(path: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([{ path, message: `${file} cannot be read (${code ?? 'unknown error'})` }]);
  }
}

/** Rather now than at the first connection. */
function assertFits(material: TlsMaterial): void {
  try {
    process.getBuiltinModule('node:tls').createSecureContext(material);
  } catch (error) {
    const because = (error as Error).message;
    const message = `must be PEM files that belong together: certificate and key, and client_ca (${because})`;
    throw new ConfigError([{ path: 'listen.tls', message }]);
  }
}

/** Answers what stops it. A change that cannot be used is told, and what was there before goes on. */
export function followTlsFiles(
  place: TlsPlace,
  apply: (material: TlsMaterial) => void,
  onFault: (error: unknown) => void,
  everyMilliseconds = lookEveryMilliseconds,
): () => void {
  let seen = changesOf(place);
  const look = (): void => {
    try {
      const now = changesOf(place);
      if (now === seen) return;
      apply(readTlsFiles(place));
      seen = now;
    } catch (error) {
      // A certificate without its key is half of a renewal: the other half is seen at the next look.
      onFault(error);
    }
  };
  const timer = setInterval(look, everyMilliseconds).unref();
  return () => clearInterval(timer);
}

function changesOf({ certificateFile, keyFile, clientCaFile }: TlsPlace): string {
  const files = [certificateFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])];
  return files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 'gone').join(' ');
}
