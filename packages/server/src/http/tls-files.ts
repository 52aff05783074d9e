/**
 * The files of `listen.tls`: read at the start, and again within a minute of a change. The tool
 * that renews certificates does not need to notify the server. Existing connections keep their
 * certificate.
 */
import { readFileSync, statSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { ConfigError } from '@keywright/core';
import type { TlsPlace } from '../configuration/tls.ts';
import { describeFileFault } from '../file-fault.ts';

export type TlsMaterial = Pick<
  SecureContextOptions,
  'cert' | 'key' | 'ca' | 'minVersion' | 'ciphers' | 'honorCipherOrder'
>;

/**
 * All suites of TLS 1.3. For TLS 1.2, those that RFC 9325 §4.2 recommends and FAPI 2.0 Security
 * Profile §5.2.2 permits.
 */
const ciphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':');

const lookEveryMilliseconds = 60_000;
const clockSkewMilliseconds = 60_000;

/**
 * Throws ConfigError for a file that cannot be read or has the wrong content, and for a certificate
 * that no client would accept.
 */
export function readTlsFiles(
  { certificateFile, keyFile, clientCaFile }: TlsPlace,
  now = Date.now(),
): TlsMaterial {
  const material = {
    cert: readFile('listen.tls.certificate', certificateFile),
    key: readFile('listen.tls.key', keyFile),
    ...(clientCaFile === undefined ? {} : { ca: readFile('listen.tls.client_ca', clientCaFile) }),
    // RFC 9325 §3.1.1.
    minVersion: 'TLSv1.2',
    ciphers,
    honorCipherOrder: true,
  } as const;
  assertFits(material);
  assertInForce(certificateFile, material.cert, now);
  return material;
}

function readFile(path: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigError([{ path, message: `${file} ${describeFileFault(error, 'read')}` }]);
  }
}

/** The fault is found now, not at the first connection. */
function assertFits(material: TlsMaterial): void {
  try {
    process.getBuiltinModule('node:tls').createSecureContext(material);
  } catch (error) {
    const because = (error as Error).message;
    const message = `must be PEM files that belong together: certificate and key, and client_ca (${because})`;
    throw new ConfigError([{ path: 'listen.tls', message }]);
  }
}

/** Reported at the start, not to each client. */
function assertInForce(file: string, certificate: Buffer, now: number): void {
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  const say = (message: string) =>
    new ConfigError([{ path: 'listen.tls.certificate', message: `${file} ${message}` }]);
  if (validToDate.getTime() <= now)
    throw say(`expired on ${validToDate.toISOString().slice(0, 10)}: renew it`);
  // The clock of this machine may be a little behind that of the authority.
  if (validFromDate.getTime() > now + clockSkewMilliseconds)
    throw say(
      `is not valid before ${validFromDate.toISOString()}: check the clock of this machine`,
    );
}

/**
 * Returns a function that stops it. If a changed file cannot be used, this is reported, and the
 * former files stay in use.
 */
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
      // A certificate without its key is an unfinished renewal. The next check sees the other file.
      onFault(error);
    }
  };
  const timer = setInterval(look, everyMilliseconds).unref();
  return () => clearInterval(timer);
}

function changesOf({ certificateFile, keyFile, clientCaFile }: TlsPlace): string {
  const files = [certificateFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])];
  return files
    .map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 'gone')
    .join(' ');
}
