/** Details as text, for the consent page and the account page. Every member is shown. */
import type { DetailFactView, DetailView } from '../../model/pages.ts';
import type { AuthorizationDetail } from '../../model/terms.ts';
import { resourceMember } from './parts.ts';
import { fillTemplate, templateMembers } from './template.ts';
import { detailTypesOf } from './type.ts';
import type { ApiDirectory } from '../../model/services.ts';
import type { MemberSchema, ObjectSchema } from '../../model/api-settings.ts';

/** If a type is no longer declared, only its name is known, and it gives no access. */
export function describeDetail(
  detail: AuthorizationDetail,
  apis: ApiDirectory,
): Omit<DetailView, 'resources'> {
  const found = detailTypesOf(apis).get(detail.type);
  if (found === undefined) return { api: 'Other', name: detail.type, description: [], facts: [] };
  const { type, api } = found;
  const said = new Set([
    ...templateMembers(type.description),
    resourceMember(detail, apis),
    'type',
    'locations',
  ]);
  const facts = Object.entries(type.schema.properties)
    .filter(([name]) => !said.has(name) && detail[name] !== undefined)
    .flatMap(([name, schema]) => factsOf(name, detail[name], schema));
  const valueOf = (name: string) => textsOf(detail[name], type.schema.properties[name]);
  return {
    api: api.name,
    name: type.name,
    description: fillTemplate(type.description, valueOf),
    facts,
  };
}

function factsOf(name: string, value: unknown, schema: MemberSchema): readonly DetailFactView[] {
  const label = schema.title ?? name;
  if (schema.type !== 'object') return [{ label, values: textsOf(value, schema) }];
  return membersOf(value, schema).flatMap(([member, inner, own]) =>
    factsOf(member, inner, own).map((fact) => ({ ...fact, label: `${label}: ${fact.label}` })),
  );
}

function textsOf(value: unknown, schema: MemberSchema | undefined): readonly string[] {
  if (value === undefined || schema === undefined) return [];
  switch (schema.type) {
    case 'array':
      return (value as readonly string[]).map((one) => schema.items.words?.[one] ?? one);
    case 'string':
      return [schema.words?.[value as string] ?? (value as string)];
    case 'boolean':
      return [value === true ? 'yes' : 'no'];
    case 'integer':
      return [JSON.stringify(value)];
    case 'object':
      return membersOf(value, schema).flatMap(([, inner, own]) => textsOf(inner, own));
  }
}

function membersOf(
  value: unknown,
  { properties }: ObjectSchema,
): readonly (readonly [string, unknown, MemberSchema])[] {
  const members = value as Readonly<Record<string, unknown>>;
  return Object.entries(properties)
    .filter(([name]) => members[name] !== undefined)
    .map(([name, schema]) => [name, members[name], schema] as const);
}
