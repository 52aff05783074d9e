/**
 * An authenticator in software, for tests: it makes passkeys and assertions as a security key does
 * (Web Authentication §6), and each part of them can be made wrong.
 */
import {
  createHash,
  createPrivateKey,
  createSign,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

/** What a browser was asked for, as the page carries it. */
export interface AskedOptions {
  readonly challenge: string;
  readonly rpId?: string;
  readonly rp?: { readonly id: string };
  readonly user?: { readonly id: string };
}

/** What a test makes wrong. */
export interface Wrong {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  /** User present, 1; user verified, 4; may be backed up, 8; is backed up, 16. */
  readonly flags?: number;
  readonly counter?: number;
  readonly userHandle?: string;
  readonly id?: string;
  readonly signature?: string;
  readonly aaguid?: string;
  /** The attestation (§6.5) in a format. Without certificates, the key of the passkey signs it. */
  readonly attestation?: {
    readonly format: string;
    /** The one whose key signs, and those above it. */
    readonly certificates?: readonly { readonly der: Uint8Array; readonly key: string }[];
  };
}

/** One passkey on the authenticator. */
export interface SoftwarePasskey {
  readonly id: string;
  /** The answer to `navigator.credentials.create()`, as JSON. */
  readonly registration: string;
  /** The answer to `navigator.credentials.get()`, as JSON. */
  assert(asked: AskedOptions, wrong?: Wrong): string;
  /** What the authenticator keeps. It can be sent to another process. */
  readonly kept: KeptPasskey;
}

export interface KeptPasskey {
  readonly id: string;
  readonly privateJwk: JsonWebKey;
  readonly userHandle: string | undefined;
  readonly origin: string;
}

/** Signs with passkeys that another process has made. They do not count. */
export function createAsserter({ privateJwk, ...kept }: KeptPasskey) {
  const held = { ...kept, privateKey: createPrivateKey({ key: privateJwk, format: 'jwk' }) };
  return (asked: AskedOptions) => assertion({ ...held, counter: 0 }, asked, {});
}

const verified = 0x1d;
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest();

/** Makes a passkey for the page of this origin, as it was asked for. */
export function createPasskey(
  origin: string,
  asked: AskedOptions,
  wrong: Wrong = {},
): SoftwarePasskey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const idBytes = randomBytes(32);
  const id = base64url(idBytes);
  let counter = wrong.counter ?? 0;
  const aaguid = Buffer.from((wrong.aaguid ?? '').replaceAll('-', '').padEnd(32, '0'), 'hex');
  const attested = Buffer.concat([aaguid, Buffer.from([0, 32]), idBytes, coseKey(publicKey)]);
  const authenticatorData = Buffer.concat([
    sha256(wrong.rpId ?? asked.rp?.id ?? ''),
    Buffer.from([(wrong.flags ?? verified) | 0x40]),
    counterBytes(counter),
    attested,
  ]);
  const clientDataJSON = clientData('webauthn.create', origin, asked, wrong);
  const signed = Buffer.concat([
    authenticatorData,
    sha256(Buffer.from(clientDataJSON, 'base64url')),
  ]);
  const registration = JSON.stringify({
    id: wrong.id ?? id,
    rawId: wrong.id ?? id,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON,
      attestationObject: base64url(
        attestationObject(authenticatorData, ...statementOf(wrong.attestation, signed, privateKey)),
      ),
      transports: ['internal', 'hybrid'],
    },
  });
  const userHandle = asked.user?.id;
  return {
    id,
    registration,
    kept: { id, privateJwk: privateKey.export({ format: 'jwk' }), userHandle, origin },
    assert: (request, other = {}) => {
      counter = other.counter ?? (counter === 0 ? 0 : counter + 1);
      return assertion({ id, privateKey, counter, userHandle, origin }, request, other);
    },
  };
}

interface Held {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly counter: number;
  readonly userHandle: string | undefined;
  readonly origin: string;
}

function assertion(
  { id, privateKey, counter, userHandle, origin }: Held,
  asked: AskedOptions,
  wrong: Wrong,
): string {
  const authenticatorData = Buffer.concat([
    sha256(wrong.rpId ?? asked.rpId ?? ''),
    Buffer.from([wrong.flags ?? verified]),
    counterBytes(counter),
  ]);
  const clientDataJSON = clientData('webauthn.get', origin, asked, wrong);
  const signed = Buffer.concat([
    authenticatorData,
    sha256(Buffer.from(clientDataJSON, 'base64url')),
  ]);
  const signature = createSign('sha256').update(signed).sign(privateKey);
  return JSON.stringify({
    id: wrong.id ?? id,
    rawId: wrong.id ?? id,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON,
      authenticatorData: base64url(authenticatorData),
      signature: wrong.signature ?? base64url(signature),
      userHandle: wrong.userHandle ?? userHandle,
    },
  });
}

function clientData(type: string, origin: string, asked: AskedOptions, wrong: Wrong): string {
  const data = {
    type: wrong.type ?? type,
    challenge: wrong.challenge ?? asked.challenge,
    origin: wrong.origin ?? origin,
    crossOrigin: wrong.crossOrigin ?? false,
  };
  return base64url(Buffer.from(JSON.stringify(data)));
}

function counterBytes(counter: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(counter);
  return bytes;
}

/** COSE_Key of ES256 (RFC 9053 §2.1), in CBOR. */
function coseKey(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const bytes = (text: string) =>
    Buffer.concat([Buffer.from([0x58, 32]), Buffer.from(text, 'base64url')]);
  return Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
    bytes(x),
    Buffer.from([0x22]),
    bytes(y),
  ]);
}

const text = (value: string) =>
  Buffer.concat([Buffer.from([0x60 | value.length]), Buffer.from(value)]);
const bytesOf = (value: Uint8Array) =>
  Buffer.concat([Buffer.from([0x59, value.length >> 8, value.length & 0xff]), value]);

/** The format and its statement, in CBOR (§8.2, §8.7). */
function statementOf(
  attestation: Wrong['attestation'],
  signed: Buffer,
  ownKey: KeyObject,
): readonly [format: string, statement: Buffer] {
  if (attestation === undefined) return ['none', Buffer.from([0xa0])];
  const { format, certificates = [] } = attestation;
  const signature = createSign('sha256')
    .update(signed)
    .sign(certificates[0]?.key ?? ownKey);
  const members = [
    Buffer.from([0xa2]),
    text('alg'),
    Buffer.from([0x26]),
    text('sig'),
    bytesOf(signature),
  ];
  if (certificates.length === 0) return [format, Buffer.concat(members)];
  members[0] = Buffer.from([0xa3]);
  const chain = certificates.map(({ der }) => bytesOf(der));
  members.push(text('x5c'), Buffer.from([0x80 | chain.length]), ...chain);
  return [format, Buffer.concat(members)];
}

function attestationObject(authenticatorData: Buffer, format: string, statement: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from([0xa3]),
    text('fmt'),
    text(format),
    text('attStmt'),
    statement,
    text('authData'),
    Buffer.from([0x58, authenticatorData.length]),
    authenticatorData,
  ]);
}
