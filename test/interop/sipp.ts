/** Runs sipp, where it is installed, as one UE or many that register with AKAv1-MD5. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestFolder } from '../topology/files.js';
import { isInstalled, Program } from './program.js';

export const hasSipp = isInstalled('sipp', '-v');

export const homeDomain = 'ims.mnc001.mcc001.3gppnetwork.org';

/** Of the subscriber that profiles/subscribers/default.yaml keeps for sipp. */
export const sippImsi = '001010000000004';

export interface SippOptions {
  /** Where its input goes and what it writes. */
  readonly folder: TestFolder;
  /** Name in sipp/, without `.xml`. */
  readonly scenario: string;
  /** The fields of each call, which sipp takes one after the other. */
  readonly calls: readonly (readonly (string | number)[])[];
  /** Address of the P-CSCF; its port is 5060. */
  readonly server: string;
  /** Its own address; its port is 5070. */
  readonly address: string;
  /** Calls a second. */
  readonly rate?: number;
  /** Begins the Call-IDs; runs with the same have the same Call-IDs. */
  readonly callId?: string;
  /** It gives up after so many seconds, with a status other than 0. */
  readonly secondsMax?: number;
}

export interface SippResult {
  /** 0 where all calls succeeded. */
  readonly status: number | null;
  readonly output: string;
  readonly created: number;
  readonly successful: number;
  readonly failed: number;
  readonly retransmissions: number;
  /** Messages that belonged to no call, or to one that had ended. */
  readonly stray: number;
}

/** The keyword that sipp replaces by an Authorization header; it does not take fields within it. */
export function authentication(imsi: string, { k = 'imslab-key-00004', op = 'imslab-operator-' } = {}): string {
  return `[authentication username=${imsi}@${homeDomain} aka_K=${k} aka_OP=${op} aka_AMF=00]`;
}

let runs = 0;

export async function runSipp(options: SippOptions): Promise<SippResult> {
  const { folder, scenario, calls, server, address, rate = 10, callId = '%u-%p', secondsMax = 40 } = options;
  runs += 1;
  const name = `sipp-${runs}`;
  folder.write(`${name}.csv`, `${['SEQUENTIAL', ...calls.map((fields) => fields.join(';'))].join('\n')}\n`);
  const statistics = join(folder.path, `${name}-statistics.csv`);
  const args = [
    [`${server}:5060`, '-sf', resolve(__dirname, `sipp/${scenario}.xml`), '-inf', `${name}.csv`],
    ['-auth_uri', homeDomain, '-cid_str', callId],
    ['-i', address, '-p', '5070', '-mi', address, '-mp', '21000'],
    ['-m', String(calls.length), '-r', String(rate), '-timeout', `${secondsMax}s`, '-timeout_error', '-nostdin'],
    ['-trace_stat', '-stf', statistics, '-fd', '1', '-trace_err', '-error_file', join(folder.path, `${name}.log`)],
  ].flat();
  const { status, output } = await new Program('sipp', args, folder.path).ended();
  return { status, output, ...counts(readFileSync(statistics, 'utf8')) };
}

/** The totals in the last line of sipp's statistics; `(C)` is what it calls cumulative. */
function counts(csv: string): Omit<SippResult, 'status' | 'output'> {
  const lines = csv.trim().split('\n');
  const values = lines.at(-1)!.split(';');
  const names = lines[0]!.split(';');
  const total = (name: string): number => Number(values[names.indexOf(name)]);
  return {
    created: total('TotalCallCreated'),
    successful: total('SuccessfulCall(C)'),
    failed: total('FailedCall(C)'),
    retransmissions: total('Retransmissions(C)'),
    stray: total('OutOfCallMsgs(C)') + total('DeadCallMsgs(C)'),
  };
}
