/** Kamailio's CSCFs (Debian `kamailio`, `kamailio-ims-modules`, `kamailio-presence-modules`), as docs/examples/kamailio configures them. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isInstalled, Program } from './program.js';

const examples = resolve(__dirname, '../../docs/examples/kamailio');
const modules = ['ims_icscf.so', 'ims_registrar_scscf.so', 'ims_registrar_pcscf.so', 'presence.so'];

function hasModules(): boolean {
  const folders = readdirSync('/usr/lib').map((each) => join('/usr/lib', each, 'kamailio/modules'));
  return folders.some((folder) => modules.every((each) => existsSync(join(folder, each))));
}

export const hasKamailio = isInstalled('kamailio', '-V') && isInstalled('timeout', '--version') && hasModules();

export type KamailioCscf = 'icscf' | 'scscf' | 'pcscf';

/** Its files and those of the lab around it. */
export function copyKamailioExamples(folder: string): void {
  cpSync(examples, folder, { recursive: true });
}

/** What it says against a configuration; nothing where it takes it. */
export function complaintsAbout(cscf: KamailioCscf, folder: string): string {
  const { status, stderr } = spawnSync('kamailio', ['-c', '-f', `${cscf}.cfg`, '-w', folder], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return status === 0 ? '' : stderr;
}

/** Many processes: `timeout` gives them a group of their own, and ends all of it, at the latest after 100 s. */
export function startKamailio(cscf: KamailioCscf, folder: string): Program {
  const kamailio = ['kamailio', '-f', join(folder, `${cscf}.cfg`), '-w', folder, '-Y', folder, '-DD', '-E', '-m', '64'];
  return new Program('timeout', ['--kill-after=5', '100', ...kamailio], folder);
}

export async function stopKamailio(running: readonly Program[]): Promise<void> {
  for (const each of running) each.signal('SIGTERM');
  for (const each of running) await each.ended();
}
