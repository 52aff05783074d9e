/** Debian's Apache with mod_auth_openidc, in its own folder and on its own ports. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Certificate } from '../../packages/jwt/src/testing-parts/certificates.ts';
import { collectOutput, end, waitForAnswer } from '../process.ts';
import { configure, originOf, type Places, type Relying } from './configuration.ts';

const program = '/usr/sbin/apache2';
const modules = '/usr/lib/apache2/modules';

/** Whether it is installed; Debian: apache2 and libapache2-mod-auth-openidc. */
export const hasApache = existsSync(program) && existsSync(`${modules}/mod_auth_openidc.so`);

export interface Apache {
  stop(): Promise<void>;
}

/** `certificate` is the one of the host that registers itself. */
export async function startApache(
  ports: Pick<Places, 'port' | 'newcomerPort'>,
  relying: Relying,
  certificate: Certificate,
): Promise<Apache> {
  const folder = prepareFolder(certificate);
  const file = path.join(folder, 'apache.conf');
  writeFileSync(file, configure({ ...ports, folder, modules }, relying), { mode: 0o600 });
  const child = spawn(program, ['-f', file, '-DFOREGROUND'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collectOutput(child);
  const stop = async () => {
    await end(child, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitForAnswer(child, `${originOf(ports.port)}/page.txt`);
    return { stop };
  } catch (error) {
    const log = path.join(folder, 'error.log');
    const logged = existsSync(log) ? readFileSync(log, 'utf8') : '';
    await stop();
    throw new Error(`Apache did not start: ${output()}${logged}`, { cause: error });
  }
}

/**
 * A page in each area. As root, Apache serves as another user, who must be able to read, and to
 * keep what it registered.
 */
function prepareFolder({ cert, key }: Certificate): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'keywright-apache-'));
  chmodSync(folder, 0o755);
  mkdirSync(path.join(folder, 'metadata'));
  chmodSync(path.join(folder, 'metadata'), 0o777);
  writeFileSync(path.join(folder, 'certificate.pem'), cert);
  writeFileSync(path.join(folder, 'key.pem'), key, { mode: 0o600 });
  for (const area of ['', 'protected', 'api']) {
    mkdirSync(path.join(folder, 'pages', area), { recursive: true });
    writeFileSync(path.join(folder, 'pages', area, 'page.txt'), `${area || 'open'}\n`);
  }
  return folder;
}
