/** Reads profiles and fills in what they leave out. A node's own sections win over its profile's. */
import type { z } from 'zod';
import { suggest } from '../selection/index.js';
import { findProfile, profileNames } from './find-file.js';
import type { OperatorSettings, UeSettings } from './lab.js';
import { InputError, type Problem } from './problem.js';
import type { OperatorProfile, UeProfile } from './profile-schema.js';
import { defaultPcscfSecurity, defaultUeSecurity, withPcscfSecurity, withUeSecurity } from './security-schema.js';
import { type KeyPath, Source } from './source.js';
import { defaultUeQuirks, defaultUeRegistration, withUeQuirks, withUeRegistration } from './ue-schema.js';
import { read } from './validate.js';

export type ProfileKind = 'operator' | 'ue' | 'subscribers';

/** Where a profile is named. */
export interface Reference {
  readonly source: Source;
  readonly path: KeyPath;
  /** Path of the referring file. */
  readonly file: string;
}

/** Reads each profile file once and collects the problems of all of them. */
export class Profiles {
  readonly problems: Problem[] = [];
  readonly #read = new Map<string, unknown>();

  /** Undefined after a problem. `convert` turns the checked file into what the lab keeps. */
  get<TSchema extends z.ZodType, TResult>(
    kind: ProfileKind,
    name: string,
    reference: Reference,
    schema: TSchema,
    convert: (data: z.output<TSchema>) => TResult,
  ): TResult | undefined {
    return this.load(kind, name, reference, (file) => convert(read(schema, Source.read(file))));
  }

  /** As `get`, for files that are read in a way of their own. */
  load<TResult>(
    kind: ProfileKind,
    name: string,
    reference: Reference,
    load: (file: string) => TResult,
  ): TResult | undefined {
    const file = findProfile(name, reference.file);
    if (file === undefined) {
      const mend = suggest(name, profileNames(kind));
      this.problems.push(reference.source.problem(reference.path, `there is no profile '${name}'`, mend));
      return undefined;
    }
    const key = `${kind} ${file}`;
    if (!this.#read.has(key)) this.#read.set(key, this.#loaded(file, load));
    return this.#read.get(key) as TResult | undefined;
  }

  #loaded<TResult>(file: string, load: (file: string) => TResult): TResult | undefined {
    try {
      return load(file);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.problems.push(...error.problems);
      return undefined;
    }
  }
}

const defaultOperator: OperatorSettings = {
  registration: { expiresMin: 60, expiresMax: 600_000, expiresDefault: 3600, awaitAuthMs: 240_000, contactsMax: 4 },
  authentication: {
    aka: 'AKAv1-MD5',
    qop: ['auth'],
    vectors: 1,
    reauthenticate: 'never',
    attemptsMax: 1,
    nonceLifetimeMs: 3_600_000,
    authenticationInfo: false,
  },
  diameterTimers: { reconnectMs: 30_000, watchdogMs: 30_000, answerMs: 5_000 },
  acceptUnknownPeers: true,
  datagramSizeMax: 1300, // SIP-20: on by default
  requestsMax: undefined,
  security: defaultPcscfSecurity,
  access: { subscribe: false, keepAliveMs: undefined, trusted: [] },
};

export function operatorSettings(profile: OperatorProfile, own: OperatorProfile): OperatorSettings {
  return withOperatorProfile(withOperatorProfile(defaultOperator, profile), own);
}

/** The settings, changed as a profile or a node says. */
export function withOperatorProfile(settings: OperatorSettings, said: OperatorProfile): OperatorSettings {
  const { registration = {}, authentication = {}, diameter = {}, transport = {} } = said;
  const { registration: before, authentication: proven, diameterTimers: timers } = settings;
  return {
    registration: {
      expiresMin: registration['expires-min'] ?? before.expiresMin,
      expiresMax: registration['expires-max'] ?? before.expiresMax,
      expiresDefault: registration['expires-default'] ?? before.expiresDefault,
      awaitAuthMs: registration['await-authentication'] ?? before.awaitAuthMs,
      contactsMax: registration['contacts-max'] ?? before.contactsMax,
    },
    authentication: {
      aka: authentication.aka ?? proven.aka,
      qop: authentication.qop ?? proven.qop,
      vectors: authentication.vectors ?? proven.vectors,
      reauthenticate: authentication.reauthenticate ?? proven.reauthenticate,
      attemptsMax: authentication.attempts ?? proven.attemptsMax,
      nonceLifetimeMs: authentication['nonce-lifetime'] ?? proven.nonceLifetimeMs,
      authenticationInfo: authentication['authentication-info'] ?? proven.authenticationInfo,
    },
    diameterTimers: {
      reconnectMs: diameter.reconnect ?? timers.reconnectMs,
      watchdogMs: diameter.watchdog ?? timers.watchdogMs,
      answerMs: diameter['answer-timeout'] ?? timers.answerMs,
    },
    acceptUnknownPeers: diameter['accept-unknown-peers'] ?? settings.acceptUnknownPeers,
    datagramSizeMax: datagramSize(transport['datagram-size-max'], settings.datagramSizeMax),
    requestsMax: transport['requests-max'] ?? settings.requestsMax,
    security: withPcscfSecurity(settings.security, said.security),
    access: {
      subscribe: said.access?.subscribe ?? settings.access.subscribe,
      keepAliveMs: said.access?.['keep-alive'] ?? settings.access.keepAliveMs,
      trusted: said.access?.trusted ?? settings.access.trusted,
    },
  };
}

const defaultUe: UeSettings = {
  registration: defaultUeRegistration,
  quirks: defaultUeQuirks,
  answer: 'accept',
  ringMs: 500,
  bearerMs: 50,
  reliableRinging: true,
  codecs: ['AMR-WB', 'AMR'],
  accessNetworkInfo: '3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000101',
  datagramSizeMax: 1300,
  security: defaultUeSecurity,
};

export function ueSettings(profile: UeProfile, own: UeProfile): UeSettings {
  return withUeProfile(withUeProfile(defaultUe, profile), own);
}

/** The settings, changed as a profile or a node says. */
export function withUeProfile(settings: UeSettings, said: UeProfile): UeSettings {
  const { call = {}, transport = {} } = said;
  return {
    registration: withUeRegistration(settings.registration, said.registration),
    quirks: withUeQuirks(settings.quirks, said.quirks),
    answer: call.answer ?? settings.answer,
    ringMs: call.ring ?? settings.ringMs,
    bearerMs: call['bearer-setup'] ?? settings.bearerMs,
    reliableRinging: call['reliable-ringing'] ?? settings.reliableRinging,
    codecs: call.codecs ?? settings.codecs,
    accessNetworkInfo: said['access-network-info'] ?? settings.accessNetworkInfo,
    datagramSizeMax: datagramSize(transport['datagram-size-max'], settings.datagramSizeMax),
    security: withUeSecurity(settings.security, said.security),
  };
}

function datagramSize(value: number | 'off' | undefined, before: number | undefined): number | undefined {
  return value === 'off' ? undefined : (value ?? before);
}
