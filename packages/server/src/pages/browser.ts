/** The browser and the system of a User-Agent header, for people. Anybody can write that header. */
import Bowser from 'bowser';

/** For others, bowser returns the beginning of the header, which would be words of the sender. */
const knownNames = new Set(Object.values(Bowser.BROWSER_MAP));

/** "Firefox on Linux", or "an unknown browser". */
export function browserOf(userAgent: string): string {
  if (userAgent === '') return 'an unknown browser';
  const { browser, os } = Bowser.parse(userAgent);
  const { name = '' } = browser;
  if (!knownNames.has(name)) return 'an unknown browser';
  return os.name === undefined || os.name === '' ? name : `${name} on ${os.name}`;
}
