/**
 * The MCP TypeScript SDK against `keywright serve` and examples/mcp-server. The agent is not
 * registered, and learns everything from the answers. Authorization of the Model Context Protocol.
 */
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runKeywright } from './command.ts';
import { takeBackEverything } from './connections.ts';
import { type Agent, type AgentOptions, createAgent } from './mcp/agent.ts';
import { ada, openSetting, type Setting } from './mcp/setting.ts';
import { Visitor } from './visitor.ts';

const registered = expect.stringMatching(/^cli_/);

describe('an agent with the MCP SDK', () => {
  let setting: Setting;
  let seen: URL[];

  beforeAll(async () => {
    setting = await openSetting();
  });
  afterAll(() => setting?.stop());
  beforeEach(async () => {
    seen = [];
    await takeBackEverything(setting.issuer, ada);
  });

  /** Ada, who agrees to everything, each time in a new browser. */
  async function ask(address: URL): Promise<URL> {
    const back = await new Visitor(setting.issuer).authorize(address, ada);
    seen.push(back);
    return back;
  }

  function create(options: Partial<AgentOptions> = {}): Agent {
    return createAgent({ server: setting.mcp, ask, ...options });
  }

  /**
   * As if the access token had ended: the server refuses it, and the SDK has its refresh token
   * left.
   */
  function spoil({ memory }: Agent): string {
    if (memory.tokens?.refresh_token === undefined) throw new Error('there is no refresh token');
    memory.tokens = { ...memory.tokens, access_token: 'ended' };
    return memory.tokens.refresh_token ?? '';
  }

  function scopesOf({ memory }: Agent): readonly string[] {
    return String(decodeJwt(memory.tokens?.access_token ?? '')['scope']).split(' ');
  }

  it('learns from the 401 where the metadata is, and from the metadata which server to use (RFC 9728 §5.1)', async () => {
    const refused = await fetch(setting.mcp, { method: 'POST' });
    expect(refused.status).toBe(401);
    const challenge = refused.headers.get('www-authenticate') ?? '';
    expect(challenge).toMatch(/^Bearer realm=".*", resource_metadata="[^"]+", scope="notes:read"$/);
    const metadata = await fetch(/resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? '');
    expect(await metadata.json()).toMatchObject({
      resource: setting.mcp,
      authorization_servers: [setting.issuer],
      scopes_supported: ['notes:read'],
    });
  });

  it('gets from the 401 to a tool call with the address of its metadata as client id', async () => {
    const agent = create({ clientMetadataUrl: setting.document });
    expect(await agent.call('list_notes')).toBe('There are no notes.');
    expect(agent.memory.client?.client_id).toBe(setting.document);
    expect(agent.sentTo.map(({ searchParams }) => Object.fromEntries(searchParams))).toEqual([
      expect.objectContaining({
        client_id: setting.document,
        resource: setting.mcp,
        scope: 'notes:read',
        code_challenge_method: 'S256',
      }),
    ]);
    // RFC 9207 §2.
    expect(seen.map(({ searchParams }) => searchParams.get('iss'))).toEqual([setting.issuer]);
    expect(decodeJwt(agent.memory.tokens?.access_token ?? '')).toMatchObject({
      iss: setting.issuer,
      aud: setting.mcp,
      client_id: setting.document,
      scope: 'notes:read',
    });
  });

  it('is shown to the user by the host of that address, with a warning', async () => {
    let html = '';
    const agent = create({
      clientMetadataUrl: setting.document,
      async ask(address) {
        const visitor = new Visitor(setting.issuer);
        const signIn = await visitor.go(address);
        if (signIn.kind === 'left') throw new Error('nobody was asked');
        const consent = await visitor.signIn(signIn.page, ada);
        if (consent.kind === 'left') throw new Error('nobody was asked');
        ({ html } = consent.page);
        const back = await visitor.press(consent.page, 'allow');
        if (back.kind === 'page') throw new Error('it is not over');
        return back.address;
      },
    });
    await agent.call('list_notes');
    expect(html).toContain(new URL(setting.document).host);
    expect(html).toContain('Read your notes');
    expect(html).toContain('Nobody has checked this application');
  });

  it('registers itself where it has no such address (RFC 7591)', async () => {
    const agent = create();
    expect(await agent.call('list_notes')).toBe('There are no notes.');
    expect(agent.memory.client).toMatchObject({
      client_id: registered,
      token_endpoint_auth_method: 'none',
    });
    expect(agent.memory.client).not.toHaveProperty('client_secret');
  });

  describe.each([
    [
      'by the address of its metadata',
      (): Partial<AgentOptions> => ({ clientMetadataUrl: setting.document }),
    ],
    ['by registering itself', (): Partial<AgentOptions> => ({})],
  ])('known %s', (_way, options) => {
    it('refreshes without the user when its token has expired', async () => {
      const agent = create(options());
      await agent.call('list_notes');
      const former = spoil(agent);
      await agent.call('list_notes');
      expect(agent.sentTo).toHaveLength(1);
      expect(agent.memory.tokens?.refresh_token).not.toBe(former);
      expect(decodeJwt(agent.memory.tokens?.access_token ?? '')['aud']).toBe(setting.mcp);
    });

    it('asks the user for more scopes when a tool needs more (403 insufficient_scope)', async () => {
      const agent = create({ ...options(), grantTypes: ['authorization_code'] });
      await agent.call('list_notes');
      expect(await stepUp(agent)).toBe('Noted.');
      expect(agent.sentTo.map(({ searchParams }) => searchParams.get('scope'))).toEqual([
        'notes:read',
        'notes:read notes:write',
      ]);
      expect(scopesOf(agent).toSorted()).toEqual(['notes:read', 'notes:write']);
      expect(await agent.call('list_notes')).toContain('Water the plants');
    });

    it('asks the user again after the consent was withdrawn', async () => {
      const agent = create(options());
      await agent.call('list_notes');
      await takeBackEverything(setting.issuer, ada);
      spoil(agent);
      await agent.call('list_notes');
      expect(agent.sentTo).toHaveLength(2);
    });
  });

  /**
   * The SDK refreshes first, and a refresh never gives more scopes. So a client that needs more
   * scopes leaves the refresh token out.
   */
  async function stepUp(agent: Agent): Promise<string> {
    const { refresh_token: _left, ...rest } = agent.memory.tokens ?? {
      access_token: '',
      token_type: '',
    };
    agent.memory.tokens = rest;
    return agent.call('add_note', { text: 'Water the plants' });
  }

  it('gets no more by a refresh than the user agreed to', async () => {
    const agent = create();
    await agent.call('list_notes');
    await expect(agent.call('add_note', { text: 'No' })).rejects.toMatchObject({ code: 403 });
    expect(scopesOf(agent)).toEqual(['notes:read']);
  });

  it('keeps its access when two of its processes refresh with the same token at once', async () => {
    const one = create();
    await one.call('list_notes');
    spoil(one);
    const other = create({ memory: { ...one.memory } });
    await Promise.all([one.call('list_notes'), other.call('list_notes')]);
    for (const agent of [one, other]) {
      spoil(agent);
      await agent.call('list_notes');
    }
    expect([...one.sentTo.slice(1), ...other.sentTo]).toEqual([]);
  });

  it('registers again when its client is deleted: 401 `invalid_client` does not stop it', async () => {
    const agent = create();
    await agent.call('list_notes');
    const former = agent.memory.client?.client_id ?? '';
    await runKeywright(setting.configuration, 'clients', 'disable', former);
    spoil(agent);
    await agent.call('list_notes');
    expect(agent.memory.client?.client_id).toEqual(registered);
    expect(agent.memory.client?.client_id).not.toBe(former);
  });

  it('registers again also when the server never knew its client', async () => {
    const { issuer } = setting;
    const tokens = { issuer, access_token: 'x', refresh_token: 'y', token_type: 'Bearer' };
    const agent = create({ memory: { client: { issuer, client_id: 'cli_never' }, tokens } });
    await agent.call('list_notes');
    expect(agent.memory.client?.client_id).toEqual(registered);
    expect(agent.memory.client?.client_id).not.toBe('cli_never');
  });
});
