/** Entry points ("doors"): everything that accepts input, with a valid input and its changes. */
import { sign } from 'node:crypto';
import type { ClientCertificate, HttpRequest, HttpResponse } from '@keywright/core';
import fc from 'fast-check';
import {
  changeForm,
  changeText,
  type FormChanges,
  formChanges,
  someTextChanges,
  type TextChange,
} from './changes.ts';
import { changeJson, type JsonChange, someJsonChanges } from './json-changes.ts';
import { formType, jsonType, key, randomNetwork, type World } from './setting.ts';

export interface Door<Changes = unknown> {
  readonly name: string;
  /** The number of its cases, in thousands. */
  readonly share: number;
  readonly changes: fc.Arbitrary<Changes>;
  /** No change: the valid input itself. */
  readonly unchanged: Changes;
  /** Undefined if no server answers, but a parser returned or refused. */
  send(
    world: World,
    changes: Changes,
  ): HttpResponse | undefined | Promise<HttpResponse | undefined>;
  /** The status for the unchanged input. Default: 200. */
  readonly good?: number;
  /**
   * After this number of uses a valid input is spent, or a limit is reached. Then everything is
   * made again.
   */
  readonly lasts?: number;
}

type Headers = Readonly<Record<string, string>>;

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly query?: string;
  readonly headers?: Headers;
  readonly body?: string;
  readonly clientCertificate?: ClientCertificate;
}

/** Each from another network. Otherwise the limits of networks would answer. */
export function ask(
  world: World,
  { method = 'POST', query = '', headers = {}, body = '', ...rest }: Ask,
) {
  const remoteAddress = randomNetwork();
  return handle(world, { method, query, headers, body, remoteAddress, ...rest });
}

export function encodeForm(words: Readonly<Record<string, string>>): string {
  return new URLSearchParams(words).toString();
}

/** A form as a program sends it. */
export function post(
  world: World,
  path: string,
  words: Readonly<Record<string, string>>,
  headers: Headers = {},
) {
  return ask(world, { path, headers: { ...formType, ...headers }, body: encodeForm(words) });
}

/** Only the work of the server counts, because a test takes longer to write a long request. */
export async function handle(world: World, request: HttpRequest): Promise<HttpResponse> {
  world.length =
    [request.path, request.query, request.body, ...Object.values(request.headers)].join('').length +
    (request.clientCertificate?.raw.length ?? 0);
  const before = process.cpuUsage();
  try {
    return await world.platform.server.handle(request);
  } finally {
    world.took = microsecondsSince(before);
  }
}

/** The result of a parser does not matter: both a return and a refusal are an answer. */
export function parseWith(world: World, length: number, parse: () => unknown): undefined {
  world.length = length;
  const before = process.cpuUsage();
  try {
    parse();
  } finally {
    world.took = microsecondsSince(before);
  }
}

function microsecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

type Of<T> = (world: World) => T;
interface Options {
  readonly share?: number;
  readonly good?: number;
  readonly lasts?: number;
  readonly headers?: Of<Headers>;
  readonly method?: string;
  readonly query?: Of<string>;
}

const nothing: FormChanges = { values: [], more: [], text: [] };

export function formDoor(
  name: string,
  path: string,
  good: Of<Readonly<Record<string, string>>>,
  { share = 1, headers = () => ({}), ...rest }: Options = {},
): Door<FormChanges> {
  return {
    ...rest,
    name,
    share,
    changes: formChanges,
    unchanged: nothing,
    send: (world, changes) =>
      ask(world, {
        path,
        headers: { ...formType, ...headers(world) },
        body: changeForm(good(world), changes),
      }),
  };
}

export function queryDoor(
  name: string,
  path: string,
  good: Of<Readonly<Record<string, string>>>,
  { share = 1, headers = () => ({}), method = 'GET', ...rest }: Options = {},
): Door<FormChanges> {
  return {
    ...rest,
    name,
    share,
    changes: formChanges,
    unchanged: nothing,
    send: (world, changes) =>
      ask(world, {
        method,
        path,
        headers: headers(world),
        query: changeForm(good(world), changes),
      }),
  };
}

interface JsonChanges {
  readonly json: readonly JsonChange[];
  readonly text: readonly TextChange[];
}

const jsonChanges: fc.Arbitrary<JsonChanges> = fc.record({
  json: someJsonChanges,
  text: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: someTextChanges },
  ),
});

/** A changed JSON text, sent in any way. */
export function jsonTextDoor(
  name: string,
  good: Of<unknown>,
  bring: (world: World, text: string) => ReturnType<Door['send']>,
  { share = 1, ...rest }: Options = {},
): Door<JsonChanges> {
  return {
    ...rest,
    name,
    share,
    changes: jsonChanges,
    unchanged: { json: [], text: [] },
    send: (world, { json, text }) => bring(world, changeText(changeJson(good(world), json), text)),
  };
}

export function jsonDoor(
  name: string,
  path: Of<string>,
  good: Of<unknown>,
  options: Options = {},
): Door<JsonChanges> {
  const { headers = () => ({}), method = 'POST', query = () => '' } = options;
  const bring = (world: World, body: string) =>
    ask(world, {
      method,
      path: path(world),
      query: query(world),
      headers: { ...jsonType, ...headers(world) },
      body,
    });
  return jsonTextDoor(name, good, bring, options);
}

/** A changed text, sent in any way. */
export function textDoor(
  name: string,
  good: Of<string>,
  bring: (world: World, text: string) => ReturnType<Door['send']>,
  { share = 1, ...rest }: Options = {},
): Door<readonly TextChange[]> {
  return {
    ...rest,
    name,
    share,
    changes: someTextChanges,
    unchanged: [],
    send: (world, changes) => bring(world, changeText(good(world), changes)),
  };
}

export interface JwtParts {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

interface JwtChanges {
  readonly header: readonly JsonChange[];
  readonly claims: readonly JsonChange[];
  /** Changes of the text of header and claims, before they are signed. */
  readonly letters: readonly TextChange[];
  /** Changes of the whole token, after it was signed. */
  readonly token: readonly TextChange[];
}

const seldom = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: someTextChanges },
);
const jwtChanges: fc.Arbitrary<JwtChanges> = fc.record({
  header: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: someJsonChanges },
  ),
  claims: someJsonChanges,
  letters: seldom,
  token: seldom,
});

const encode = (text: string) => Buffer.from(text).toString('base64url');

/**
 * With a valid signature for any content, so that the code behind the check of the signature is
 * reached.
 */
function writeJwt({ header, claims }: JwtParts, changes: JwtChanges): string {
  const head = changeText(changeJson(header, changes.header), changes.letters);
  const body = changeText(changeJson(claims, changes.claims), changes.letters);
  const input = `${encode(head)}.${encode(body)}`;
  const signature = sign('sha256', Buffer.from(input), {
    key: key.privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return changeText(`${input}.${signature.toString('base64url')}`, changes.token);
}

export function jwtDoor(
  name: string,
  good: Of<JwtParts>,
  bring: (world: World, token: string) => ReturnType<Door['send']>,
  { share = 1, ...rest }: Options = {},
): Door<JwtChanges> {
  return {
    ...rest,
    name,
    share,
    changes: jwtChanges,
    unchanged: { header: [], claims: [], letters: [], token: [] },
    send: (world, changes) => bring(world, writeJwt(good(world), changes)),
  };
}
