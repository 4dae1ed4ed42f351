/** freeDiameter (Debian `freediameter`) as a peer: its files, and the program. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, Program } from './program.js';

export const hasFreeDiameter = isInstalled('freeDiameterd', '--version') && isInstalled('openssl', 'version');

export interface FreeDiameterOptions {
  readonly host: string;
  readonly realm: string;
  readonly port: number;
  /** Whom it connects to. */
  readonly peers: readonly { readonly host: string; readonly address: string; readonly port: number }[];
  /** Hosts that may connect without TLS. */
  readonly guests: readonly string[];
  /** Further lines of its configuration. */
  readonly lines?: readonly string[];
}

function extension(name: string): string {
  const folders = ['/usr/lib/freeDiameter', ...readdirSync('/usr/lib').map((each) => `/usr/lib/${each}/freeDiameter`)];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? name;
}

/** It wants a key pair even without TLS, whose name is its own. */
function writeKeys(folder: string, host: string): void {
  const subject = ['-subj', `/CN=${host}`];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')];
  const { status, stderr } = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
}

/** Writes its files into `folder`; its timers are the shortest that it takes (6 s). */
export function configureFreeDiameter(folder: string, options: FreeDiameterOptions): string {
  const { host, realm, port, peers, guests, lines = [] } = options;
  writeKeys(folder, host);
  writeFileSync(join(folder, 'guests.conf'), guests.map((guest) => `ALLOW_IPSEC ${guest}\n`).join(''));
  const file = join(folder, 'freeDiameter.conf');
  const connects = peers.map(
    (peer) => `ConnectPeer = "${peer.host}" { ConnectTo = "${peer.address}"; No_TLS; Port = ${peer.port}; };`,
  );
  writeFileSync(
    file,
    [
      `Identity = "${host}";`,
      `Realm = "${realm}";`,
      // It binds the wildcard address whatever ListenOn says: the port is all its own.
      `Port = ${port};`,
      'SecPort = 0;',
      'No_SCTP;',
      'No_IPv6;',
      'TcTimer = 6;',
      'TwTimer = 6;',
      `TLS_Cred = "${join(folder, 'certificate.pem')}", "${join(folder, 'key.pem')}";`,
      `TLS_CA = "${join(folder, 'certificate.pem')}";`,
      `LoadExtension = "${extension('acl_wl.fdx')}" : "${join(folder, 'guests.conf')}";`,
      ...lines,
      ...connects,
      '',
    ].join('\n'),
  );
  return file;
}

export function startFreeDiameter(configuration: string, folder: string): Program {
  return new Program('freeDiameterd', ['-c', configuration], folder);
}
