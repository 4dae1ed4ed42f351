/** A PostgreSQL server of the test's own: on loopback, below a temporary folder. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const debianFolder = '/usr/lib/postgresql';

/** The folder of the server's programs; undefined where they are not installed. */
export function serverPrograms(): string | undefined {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debianFolder, version, 'bin')), ...pathFolders()];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')));
}

function pathFolders(): readonly string[] {
  return (process.env.PATH ?? '').split(':').filter((folder) => folder !== '');
}

export class PostgresCluster {
  private constructor(
    private readonly programs: string,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** PostgreSQL refuses to run as root: then it runs as the user that its package has made. */
  static async start(programs: string): Promise<PostgresCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'imslab-postgres-'));
    if (isRoot()) chownSync(folder, idOf('-u'), idOf('-g'));
    const cluster = new PostgresCluster(programs, folder, await freePort());
    cluster.#run('initdb', [
      '-D',
      join(folder, 'data'),
      '-A',
      'trust',
      '-U',
      'imslab',
      '--no-sync',
      '-E',
      'UTF8',
      '--locale=C',
    ]);
    cluster.#pgCtl('start');
    return cluster;
  }

  /** A new database. */
  database(name: string): string {
    const to = ['-h', '127.0.0.1', '-p', String(this.port), '-U', 'imslab'];
    execFileSync(join(this.programs, 'createdb'), [...to, name]);
    return `postgres://imslab@127.0.0.1:${this.port}/${name}`;
  }

  /** The server's processes stand still, and its connections stay. Gives back what lets them go on. */
  freeze(): () => void {
    const [server] = readFileSync(join(this.folder, 'data/postmaster.pid'), 'utf8').split('\n');
    const children = spawnSync('ps', ['-o', 'pid=', '--ppid', server!], { encoding: 'utf8' }).stdout;
    const all = [server!, ...children.split('\n')].map(Number).filter((pid) => pid > 0);
    for (const pid of all) process.kill(pid, 'SIGSTOP');
    return () => {
      for (const pid of all) process.kill(pid, 'SIGCONT');
    };
  }

  stop(): void {
    this.#pgCtl('stop', '-m', 'immediate');
    rmSync(this.folder, { recursive: true, force: true });
  }

  #pgCtl(...command: readonly string[]): void {
    const { folder, port } = this;
    const options = `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=${folder}`;
    this.#run('pg_ctl', ['-D', join(folder, 'data'), '-l', join(folder, 'log'), '-o', options, '-w', ...command]);
  }

  #run(program: string, args: readonly string[]): void {
    const user = isRoot() ? { uid: idOf('-u'), gid: idOf('-g') } : {};
    const { status, stdout, stderr } = spawnSync(join(this.programs, program), args, {
      ...user,
      cwd: this.folder,
      stdio: ['ignore', program === 'pg_ctl' ? 'ignore' : 'pipe', 'pipe'],
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${program} ended with ${status}: ${stdout} ${stderr}`);
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
