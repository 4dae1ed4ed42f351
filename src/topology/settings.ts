/** Changes one key of a node in a running lab: the keys, schemas and messages of the topology file. */
import type { z } from 'zod';
import type { RunNode } from './lab.js';
import {
  authenticationSection,
  callSection,
  diameterSection,
  type OperatorProfile,
  registrationSection,
  serverTransportSection,
  transportSection,
  type UeProfile,
} from './profile-schema.js';
import { withOperatorProfile, withUeProfile } from './profiles.js';
import { strict } from './scalars.js';
import { Source } from './source.js';
import { nodeSchemas, type Role } from './topology-schema.js';
import { quirksSection, ueRegistrationSection } from './ue-schema.js';
import { check } from './validate.js';

const diameter = diameterSection.optional();
const transport = serverTransportSection.optional();

/** What may change, by role. */
const sections = {
  'p-cscf': { transport },
  'i-cscf': { diameter, transport },
  's-cscf': {
    registration: registrationSection.optional(),
    authentication: authenticationSection.optional(),
    diameter,
    transport,
  },
  hss: { diameter },
  dra: { diameter },
  slf: { diameter },
  as: { diameter, transport },
  ue: {
    registration: ueRegistrationSection.optional(),
    quirks: quirksSection.optional(),
    call: callSection.optional(),
    transport: transportSection.optional(),
  },
} satisfies Record<Role, z.ZodRawShape>;

/** Sections that a node reads whenever it needs them; the others count from its next start. */
const liveSections: ReadonlySet<string> = new Set(['registration', 'authentication', 'quirks', 'call']);

export interface ChangedSetting {
  readonly node: RunNode;
  /** It counts from now on, not from the next start. */
  readonly live: boolean;
}

/** The node with the changed setting, or why there is no such setting. `key` without the node: `call.answer`. */
export function changedSetting(node: RunNode, key: string, value: unknown): ChangedSetting | string {
  const parts = key.split('.');
  const [section = ''] = parts;
  const { name, role } = node;
  const base = ['nodes', name];
  const source = Source.parse('{}', '');
  const { shape } = nodeSchemas[role];
  if (Object.hasOwn(shape, section) && !Object.hasOwn(sections[role], section)) {
    return `nodes.${name}.${key}: is fixed while the lab runs; change it in the topology file or with --set`;
  }
  const written = parts.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
  const result = check(strict(sections[role]), written, source, base);
  if ('problems' in result) {
    return result.problems.map((problem) => `${problem.key}: ${problem.what}; ${problem.mend}`).join('\n');
  }
  const said: OperatorProfile & UeProfile = result.data;
  const changed: RunNode =
    node.role === 'ue'
      ? { ...node, settings: withUeProfile(node.settings, said) }
      : { ...node, operator: withOperatorProfile(node.operator, said) };
  return { node: changed, live: liveSections.has(section) };
}
