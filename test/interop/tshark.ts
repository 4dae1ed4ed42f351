/** Reads captures with tshark, where it is installed. */
import { spawnSync } from 'node:child_process';

/** Wireshark's severity "error"; warnings and notes are below. */
const EXPERT_ERROR = 8_388_608;
const CHECKSUMS = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum'];

export const hasTshark = spawnSync('tshark', ['--version']).status === 0;

export interface TsharkOptions {
  /** `name:value` */
  readonly preferences?: readonly string[];
  /** Where its own files are: tables such as `esp_sa`. */
  readonly folder?: string;
}

/** The values of `fields` of each packet that `filter` passes, with checksums verified. Throws what tshark complains. */
export function tsharkFields(
  file: string,
  filter: string,
  fields: readonly string[],
  { preferences: more = [], folder }: TsharkOptions = {},
): string[][] {
  const preferences = [...CHECKSUMS.map((name) => `${name}:TRUE`), ...more].flatMap((each) => ['-o', each]);
  const env = { ...process.env, ...(folder !== undefined && { WIRESHARK_CONFIG_DIR: folder }) };
  const columns = fields.flatMap((field) => ['-e', field]);
  const options = ['-r', file, '-Y', filter, '-T', 'fields', '-E', 'separator=/t', ...columns, ...preferences];
  const { status, stdout, stderr } = spawnSync('tshark', options, { encoding: 'utf8', maxBuffer: 1 << 28, env });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

/** What is wrong with a capture, a line a packet: malformed, an expert error, an unknown AVP, a bad checksum. Empty for a good one. */
export function captureFaults(file: string, options?: TsharkOptions): string[] {
  const bad = ['ip.checksum.status == 0', 'tcp.checksum.status == 0', 'udp.checksum.status == 0'];
  const filter = ['_ws.malformed', `_ws.expert.severity >= ${EXPERT_ERROR}`, 'diameter.avp.unknown', ...bad].join(
    ' || ',
  );
  const fields = ['frame.number', 'frame.interface_name', '_ws.col.Protocol', '_ws.expert.message', 'frame.comment'];
  return tsharkFields(file, filter, fields, options).map((packet) => packet.join(' '));
}
