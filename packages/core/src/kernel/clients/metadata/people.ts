/**
 * What users learn about a client, and who made it (RFC 7591 §2): shown as text and links, never
 * fetched, and never loaded by a page.
 */
import { parseHttpsAddress } from '../../../rules/web-address.ts';
import type { CheckSettings, Say } from './check.ts';
const longestWord = 100;
const mostContacts = 10;

export const checkPeople: CheckSettings = (input, say) => {
  // RFC 7591 §2: each "MUST point to a valid web page"; RFC 7591 §5 and OpenID Connect Registration
  // §2 ask for https.
  for (const member of ['logo_uri', 'policy_uri', 'tos_uri', 'initiate_login_uri'] as const)
    if (input[member] !== undefined && parseHttpsAddress(input[member]) === undefined)
      say(member, 'must be an https URL');
  for (const member of ['software_id', 'software_version'] as const)
    if (input[member] !== undefined && !isWord(input[member]))
      say(member, `must have 1 to ${longestWord} visible characters of ASCII`);
  checkContacts(input.contacts, say);
};

function isWord(text: string): boolean {
  return text.length <= longestWord && /^[\x20-\x7e]+$/.test(text);
}

function checkContacts(contacts: readonly string[] | undefined, say: Say): void {
  if (contacts === undefined) return;
  if (contacts.length > mostContacts) say('contacts', `must have at most ${mostContacts} entries`);
  contacts.forEach((contact, index) => {
    if (!isWord(contact) && !/^[^\s\p{C}]{3,254}$/u.test(contact))
      say(`contacts[${index}]`, 'must be an address of a person or a page');
  });
}
