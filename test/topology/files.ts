/** Files of a test in a folder of their own, removed with `remove`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export class TestFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'imslab-test-'));

  /** Writes a file and returns its path. */
  write(name: string, text: string | Buffer): string {
    const file = join(this.path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A small valid topology; `change` is applied to its text. */
export function topologyText(change: (text: string) => string = (text) => text): string {
  return change(`home: ims.mnc001.mcc001.3gppnetwork.org
nodes:
  pcscf1: { role: p-cscf, listen: [udp://127.0.9.1:5060, tcp://127.0.9.1:5060] }
  icscf1: { role: i-cscf, listen: [udp://127.0.9.2:5060], diameter: { hss: hss1 } }
  scscf1: { role: s-cscf, listen: [udp://127.0.9.3:5060], diameter: { hss: hss1 } }
  hss1: { role: hss, listen: [tcp://127.0.9.4:3868], subscribers: subscribers/default }
  ue1: { role: ue, imsi: "001010000000001", via: pcscf1 }
  ue2: { role: ue, imsi: "001010000000002", via: pcscf1 }
`);
}
