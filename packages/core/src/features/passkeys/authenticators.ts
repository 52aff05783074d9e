/**
 * Names of widespread authenticators, by their AAGUIDs: a new passkey has such a name until the
 * user gives it another one. Nothing is decided by them.
 */
const names: Readonly<Record<string, string>> = {
  '08987058-cadc-4b81-b6e1-30de50dcbe96': 'Windows Hello',
  '0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6': 'Keeper',
  '50726f74-6f6e-5061-7373-50726f746f6e': 'Proton Pass',
  '531126d6-e717-415c-9320-3d9aa6981239': 'Dashlane',
  '53414d53-554e-4700-0000-000000000000': 'Samsung Pass',
  '6028b017-b1d4-4c02-b4b3-afcdafc96bb2': 'Windows Hello',
  '9ddd1817-af5a-4672-a2b9-3e3dd95000a9': 'Windows Hello',
  'adce0002-35bc-c60a-648b-0b25f1f05503': 'Chrome on a Mac',
  'b84e4048-15dc-4dd0-8640-f4f60813c8af': 'NordPass',
  'bada5566-a7aa-401f-bd96-45619a55120d': '1Password',
  'd548826e-79b4-db40-a3d8-11116f7e8349': 'Bitwarden',
  'dd4ec289-e01d-41c9-bb89-70fa845d4bf2': 'Apple Passwords',
  'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4': 'Google Password Manager',
  'f3809540-7f14-49c1-a8b3-8f813b225541': 'Enpass',
  'fbfc3007-154e-4ecc-8c0b-6e020557d7bd': 'Apple Passwords',
  'fdb141b2-5d84-443e-8a35-4698c205a502': 'KeePassXC',
};

/** The name of a new passkey. `others` are those of the account's other passkeys. */
export function nameFor(
  { aaguid, isSyncable }: { readonly aaguid: string; readonly isSyncable: boolean },
  others: readonly string[],
  ofOperator: ReadonlyMap<string, string>,
): string {
  const name = ofOperator.get(aaguid) ?? names[aaguid] ?? (isSyncable ? 'Passkey' : 'Security key');
  if (!others.includes(name)) return name;
  for (let number = 2; ; number += 1)
    if (!others.includes(`${name} ${number}`)) return `${name} ${number}`;
}
