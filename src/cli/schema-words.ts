/** What JSON Schemas say of values that zod reads by code, and of keys that their schemas do not describe themselves. */
import type { z } from 'zod';
import { messageText } from '../scenario/language/pattern-schema.js';
import { datagramSizeMax, domain, duration, imsi, listen, msisdn, sequenceNumber } from '../topology/scalars.js';
import { identityList, identityUri, implicitSetBlock } from '../topology/subscriber-schema.js';

export type JsonSchema = { [key: string]: unknown };

/** What may stand in place of a block, where that is not its first key's value. */
export const shortForms: ReadonlyMap<z.ZodType, z.ZodType> = new Map<z.ZodType, z.ZodType>([
  [implicitSetBlock, identityList],
]);

/** How the scalars of the files are written. */
export const forms: ReadonlyMap<z.ZodType, JsonSchema> = new Map<z.ZodType, JsonSchema>([
  [
    messageText,
    {
      type: ['string', 'integer'],
      description: 'Which message: a SIP method, a status with or without its method, a Diameter command, RTP or RTCP.',
      examples: ['REGISTER', '200 REGISTER', '18x INVITE', '4xx', 'UAR', 'UAA 2001', 'MAA 5xxx', 'RTP'],
    },
  ],
  [
    identityUri,
    {
      type: 'string',
      pattern: '^([sS][iI][pP]|[tT][eE][lL]):.+$',
      examples: ['sip:user@domain', 'tel:+15550100001', 'sip:chat-!.*!@domain'],
    },
  ],
  [
    duration,
    {
      type: 'string',
      pattern: '^[0-9]+(\\.[0-9]+)?\\s*(ms|s|min|h)$',
      description: 'A number and a unit.',
      examples: ['500ms', '2s', '4min', '1h'],
    },
  ],
  [
    listen,
    {
      type: 'string',
      pattern: '^([uU][dD][pP]|[tT][cC][pP]|[tT][lL][sS])://(\\[[0-9a-fA-F:.]+\\]|[0-9.]+):[0-9]{1,5}$',
      description: 'Transport, numeric address and port; an IPv6 address in [ ].',
      examples: ['udp://127.0.1.1:5060', 'tcp://[2001:db8::1]:5060'],
    },
  ],
  [
    imsi,
    {
      anyOf: [
        { type: 'string', pattern: '^[0-9]{14,15}$' },
        { type: 'integer', minimum: 10 ** 13, maximum: 10 ** 15 - 1 },
      ],
      description: 'IMSI: 14 or 15 digits in quotes.',
      examples: ['001010000000001'],
    },
  ],
  [
    msisdn,
    {
      type: 'string',
      pattern: '^\\+[0-9]{5,15}$',
      description: 'International number with a plus, in quotes.',
      examples: ['+15550100001'],
    },
  ],
  [
    sequenceNumber,
    {
      anyOf: [
        { type: 'string', pattern: '^(0x[0-9a-fA-F]{1,12}|[0-9]{1,15})$' },
        { type: 'integer', minimum: 0, maximum: 2 ** 48 - 1 },
      ],
      description: 'Sequence number of 48 bits (TS 33.102 6.3), decimal or hexadecimal.',
      examples: ['0x100000000020'],
    },
  ],
  [
    domain,
    {
      type: 'string',
      pattern: '^([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\\.)+[a-zA-Z][a-zA-Z0-9-]*$',
      maxLength: 253,
      examples: ['ims.mnc001.mcc001.3gppnetwork.org'],
    },
  ],
  [
    datagramSizeMax,
    { anyOf: [{ type: 'integer', minimum: 200, maximum: 65_507 }, { const: 'off' }, { const: false }] },
  ],
]);

function octets(count: number, description: string): JsonSchema {
  return {
    type: 'string',
    pattern: `^[0-9a-fA-F]{${2 * count}}$`,
    description: `${description} ${2 * count} hexadecimal digits.`,
  };
}

/** By a key's name. */
export const keys: Readonly<Record<string, JsonSchema>> = {
  home: { description: 'Home domain of the network.' },
  nodes: { description: 'The nodes by name.' },
  links: { description: 'How links behave in the simulated environment.' },
  names: { description: 'What a DNS would say of further names (RFC 3263); nodes have NAME.HOME without.' },
  naptr: { description: 'Transports of a domain, and where the servers of each stand (RFC 3263 4.1).' },
  service: { description: 'SIP+D2U is UDP, SIP+D2T is TCP.' },
  order: { description: 'The lowest comes first; 0 where absent.' },
  preference: { description: 'Of one order the lowest comes first; 0 where absent.' },
  replacement: { description: 'The name with the SRV records.' },
  srv: { description: 'Servers of one transport (RFC 2782). A name: _sip._udp.DOMAIN or _sip._tcp.DOMAIN.' },
  target: { description: 'Host name: of a node, or with addresses of its own.' },
  priority: { description: 'The lowest comes first; 0 where absent.' },
  weight: { description: 'How often it comes first among those of one priority.' },
  port: { description: 'Of the server.' },
  addresses: { description: 'Numeric addresses of a host.' },
  role: { description: 'What the node is.' },
  external: { description: 'true: real equipment, which imslab does not start but talks to.' },
  address: { description: 'Where the real equipment is reached.' },
  listen: { description: 'Where the node listens; a UE without it gets an address beside its P-CSCF.' },
  profile: { description: 'Name or file of a profile.', examples: ['operator/default', 'ue/ir92'] },
  network: { description: 'Visited network, sent as P-Visited-Network-ID; the home domain where absent.' },
  transport: { description: 'How requests leave.' },
  'datagram-size-max': {
    description: 'Requests above it leave over TCP (RFC 3261 18.1.1), in octets; off: never.',
  },
  'requests-max': {
    description: 'Requests without a final answer at once; new ones get 503 with Retry-After (RFC 3261 21.5.4).',
  },
  access: { description: 'The P-CSCF towards its UEs.' },
  trusted: { description: 'Addresses of nodes that authenticate users themselves: an MSC server (TS 29.292).' },
  security: { description: 'The security agreement of UE and P-CSCF (RFC 3329); none where absent.' },
  mechanism: {
    description:
      'ipsec-3gpp: IPsec with the keys of IMS AKA (TS 33.203 Annex H). tls: TLS below SIP Digest (TS 33.203 Annex O).',
  },
  tls: { description: 'Files in PEM for TLS, relative to the topology or to profiles.' },
  certificate: { description: 'What the node shows: its certificate, then those between it and an authority.' },
  authorities: { description: 'Whose certificates the node believes when it connects.' },
  algorithms: { description: 'Pairs of alg and ealg in order of preference (TS 33.203 Annex H).' },
  mode: {
    description:
      'Of IPsec: transport mode, or a tunnel in UDP (TS 33.203 Annex M). Of a Diameter agent: whether it forwards requests or says where to ask (RFC 6733 2.8).',
  },
  'client-port': { description: 'Protected port that requests to UEs leave from (TS 33.203 7.1).' },
  'server-port': { description: 'Protected port that requests of UEs come to (TS 33.203 7.1).' },
  diameter: { description: 'Diameter of the node.' },
  hss: {
    description:
      'Names of the HSS, or of agents and SLFs on the way to one; of several the first that can be reached is asked.',
  },
  peers: { description: 'Names of HSSs, SLFs and other agents that a Diameter agent connects to.' },
  routes: { description: 'Realm table of a Diameter agent (RFC 6733 2.7); the home realm to all peers where absent.' },
  realm: { description: 'Destination-Realm; "*" is any that has no row of its own.' },
  application: { description: 'Application-Id; any where absent.' },
  to: { description: 'Names of nodes; the first that can be reached gets the request.' },
  redirect: { description: 'What an agent says with Redirect-Host (RFC 6733 6.13, 6.14).' },
  usage: { description: 'Redirect-Host-Usage: for which requests the answer may be kept; dont-cache where absent.' },
  'cache-time': { description: 'Redirect-Max-Cache-Time: for how long the answer may be kept.' },
  reconnect: { description: 'Tc: how long until a lost connection is made anew (RFC 6733 12).' },
  watchdog: { description: 'Tw: after so much silence the peer is asked (RFC 3539 3.4.1).' },
  'answer-timeout': { description: 'How long an answer is waited for.' },
  'accept-unknown-peers': {
    description: 'Whether nodes that the topology does not name may connect; true where absent (RFC 6733 5.3).',
  },
  restoration: {
    description: 'Contacts are left at the HSS, and asked for again after a restart (TS 23.380 4); false where absent.',
  },
  'shared-services': { description: 'It has the services with a `shared` number already (SiFC, TS 29.229 7.1.1).' },
  nat: {
    description:
      'The UE is behind an address translator: the network sees it at this address, with other ports (TS 33.203 Annex M). A mapping lives for 2 min without a packet from inside, or as long as `mapping` says.',
    examples: ['127.0.1.200', { address: '127.0.1.200', mapping: '30s' }],
  },
  mapping: {
    description: 'How long a mapping lives after the last packet from inside (RFC 4787 4.3); 2 min where absent.',
  },
  'feature-caps': {
    description: 'What the network can do, as the 200 to REGISTER says it in Feature-Caps (RFC 6809, TS 24.229 7.9A).',
    examples: [['+g.3gpp.verstat']],
  },
  'user-data-max': { description: 'The longest user profile that it takes, in octets (TS 29.228 6.2.2).' },
  store: {
    description: 'Where the HSS keeps its subscribers and what has happened to them; in memory where absent.',
    examples: ['lmdb:hss1-store', 'postgres://user@127.0.0.1:5432/hss1'],
  },
  capabilities: { description: 'Capabilities of an S-CSCF, or that a subscriber needs (TS 29.228 6.7).' },
  mandatory: { description: 'Numbers of capabilities.' },
  optional: { description: 'Numbers of capabilities.' },
  subscribers: { description: 'Name or file of the subscribers.', examples: ['subscribers/default'] },
  'origin-host': { description: 'Its Origin-Host; NAME.HOME where absent.' },
  sim: { description: 'The card, where it differs from what the HSS knows.' },
  'ind-bits': { description: 'How many bits of a SQN are the index; 5 where absent (TS 33.102 C.3).' },
  'age-limit': { description: "How far a challenge's SEQ may be behind the card's highest (TS 33.102 C.2.3)." },
  emergency: {
    description: 'An emergency registration (TS 24.229 5.1.6): beside that of the same card; it runs out by itself.',
  },
  'sqn-offset': { description: "How far the card's SQN is ahead of the HSS's; below 0: behind it." },
  'auts-amf': {
    anyOf: [
      { type: 'string', pattern: '^[0-9a-fA-F]{4}$' },
      { type: 'integer', minimum: 1000, maximum: 9999 },
    ],
    description: 'AMF* that the card puts into AUTS; 0000 where absent (TS 33.102 6.3.3).',
  },
  'hss-has-op-as-opc': { description: 'The card computes its OPc of what the HSS keeps as OPc.' },
  via: {
    description: 'Name of the P-CSCF; several in order of preference (TS 24.229 5.1.1.2.1).',
    examples: ['pcscf1', ['pcscf1', 'pcscf2']],
  },
  features: {
    description: 'Feature tags of Contact beside MMTel, as they stand there (TS 24.229 5.1.1.2.1).',
    examples: [['+g.3gpp.smsip', 'video']],
  },
  gruu: { description: 'Whether the UE asks for GRUUs and uses them (RFC 5627).' },
  flows: { description: 'Flows that the UE registers over; more than 1: outbound (RFC 5626).' },
  'keep-alive': {
    description:
      'How far keep-alives are apart: offered in Via by a UE, recommended there by a P-CSCF (RFC 6223); off: none.',
  },
  subscribe: {
    description:
      'Whether registrations are watched: by the UE its own (TS 24.229 5.1.1.3), by the P-CSCF those of its UEs (5.2.3).',
  },
  authentication: { description: 'How a UE proves who it is, and how an S-CSCF has it proved.' },
  scheme: { description: 'Of a UE; as its subscriber has it where absent. none: GIBA, NASS-bundled.' },
  password: { description: "Of SIP Digest; the subscriber's where absent." },
  quirks: { description: 'What the handset does otherwise than it should.' },
  'contact-without-user': { description: 'Contact has no user part.' },
  'upper-case-response': { description: 'The digest response in upper-case hexadecimal digits.' },
  'forged-integrity-protected': { description: 'Value of integrity-protected that the UE writes itself.' },
  'new-call-id': { description: 'A new Call-ID for each attempt.' },
  'no-rport': { description: 'Via without rport.' },
  'answer-over-tcp': { description: 'The first REGISTER over UDP, the answer to its challenge over TCP.' },
  'no-security-client': { description: 'sec-agree is required, and Security-Client left out.' },
  'registers-while-deregistering': { description: 'A REGISTER on the heels of the de-registration.' },
  'tel-identity': { description: 'From and To of REGISTER are the tel URI of the subscriber.' },
  count: { description: 'So many of them, with IMSIs, numbers and addresses one after the other.' },
  registration: { description: 'Times of registrations.' },
  expires: { description: 'Seconds that a UE asks for.' },
  'expires-min': { description: 'Seconds: shorter registrations are refused with 423.' },
  'expires-max': { description: 'Seconds: longer registrations are cut to it.' },
  'expires-default': { description: 'Seconds, where a UE asks for none.' },
  'await-authentication': { description: 'reg-await-auth (TS 24.229 7.8).' },
  'contacts-max': { description: 'Flows that one UE of a user, told by its instance, may have at once (RFC 5626).' },
  aka: { description: 'The digest of IMS AKA, where the P-CSCF does not decide (RFC 3310, RFC 4169).' },
  qop: { description: 'Qualities of protection that an AKA challenge offers; an empty list: none.' },
  vectors: { description: 'Authentication vectors asked for with one MAR.' },
  reauthenticate: { description: 'Which protected REGISTERs are challenged; unprotected ones always are.' },
  every: { description: 'One in so many.' },
  after: { description: 'When so much time has passed since the last one.' },
  attempts: { description: 'Wrong answers that end an authentication; 1: the first. A wrong RES always does.' },
  'nonce-lifetime': { description: 'How long a nonce of SIP Digest may be used.' },
  'authentication-info': {
    description: 'Whether the 200 after IMS AKA proves the network with rspauth (RFC 3310 3.5).',
  },
  'acts-as': {
    description:
      'proxy: passes requests on (TS 24.229 5.7.4); redirect: 302; user-agent: answers itself (5.7.2); refusal: refuses.',
  },
  subscribes: { description: 'Whether the application server watches the registrations that it is told of.' },
  sh: { description: 'Sh (TS 29.328): what application servers may do here; without it the HSS does not speak Sh.' },
  permissions: {
    description: 'By the name of an AS node or by Origin-Host: which data it may read, update and subscribe to.',
  },
  read: { description: 'Data that the application server may read (UDR); all for everything.' },
  update: { description: 'Data that the application server may update (PUR); all for everything.' },
  'data-max': { description: 'The most octets of ServiceData that the HSS takes (5008 beyond); 65536 where absent.' },
  'serving-nodes': { description: 'What the HSS says of the location of all users.' },
  vlr: { description: 'VLRNumber: digits.' },
  sgsn: { description: 'SGSNNumber: digits.' },
  call: { description: 'How the UE behaves in calls.' },
  answer: { description: 'How a UE answers a call; ring: never.' },
  ring: { description: 'From 180 to 200.' },
  'bearer-setup': { description: 'What the network takes for the dedicated bearer.' },
  'reliable-ringing': { description: 'Whether 180 is sent with 100rel (RFC 3262).' },
  codecs: { description: 'Codecs, the best first.' },
  'access-network-info': { description: 'P-Access-Network-Info.' },
  between: { description: 'The two nodes.', examples: [['ue1', 'pcscf1']] },
  delay: { description: 'Milliseconds.' },
  jitter: { description: 'Milliseconds.' },
  loss: { description: 'Probability, 0 to 1.' },
  duplication: { description: 'Probability, 0 to 1.' },
  reordering: { description: 'Probability, 0 to 1.' },
  rate: { description: 'kbit/s.' },
  defaults: { description: 'What subscribers leave out.' },
  'private-identity': { description: 'user@domain; IMSI@HOME where absent.' },
  identities: { description: 'Public identities, in the order of the implicit registration set.' },
  uri: {
    type: 'string',
    pattern: '^([sS][iI][pP]|[tT][eE][lL]):.+$',
    description: 'sip:user@domain or tel:+15550100001.',
  },
  barred: { description: 'Whether the identity may only be registered.' },
  algorithm: { description: 'Functions of the card: Milenage, TUAK, or the XOR of test cards (TS 34.108 8.1.2).' },
  k: {
    type: 'string',
    pattern: '^([0-9a-fA-F]{32}|[0-9a-fA-F]{64})$',
    description: "The subscriber's key: 32 hexadecimal digits; TUAK takes 64 too.",
  },
  opc: octets(16, 'OPc:'),
  op: octets(16, 'OP, from which OPc follows:'),
  topc: octets(32, 'TOPc of TUAK:'),
  top: octets(32, 'TOP of TUAK, from which TOPc follows:'),
  'res-bits': { description: 'Bits of RES of TUAK; 64 where absent (TS 35.231 5.1).' },
  'ck-bits': { description: 'Bits of CK of TUAK; 128 where absent.' },
  'ik-bits': { description: 'Bits of IK of TUAK; 128 where absent.' },
  iterations: { description: 'How often TUAK applies Keccak; once where absent.' },
  c: {
    description: "Milenage's constants c1 to c5, where the operator chose its own (TS 35.206 5.3).",
    items: octets(16, 'One of them:'),
  },
  r: { description: "Milenage's rotations r1 to r5 in bits, where the operator chose its own (TS 35.206 5.3)." },
  amf: {
    anyOf: [
      { type: 'string', pattern: '^[0-9a-fA-F]{4}$' },
      { type: 'integer', minimum: 1000, maximum: 9999 },
    ],
    description: 'AMF: 4 hexadecimal digits.',
  },
  delta: { description: "How far a challenge's SEQ may be ahead of the card's." },
  ind: { description: 'Index of the sequence number, 0 to 31 (TS 33.102 C.1.1.1).' },
  'res-without-zero-octets': { description: 'RES ends at a zero octet, as sipp has it.' },
  'visited-networks': { description: 'Networks that the subscriber may register in; any where absent.' },
};

/** In a file of subscribers, where a key of that name is something else. */
export const subscriberKeys: Readonly<Record<string, JsonSchema>> = {
  subscribers: { description: 'One entry a subscriber, or a row of subscribers.' },
  subscription: {
    description: 'Subscribers with the same name here share the implicit sets that have an identity in common.',
  },
  'implicit-sets': { description: 'Implicit registration sets: each a list of identities, or of service profiles.' },
  profiles: { description: 'Service profiles of one implicit set.' },
  psi: { description: 'A public service identity (TS 23.003 13.5).' },
  'alias-group': { description: 'Identities of one group are aliases (AliasIdentityGroupID).' },
  'display-name': { description: 'Display name of the identity.' },
  'direct-to': {
    description: 'Of a PSI: I-CSCFs send its requests to this application server; a SIP URI or the name of a node.',
  },
  inactive: { description: 'A PSI out of use.' },
  services: { description: 'At the top: filter criteria by name; of a subscriber or service profile: their names.' },
  as: {
    description: 'Application server: a SIP URI or the name of a node.',
    examples: ['as1', 'sip:as1.example.com;lr'],
  },
  priority: { description: 'Of the filter criterion; 0 comes first.' },
  on: {
    description:
      'Requests that it is for: one entry is enough, all conditions of an entry count. Every request where absent.',
  },
  dsai: { description: 'DSAI-Tags: an application server switches the service of a user by them (TS 29.328 7.6.11).' },
  shared: { description: 'SharedIFCSetID: S-CSCFs that have the set are sent its number alone (TS 29.228 B.2.1).' },
  form: { description: 'dnf as described at on; cnf: all entries count, one condition of each is enough.' },
  method: { description: 'SIP method.', examples: ['REGISTER', 'INVITE'] },
  registration: { description: 'Kinds of REGISTER: initial, re- or de-registration; all where absent.' },
  uri: {
    description:
      'An identity: sip:user@domain, tel:+15550100001, or a wildcard sip:chat-!.*!@domain; of a condition, what the Request-URI matches.',
  },
  headers: { description: 'Extended regular expressions by header; true: it is there.' },
  'session-case': { description: 'How the S-CSCF sees the served user.' },
  sdp: { description: 'Extended regular expressions by the letter of an SDP line; true: it is there.' },
  not: { description: 'Conditions that must not be true.' },
  'default-handling': { description: 'What becomes of a session whose application server is silent.' },
  'may-register': { description: 'False: the HSS answers UAR with 5003; true where absent (TS 29.228 6.1.1.1).' },
  'loose-route': { description: 'The user is behind a loose router (Loose-Route-Indication, TS 29.229 6.3.45).' },
  csv: { description: 'A CSV file with more subscribers; defaults and services of this file apply to them.' },
  'service-info': { description: 'Text for the application server in third-party REGISTER.' },
  include: { description: 'What a third-party REGISTER brings: the REGISTER of the UE, the 200 to it.' },
  while: { description: 'Only while the user is registered, or is not.' },
  charging: { description: 'Charging functions (Charging-Information, TS 29.229 6.3.19).' },
  ccf: { description: 'Charging collection function (Rf), a Diameter URI.', examples: ['aaa://ccf.example.com:3868'] },
  'secondary-ccf': { description: 'Its stand-in.' },
  ecf: { description: 'Event charging function (Ro), a Diameter URI.' },
  'secondary-ecf': { description: 'Its stand-in.' },
  authentication: { description: 'Another scheme than IMS AKA, or beside it.' },
  scheme: { description: 'Which one the HSS gives to an S-CSCF that leaves the choice to it.' },
  password: { description: 'Of SIP Digest.' },
  ha1: { description: 'Of SIP Digest, in place of a password: 32 (MD5) or 64 (SHA-256) hexadecimal digits.' },
  realm: { description: 'Of SIP Digest; the home domain where absent.' },
  'digest-algorithm': { description: 'Of SIP Digest.' },
  qop: { description: 'Qualities of protection that SIP Digest offers.' },
  'framed-address': { description: 'GIBA: the IPv4 address or IPv6 prefix that the access network gave.' },
  line: { description: 'NASS-bundled: the line, or the lines, where the user may be.' },
  'sqn-profile': {
    description:
      'sequence: one after the other; the others run with the clock (TS 33.102 C.1.1). sequence where absent.',
  },
  'ind-bits': { description: 'How many bits of a SQN are the index; 5 where absent (TS 33.102 C.3).' },
  ind: { description: 'Index of the sequence number, or rotating (TS 33.102 C.1.1.1).' },
};
