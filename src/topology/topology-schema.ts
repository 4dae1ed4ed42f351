/** What a topology file may say. */
import { z } from 'zod';
import { addressProblem } from '../store/index.js';
import { namesSection } from './name-records.js';
import {
  accessSection,
  authenticationSection,
  callSection,
  diameterSection,
  registrationSection,
  serverTransportSection,
  simSection,
  transportSection,
} from './profile-schema.js';
import { domain, duration, imsi, listen, listenList, nodeName, poolCount, refuse, scalar, strict } from './scalars.js';
import { pcscfSecurity, ueSecurity } from './security-schema.js';
import { sessionsSection } from './service-schema.js';
import { shSection } from './sh-schema.js';
import { tlsSection, ueTlsSection } from './tls-files.js';
import { quirksSection, ueAuthenticationSection, ueRegistrationSection } from './ue-schema.js';

export const ROLES = ['p-cscf', 'i-cscf', 's-cscf', 'hss', 'dra', 'slf', 'as', 'ue'] as const;
export type Role = (typeof ROLES)[number];

/** The frame; each node is then checked by the schema of its role, so that messages speak of that role's keys. */
export const topologyFrame = strict({
  home: domain,
  nodes: z.record(nodeName, z.looseObject({ role: z.enum(ROLES), external: z.boolean().optional() })),
  links: z.array(z.unknown()).optional(),
  /** Beside the names of the nodes themselves. */
  names: namesSection.optional(),
});

const profile = z.string().min(1).optional();

const nodeNames = z.union([z.string(), z.array(z.string()).min(1)]);

/** An HSS, or agents on the way to it; of several the first is preferred while it can be reached. */
const towardsHss = strict({ hss: nodeNames, ...diameterSection.shape });

/** A Diameter Application-Id. */
const applicationId = z.int().min(0).max(0xffff_ffff);

const capabilities = strict({
  mandatory: z.array(z.int().min(0).max(0xffff_ffff)).optional(),
  optional: z.array(z.int().min(0).max(0xffff_ffff)).optional(),
});

const pcscf = {
  role: z.literal('p-cscf'),
  profile,
  /** Sent as P-Visited-Network-ID (REG-20); the home domain where absent. */
  network: domain.optional(),
  transport: serverTransportSection.optional(),
  security: pcscfSecurity.optional(),
  tls: tlsSection.optional(),
  access: accessSection.optional(),
};

const icscf = {
  role: z.literal('i-cscf'),
  profile,
  diameter: towardsHss,
  transport: serverTransportSection.optional(),
  tls: tlsSection.optional(),
};

/** RFC 6809 6.3: `+` and a name, and a string where it has one. */
const featureCapability = scalar((value): string => {
  if (typeof value !== 'string' || !/^\+[A-Za-z0-9.!%'_-]+(?:="[^"\\]*")?$/.test(value)) {
    refuse(
      value,
      'is no feature capability',
      `write it as it stands in Feature-Caps: +g.3gpp.verstat, or '+g.3gpp.icsi-ref="urn%3A…"'`,
    );
  }
  return value;
});

const scscf = {
  role: z.literal('s-cscf'),
  profile,
  diameter: towardsHss,
  capabilities: capabilities.optional(),
  /** It leaves contacts at the HSS, and has them back after a restart (TS 23.380 4). */
  restoration: z.boolean().optional(),
  /** It has the services with a `shared` number already (SiFC, TS 29.229 7.1.1). */
  'shared-services': z.boolean().optional(),
  /** The longest user profile that it takes, octets (TS 29.228 6.2.2). */
  'user-data-max': z.int().min(1).max(16_000_000).optional(),
  'feature-caps': z.array(featureCapability).min(1).optional(),
  registration: registrationSection.optional(),
  authentication: authenticationSection.optional(),
  transport: serverTransportSection.optional(),
  tls: tlsSection.optional(),
};

const storeAddress = scalar((value): string => {
  const problem = typeof value === 'string' ? addressProblem(value) : addressProblem('');
  return problem === undefined ? (value as string) : refuse(value, problem.what, problem.mend);
});

const hss = {
  role: z.literal('hss'),
  profile,
  /** Absent only where a store has them. */
  subscribers: z.string().min(1).optional(),
  /** Keeps subscribers and what has happened to them beyond the end of the process; memory does not. */
  store: storeAddress.optional(),
  /** Without it the HSS does not speak Sh. */
  sh: shSection.optional(),
  diameter: diameterSection.optional(),
};

/** What 3006 says of its Redirect-Hosts (RFC 6733 6.13, 6.14). */
const redirectSection = strict({
  usage: z
    .enum([
      'dont-cache',
      'all-session',
      'all-realm',
      'realm-and-application',
      'all-application',
      'all-host',
      'all-user',
    ])
    .optional(),
  'cache-time': duration.optional(),
});

/** Diameter agent (RFC 6733 2.8). */
const dra = {
  role: z.literal('dra'),
  profile,
  mode: z.enum(['relay', 'proxy', 'redirect']).optional(),
  /** Its peers: HSSs, SLFs, other agents. Nodes that connect to it are peers too. */
  diameter: strict({ peers: nodeNames, ...diameterSection.shape }),
  /** The realm table (RFC 6733 2.7); the home realm to all peers where absent. `to`: the first is preferred. */
  routes: z
    .array(strict({ realm: z.union([z.literal('*'), domain]), application: applicationId.optional(), to: nodeNames }))
    .optional(),
  redirect: redirectSection.optional(),
};

/** Subscription locator (TS 23.228 5.8.1): knows which of its HSSs has an identity. */
const slf = {
  role: z.literal('slf'),
  profile,
  mode: z.enum(['redirect', 'proxy']).optional(),
  diameter: strict({ hss: nodeNames, ...diameterSection.shape }),
  redirect: redirectSection.optional(),
};

const as = {
  role: z.literal('as'),
  profile,
  /** Watches the registrations of the users that S-CSCFs tell it of (CALL-83). */
  subscribes: z.boolean().optional(),
  sessions: sessionsSection
    .optional()
    .describe('What it does with the requests of sessions and messages; a proxy that changes nothing where absent.'),
  /** Sh. */
  diameter: towardsHss.optional(),
  transport: serverTransportSection.optional(),
  tls: tlsSection.optional(),
};

/** An address alone, or with how long a mapping lives. */
const nat = z.preprocess(
  (value) => (typeof value === 'string' ? { address: value } : value),
  strict({ address: z.union([z.ipv4(), z.ipv6()]), mapping: duration.optional() }),
);

const ue = {
  role: z.literal('ue'),
  /** So many UEs, `handset-1` and on, with IMSIs and addresses one after the other. */
  count: poolCount.optional(),
  imsi,
  /** One P-CSCF or several, in order of preference (REG-16). */
  via: z.union([z.string(), z.array(z.string()).min(1)]),
  profile,
  listen: listenList.optional(),
  sim: simSection.optional(),
  authentication: ueAuthenticationSection.optional(),
  quirks: quirksSection.optional(),
  registration: ueRegistrationSection.optional(),
  call: callSection.optional(),
  transport: transportSection.optional(),
  security: ueSecurity.optional(),
  tls: ueTlsSection.optional(),
  /** It is behind a translator: the network sees it at this address. */
  nat: nat.optional(),
};

const listening = { listen: listenList, external: z.literal(false).optional() };
const external = {
  external: z.literal(true),
  address: z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(listen).min(1),
  ),
};

/** Nodes that imslab runs. */
export const nodeSchemas = {
  'p-cscf': strict({ ...pcscf, ...listening }),
  'i-cscf': strict({ ...icscf, ...listening }),
  's-cscf': strict({ ...scscf, ...listening }),
  hss: strict({ ...hss, ...listening }),
  dra: strict({ ...dra, ...listening }),
  slf: strict({ ...slf, ...listening }),
  as: strict({ ...as, ...listening }),
  ue: strict({ ...ue, external: z.literal(false).optional() }),
};

/** Nodes that are there already: of a real one only what its neighbours need. */
export const externalSchemas = {
  'p-cscf': strict({ role: pcscf.role, ...external }),
  'i-cscf': strict({ role: icscf.role, ...external }),
  's-cscf': strict({ role: scscf.role, capabilities: capabilities.optional(), ...external }),
  hss: strict({
    role: hss.role,
    'origin-host': domain.optional(),
    subscribers: z.string().min(1).optional(),
    ...external,
  }),
  dra: strict({ role: dra.role, 'origin-host': domain.optional(), ...external }),
  slf: strict({ role: slf.role, 'origin-host': domain.optional(), ...external }),
  as: strict({ role: as.role, ...external }),
  ue: strict({ role: ue.role, ...external }),
};

const probability = z.number().min(0).max(1);
const milliseconds = z.number().min(0).max(60_000);

export const linkSchema = strict({
  between: z.tuple([z.string(), z.string()]),
  delay: milliseconds.optional(),
  jitter: milliseconds.optional(),
  loss: probability.optional(),
  duplication: probability.optional(),
  reordering: probability.optional(),
  /** kbit/s */
  rate: z.number().positive().optional(),
});

export type UeInput = z.output<(typeof nodeSchemas)['ue']>;
export type NodeInput = z.output<(typeof nodeSchemas)[Role]> | z.output<(typeof externalSchemas)[Role]>;
export type LinkInput = z.output<typeof linkSchema>;
