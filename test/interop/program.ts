/** Programs that a test starts, watches and ends by itself. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const imslab = resolve(__dirname, '../../dist/cli/main.js');

export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** A running program whose stdout and stderr are collected. */
export class Program {
  output = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;

  constructor(command: string, args: readonly string[], folder: string) {
    this.#child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const collect = (bytes: Buffer): void => {
      this.output += bytes.toString();
    };
    this.#child.stdout?.on('data', collect);
    this.#child.stderr?.on('data', collect);
    this.#ended = new Promise((done) => {
      this.#child.on('error', (error) => done({ status: null, output: error.message }));
      this.#child.on('close', (status) => done({ status, output: this.output }));
    });
  }

  /** The command of this checkout, built. */
  static imslab(args: readonly string[], folder: string): Program {
    return new Program(process.execPath, [imslab, ...args], folder);
  }

  /** Resolves when the output has the text; rejects when the program ends without it. */
  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      const ended = await Promise.race([
        this.#ended,
        new Promise<undefined>((tick) => setTimeout(tick, 50, undefined)),
      ]);
      if (ended !== undefined && !this.output.includes(text))
        throw new Error(`ended without saying '${text}':\n${this.output}`);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }
}

/** Whether a program is installed. */
export function isInstalled(command: string, option: string): boolean {
  return spawnSync(command, [option]).error === undefined;
}
