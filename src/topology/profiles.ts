/** Reads profiles and fills in what they leave out. A node's own sections win over its profile's. */
import type { z } from 'zod';
import { suggest } from '../selection/nearest-word.js';
import { findProfile, profileNames } from './find-file.js';
import type { OperatorSettings, UeSettings } from './lab.js';
import { InputError, type Problem } from './problem.js';
import type { OperatorProfile, UeProfile } from './profile-schema.js';
import { type KeyPath, Source } from './source.js';
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
    convert: (data: z.output<TSchema>, source: Source) => TResult,
  ): TResult | undefined {
    const file = findProfile(name, reference.file);
    if (file === undefined) {
      const mend = suggest(name, profileNames(kind));
      this.problems.push(reference.source.problem(reference.path, `there is no profile '${name}'`, mend));
      return undefined;
    }
    const key = `${kind} ${file}`;
    if (!this.#read.has(key)) this.#read.set(key, this.#load(file, schema, convert));
    return this.#read.get(key) as TResult | undefined;
  }

  #load<TSchema extends z.ZodType, TResult>(
    file: string,
    schema: TSchema,
    convert: (data: z.output<TSchema>, source: Source) => TResult,
  ): TResult | undefined {
    try {
      const source = Source.read(file);
      return convert(read(schema, source), source);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.problems.push(...error.problems);
      return undefined;
    }
  }
}

export function operatorSettings(profile: OperatorProfile, own: OperatorProfile): OperatorSettings {
  const registration = { ...profile.registration, ...own.registration };
  const diameter = { ...profile.diameter, ...own.diameter };
  const transport = { ...profile.transport, ...own.transport };
  return {
    registration: {
      expiresMin: registration['expires-min'] ?? 60,
      expiresMax: registration['expires-max'] ?? 600_000,
      expiresDefault: registration['expires-default'] ?? 3600,
      awaitAuthMs: registration['await-authentication'] ?? 240_000,
    },
    diameterTimers: {
      reconnectMs: diameter.reconnect ?? 30_000,
      watchdogMs: diameter.watchdog ?? 30_000,
      answerMs: diameter['answer-timeout'] ?? 5_000,
    },
    datagramSizeMax: datagramSize(transport['datagram-size-max']),
  };
}

export function ueSettings(profile: UeProfile, own: UeProfile): UeSettings {
  const call = { ...profile.call, ...own.call };
  const transport = { ...profile.transport, ...own.transport };
  return {
    expires: own.registration?.expires ?? profile.registration?.expires ?? 600_000,
    answer: call.answer ?? 'accept',
    ringMs: call.ring ?? 500,
    bearerMs: call['bearer-setup'] ?? 50,
    reliableRinging: call['reliable-ringing'] ?? true,
    codecs: call.codecs ?? ['AMR-WB', 'AMR'],
    accessNetworkInfo: profile['access-network-info'] ?? '3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000101',
    datagramSizeMax: datagramSize(transport['datagram-size-max']),
  };
}

/** SIP-20: on by default. */
function datagramSize(value: number | 'off' | undefined): number | undefined {
  return value === 'off' ? undefined : (value ?? 1300);
}
