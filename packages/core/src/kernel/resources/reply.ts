/**
 * Checks what an API says of its resources. Names are texts of other people: a name that hides
 * characters or changes their direction is left out, and the page shows the identifier.
 */
import type { NamedResource } from '../../model/resource-ports.ts';
import { refuseDisplayText } from '../../rules/display-text.ts';

/** How many resources one answer may have. */
export const mostResources = 100;
const longestIdentifier = 1000;
const longestPicture = 4000;

/**
 * The resources of an answer, each once, without every member that may not be shown. Undefined if
 * it is no list of resources.
 */
export function readResources(listed: unknown): readonly NamedResource[] | undefined {
  if (!Array.isArray(listed)) return undefined;
  const read = new Map<string, NamedResource>();
  for (const one of listed.slice(0, mostResources)) {
    const resource = readResource(one);
    if (resource !== undefined && !read.has(resource.identifier))
      read.set(resource.identifier, resource);
  }
  return [...read.values()];
}

function readResource(value: unknown): NamedResource | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { identifier, name, picture } = value as Readonly<Record<string, unknown>>;
  if (typeof identifier !== 'string' || identifier === '') return undefined;
  if (identifier.length > longestIdentifier) return undefined;
  const isNamed = typeof name === 'string' && refuseDisplayText(name) === undefined;
  return {
    identifier,
    ...(isNamed ? { name: name.normalize('NFC').trim() } : {}),
    ...(isNamed && isPicture(picture) ? { picture } : {}),
  };
}

/** By the first bytes of a file. Never SVG, which is a document. */
const kinds: Readonly<Record<string, (bytes: string) => boolean>> = {
  png: (bytes) => bytes.startsWith('\x89PNG\r\n\x1a\n'),
  jpeg: (bytes) => bytes.startsWith('\xff\xd8\xff'),
  webp: (bytes) => bytes.startsWith('RIFF') && bytes.startsWith('WEBP', 8),
};

/**
 * Only in the answer itself: a browser that loads a picture from another server would tell that
 * server who looks at this page.
 */
function isPicture(picture: unknown): picture is string {
  if (typeof picture !== 'string' || picture.length > longestPicture) return false;
  const parts = /^data:image\/(png|jpeg|webp);base64,([A-Za-z0-9+/]+={0,2})$/.exec(picture);
  if (parts === null) return false;
  const [, kind = '', data = ''] = parts;
  return kinds[kind]?.(Buffer.from(data.slice(0, 24), 'base64').toString('latin1')) === true;
}
