/**
 * From a registration to the settings that are stored, and back: by the table of client metadata.
 */
import type { ClientMember } from '../../../model/client-member.ts';
import type { ClientMemberName, ClientSettings } from '../../../model/client-settings.ts';
import { type ClientRegistration, clientRows } from '../client-registration.ts';

export interface SettingRow extends ClientMember {
  readonly name: ClientMemberName;
  readonly setting: string;
}

/** The rows that are not a property of the client itself. */
const rows = clientRows
  .filter(([, { property }]) => property === undefined)
  .map(([name, row]): SettingRow => ({ ...row, name, setting: row.setting ?? toCamelCase(name) }));

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Of a checked registration. Undefined if it has no such member. */
export function settingsOf(input: ClientRegistration): ClientSettings | undefined {
  const settings: Record<string, unknown> = {};
  for (const row of rows) {
    const value = input[row.name];
    const stored = value === undefined ? undefined : storedOf(row, value, settings[row.setting]);
    if (stored !== undefined) settings[row.setting] = stored;
  }
  return Object.keys(settings).length === 0 ? undefined : settings;
}

/** `others`: what other members made of the same setting before. */
function storedOf({ part, store }: SettingRow, value: unknown, others: unknown): unknown {
  if (part === undefined) return store === undefined ? value : store(value as never);
  // The default of every such pair (OpenID Connect Registration §2, JARM §3, RFC 9701 §6).
  if (part === 'alg') return { alg: value, enc: 'A128CBC-HS256' };
  if (part === 'enc') return { ...(others as object), enc: value };
  return others ?? { kind: part, value };
}

/** Members by their names, of those rows that are chosen. */
export function renderSettings(
  settings: ClientSettings,
  isChosen: (row: SettingRow) => boolean,
): Readonly<Record<string, unknown>> {
  const members = rows.filter(isChosen).map((row) => [row.name, saidOf(row, settings)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

function saidOf({ setting, part }: SettingRow, settings: ClientSettings): unknown {
  const stored = (settings as Readonly<Record<string, unknown>>)[setting];
  if (part === undefined || stored === undefined) return stored;
  const parts = stored as Readonly<Record<string, unknown>>;
  if (part === 'alg' || part === 'enc') return parts[part];
  return parts['kind'] === part ? parts['value'] : undefined;
}
