/** The JSON Schemas of imslab's files, made from the schemas that read them, for editors. */
import { z } from 'zod';
import { type FaultWord, faultSchemas } from '../scenario/language/fault-schema.js';
import { matcherJsonSchema } from '../scenario/language/pattern-schema.js';
import { scenarioSchema } from '../scenario/language/scenario-schema.js';
import {
  actionSchemas,
  blockSchemas,
  branchSchema,
  expectationSchemas,
  faultStepSchemas,
} from '../scenario/language/step-schema.js';
import { operatorProfile, ueProfile } from '../topology/profile-schema.js';
import { subscriberFile } from '../topology/subscriber-schema.js';
import { externalSchemas, linkSchema, nodeSchemas, ROLES, topologyFrame } from '../topology/topology-schema.js';
import { answersFile, requestsFile } from './diameter-schema.js';
import { forms, type JsonSchema, keys, shortForms, subscriberKeys } from './schema-words.js';

/** File name in docs/schemas → its content. */
export function schemaDocuments(): ReadonlyMap<string, string> {
  const documents: Readonly<Record<string, JsonSchema>> = {
    topology: topology(),
    'operator-profile': titled('Operator profile', converted(operatorProfile, keys)),
    'ue-profile': titled('UE profile', converted(ueProfile, keys)),
    subscribers: titled('Subscribers', converted(subscriberFile, { ...keys, ...subscriberKeys })),
    scenario: scenario(),
    'diameter-requests': withMatcher('Diameter requests', requestsFile),
    'diameter-answers': withMatcher('Diameter answers', answersFile),
  };
  return new Map(
    Object.entries(documents).map(([name, schema]) => [
      `${name}.schema.json`,
      `${printed({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema })}\n`,
    ]),
  );
}

function titled(title: string, schema: JsonSchema): JsonSchema {
  return { title, ...schema };
}

const LINE_MAX = 120;

/** JSON as the project formats it: a key a line, and lists on one line where they fit. */
function printed(value: unknown, column = 0, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const flat = `[${value.map((item) => printed(item)).join(', ')}]`;
    if (!flat.includes('\n') && column + flat.length < LINE_MAX) return flat;
    return `[\n${value.map((item) => inner + printed(item, inner.length, inner)).join(',\n')}\n${indent}]`;
  }
  const lines = Object.entries(value).flatMap(([key, item]) => {
    const start = `${inner}${JSON.stringify(key)}: `;
    return item === undefined ? [] : [start + printed(item, start.length, inner)];
  });
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
}

type Words = Readonly<Record<string, JsonSchema>>;

/** @param words what is said of keys by their names */
function converted(schema: z.ZodType, words: Words = {}): JsonSchema {
  const { $schema, ...result } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) =>
      rewrite(zodSchema as unknown as z.ZodType, jsonSchema as JsonSchema, words),
  }) as JsonSchema;
  return described(result, words);
}

/** What zod cannot know of values that are read by code, or says in words that older validators do not know. */
function rewrite(schema: z.ZodType, json: JsonSchema, words: Words): void {
  const form = formOf(schema);
  if (form !== undefined) Object.assign(json, { ...form, ...json });
  const { def } = schema._zod as unknown as { def: { type: string; in?: { _zod: { def: { type: string } } } } };
  const isShortened = def.type === 'pipe' && def.in?._zod.def.type === 'transform';
  if (isShortened && json.anyOf === undefined) allowShortForm(json, words, shortForms.get(schema));
  if (json.oneOf !== undefined) {
    // Kinds that a literal tells apart: only one can hold, and what follows knows one word for both.
    json.anyOf = json.oneOf;
    delete json.oneOf;
  }
  delete json.format; // of patterns that zod knows by name; older validators do not
  if (json.type === 'integer') {
    // zod's own bounds of whole numbers say nothing to a reader.
    if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
    if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
  }
  const { prefixItems } = json;
  if (Array.isArray(prefixItems)) {
    // All tuples here are pairs of one kind; `prefixItems` is unknown before 2020-12.
    delete json.prefixItems;
    Object.assign(json, { items: prefixItems[0], minItems: prefixItems.length, maxItems: prefixItems.length });
  }
}

function formOf(schema: z.ZodType): JsonSchema | undefined {
  const found = forms.get(schema);
  if (found !== undefined) return found;
  const { parent } = schema._zod as unknown as { parent?: z.ZodType };
  return parent === undefined ? undefined : formOf(parent);
}

/** One item in place of a list of it; text in place of a block whose first key holds it; or what `form` says. */
function allowShortForm(json: JsonSchema, words: Words, form: z.ZodType | undefined): void {
  const whole = { ...json };
  const [first] = Object.entries((json.properties ?? {}) as Words);
  const written = first === undefined ? json.items : { ...words[first[0]], ...first[1] };
  const short = form === undefined ? written : converted(form, words);
  const { description, examples } = json;
  for (const key of Object.keys(json)) delete json[key];
  Object.assign(json, { description, examples, anyOf: [short, whole] });
}

function described(schema: JsonSchema, words: Words): JsonSchema {
  return walked(schema, (json) => {
    const properties = json.properties as Words | undefined;
    if (properties === undefined) return json;
    const entries = Object.entries(properties).map(([key, value]) => [key, { ...value, ...words[key] }]);
    return { ...json, properties: Object.fromEntries(entries) };
  });
}

/** The schema with `change` made to each schema within it, the inner ones first. */
function walked(schema: JsonSchema, change: (json: JsonSchema) => JsonSchema): JsonSchema {
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]): [string, unknown] => {
      if (key === 'properties') {
        const entries = Object.entries(value as Record<string, JsonSchema>);
        return [key, Object.fromEntries(entries.map(([name, item]) => [name, walked(item, change)]))];
      }
      if (key === 'items' || key === 'additionalProperties' || key === 'propertyNames') {
        return [key, typeof value === 'object' ? walked(value as JsonSchema, change) : value];
      }
      if (key === 'anyOf') return [key, (value as readonly JsonSchema[]).map((item) => walked(item, change))];
      return [key, value];
    }),
  );
  return change(inner);
}

/** For files of `imslab diameter`, whose fields are compared as those of scenarios are. */
function withMatcher(title: string, schema: z.ZodType): JsonSchema {
  return { title, ...converted(schema), $defs: { matcher: matcherJsonSchema } };
}

// -- topology ------------------------------------------------------------------------------------------------------

function topology(): JsonSchema {
  const frame = converted(topologyFrame, keys) as JsonSchema & { properties: Record<string, JsonSchema> };
  const variants = ROLES.flatMap((role) => [
    { role, isExternal: false, schema: converted(nodeSchemas[role], keys) },
    { role, isExternal: true, schema: converted(externalSchemas[role], keys) },
  ]);
  const name = (role: string, isExternal: boolean) => (isExternal ? `external-${role}` : role);
  const node: JsonSchema = {
    type: 'object',
    properties: { role: { ...keys.role, enum: ROLES }, external: { ...keys.external, type: 'boolean' } },
    required: ['role'],
    allOf: variants.map(({ role, isExternal }) => {
      const external = { properties: { external: { const: true } }, required: ['external'] };
      return {
        if: {
          properties: { role: { const: role } },
          required: ['role'],
          ...(isExternal ? { allOf: [external] } : { not: external }),
        },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: { $ref: `#/$defs/${name(role, isExternal)}` },
      };
    }),
  };
  return {
    title: 'Topology',
    ...frame,
    properties: {
      ...frame.properties,
      nodes: { ...frame.properties.nodes, additionalProperties: { $ref: '#/$defs/node' } },
      links: { ...frame.properties.links, items: { $ref: '#/$defs/link' } },
    },
    $defs: {
      node,
      link: converted(linkSchema, keys),
      ...Object.fromEntries(variants.map(({ role, isExternal, schema }) => [name(role, isExternal), schema])),
    },
  };
}

// -- scenario ------------------------------------------------------------------------------------------------------

const REFERENCE = { $ref: '#/$defs/reference' };

/** Everything that holds a value may hold a name of one instead. */
function withReferences(schema: JsonSchema): JsonSchema {
  return walked(schema, (json) => {
    const { properties, additionalProperties: others } = json as { [key: string]: Record<string, JsonSchema> };
    // A table with free keys: its values, too.
    const free = typeof others === 'object' ? { additionalProperties: orReference(others) } : {};
    if (properties === undefined) return { ...json, ...free };
    return {
      ...json,
      ...free,
      properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, orReference(value)])),
    };
  });
}

function orReference(schema: JsonSchema): JsonSchema {
  const { description, examples, ...rest } = schema;
  const isOpen = rest.type === 'object' || rest.const !== undefined || rest.$ref !== undefined;
  const isText = rest.type === 'string' && rest.pattern === undefined && rest.enum === undefined;
  if (isOpen || isText || Object.keys(rest).length === 0) return schema;
  return { description, examples, anyOf: [...((rest.anyOf as JsonSchema[] | undefined) ?? [rest]), REFERENCE] };
}

/** Where `condition` holds, the definition of that name. */
function where(condition: JsonSchema, definition: string): JsonSchema {
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  return { if: condition, then: { $ref: `#/$defs/${definition}` } };
}

function says(key: string, word: string): JsonSchema {
  return { properties: { [key]: { const: word } }, required: [key] };
}

function has(...names: readonly string[]): JsonSchema {
  return names.length === 1 ? { required: names } : { anyOf: names.map((name) => ({ required: [name] })) };
}

/** The words of a table with what each means, for completion. */
function wordsOf(
  schemas: Readonly<Record<string, z.ZodType>>,
  others: Readonly<Record<string, string>> = {},
): JsonSchema {
  const words = Object.entries(schemas).map(([word, schema]) => ({ const: word, description: schema.description }));
  const more = Object.entries(others).map(([word, description]) => ({ const: word, description }));
  return { anyOf: [...words, ...more, REFERENCE] };
}

function definitions(
  prefix: string,
  schemas: Readonly<Record<string, z.ZodType>>,
): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.entries(schemas).map(([word, schema]) => [`${prefix}-${word}`, withReferences(converted(schema))]),
  );
}

const faultWords = Object.keys(faultSchemas) as readonly FaultWord[];

function steps(): JsonSchema {
  return { type: 'array', items: { $ref: '#/$defs/step' }, minItems: 1 };
}

function stepDefinition(): JsonSchema {
  const neither = { not: has('do', 'expect') };
  return {
    type: 'object',
    properties: {
      do: { ...wordsOf(actionSchemas, { fault: 'A fault is in force from now on.' }), description: 'What is done.' },
      expect: { ...wordsOf(expectationSchemas), description: 'What must be so.' },
    },
    anyOf: [has('do'), has('expect'), ...Object.keys(blockSchemas).map((word) => has(word))],
    allOf: [
      ...Object.keys(actionSchemas).map((word) => where(says('do', word), `do-${word}`)),
      where(says('do', 'fault'), 'do-fault'),
      ...Object.keys(expectationSchemas).map((word) => where(says('expect', word), `expect-${word}`)),
      ...Object.keys(blockSchemas).map((word) => where({ allOf: [has(word), neither] }, word)),
    ],
  };
}

/** A fault by the word that it has. */
function faultDefinition(prefix: string): JsonSchema {
  return {
    type: 'object',
    ...has(...faultWords),
    allOf: faultWords.map((word) => where(has(word), `${prefix}-${word}`)),
  };
}

function blocks(): Readonly<Record<string, JsonSchema>> {
  const withSteps = (schema: z.ZodType, key: string): JsonSchema => {
    const json = withReferences(converted(schema)) as JsonSchema & { properties: Record<string, JsonSchema> };
    const { description } = json.properties[key]!;
    return { ...json, properties: { ...json.properties, [key]: { description, ...steps() } } };
  };
  const parallel = withSteps(blockSchemas.parallel, 'parallel') as { properties: { parallel: JsonSchema } };
  parallel.properties.parallel.items = { $ref: '#/$defs/branch' };
  return {
    parallel: parallel as unknown as JsonSchema,
    for: withSteps(blockSchemas.for, 'steps'),
    repeat: withSteps(blockSchemas.repeat, 'steps'),
    'branch-steps': withSteps(branchSchema, 'steps'),
    branch: {
      ...where({ allOf: [has('steps'), { not: has('do', 'expect', ...Object.keys(blockSchemas)) }] }, 'branch-steps'),
      else: { $ref: '#/$defs/step' },
    },
  };
}

function scenario(): JsonSchema {
  const frame = withReferences(converted(scenarioSchema)) as JsonSchema & { properties: Record<string, JsonSchema> };
  const { params, matrix } = (converted(scenarioSchema) as typeof frame).properties;
  return {
    title: 'Scenario',
    ...frame,
    properties: {
      ...frame.properties,
      params,
      matrix,
      faults: { ...frame.properties.faults, type: 'array', items: { $ref: '#/$defs/fault' }, anyOf: undefined },
      steps: { description: frame.properties.steps!.description, ...steps() },
    },
    $defs: {
      reference: { type: 'string', pattern: '\\$\\{[^{}]+\\}', description: 'A value by its name.' },
      matcher: matcherJsonSchema,
      fault: faultDefinition('fault'),
      step: stepDefinition(),
      'do-fault': faultDefinition('do-fault'),
      ...definitions('fault', faultSchemas),
      ...definitions('do-fault', faultStepSchemas),
      ...definitions('do', actionSchemas),
      ...definitions('expect', expectationSchemas),
      ...blocks(),
    },
  };
}
