/** The brand of a client, for the pages of a sign-in that began at it. Not for consent. */
import type { Core } from '../core.ts';
import type { Client } from '../../model/entities.ts';
import type { BrandView } from '../../model/pages.ts';
import { readPictureAddress } from '../../rules/picture-address.ts';
import { unsealValue } from '../sealing/sealed.ts';
import { type Onward, requestPurpose } from './onward.ts';

/** A client stays in the cache for seconds, and its picture is read once in this time. */
const known = new WeakMap<Client, BrandView>();

interface Branded {
  readonly brand?: BrandView;
}

/**
 * The brand of the client whose request waits. Nothing if none waits, or if the client has none.
 * Does not check whether the request is still valid: the page does.
 */
export async function brandOnward(core: Core, { request }: Onward): Promise<Branded> {
  const carried = unsealValue(core, requestPurpose, request) as Partial<Carried> | undefined;
  const client = carried?.clientId && (await core.loadClient(carried.clientId));
  return client ? brandOf(client) : {};
}

interface Carried {
  readonly clientId: string;
}

function brandOf(client: Client): Branded {
  const { brandName: name, brandAccent: accent, brandLogo } = client.settings ?? {};
  // Checked when it was set. A client that is less trusted since then does not keep the face.
  if (client.trust !== 'first-party' || (name === undefined && accent === undefined)) return {};
  const found = known.get(client);
  if (found !== undefined) return { brand: found };
  const logo = brandLogo === undefined ? undefined : readPictureAddress(brandLogo);
  const brand = {
    ...(name === undefined ? {} : { name }),
    ...(accent === undefined ? {} : { accent }),
    ...(name === undefined || logo === undefined || brandLogo === undefined
      ? {}
      : { logo: { url: brandLogo, width: logo.width, height: logo.height } }),
  };
  known.set(client, brand);
  return { brand };
}
