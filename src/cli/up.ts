/** `imslab up`: nodes that serve until Ctrl-C; emulated UEs register when all is up and de-register at the end. */
import { UsageError } from '../lab/errors.js';
import { OpenLab } from '../lab/open-lab.js';
import type { World } from '../lab/world.js';
import { suggest } from '../selection/index.js';
import { findTopology } from '../topology/find-file.js';
import type { Lab } from '../topology/lab.js';
import { loadLab } from '../topology/load.js';
import type { RunningLab } from '../topology/running-lab.js';
import { parseOverride } from '../topology/source.js';
import { bareSummary } from '../trace/index.js';
import { EXIT_PASSED } from './exit.js';
import { type LiveView, liveView } from './live.js';
import { createLogger } from './logger.js';
import { createOutputFolder } from './output-folder.js';
import { onHangup, onInterrupt } from './signals.js';
import { SubscriberReload } from './subscriber-reload.js';
import { openTerminal, type Terminal } from './terminal.js';
import { nodeLines } from './topology.js';

export interface UpOptions {
  readonly only?: readonly string[];
  readonly out?: string;
  readonly set: readonly string[];
  readonly inspect?: boolean;
  readonly json?: boolean;
  readonly logLevel: string;
}

/** How long UEs get to de-register. */
const DEREGISTER_MAX_MS = 10_000;

/** @returns the exit status; throws what `reportError` knows. */
export async function up(topology: string, options: UpOptions): Promise<number> {
  const written = loadLab(findTopology(topology), options.set.map(parseOverride));
  const { only } = options;
  if (only !== undefined) checkNames(only, written);
  const logger = await createLogger(options.logLevel);
  const terminal = openTerminal(options.json);
  const folder = options.out === undefined ? undefined : createOutputFolder(options.out);
  let live: LiveView | undefined;
  const open = new OpenLab({
    written,
    environment: 'real',
    seed: 0,
    inspect: options.inspect,
    only,
    folder,
    judging: false,
    warn: (text) => logger.warn(text),
    listeners: (lab) => {
      live = liveView(lab, terminal, logger);
      return live.listeners;
    },
  });
  const { lab, running, world } = open;
  const interrupt = onInterrupt();
  let forgetHangup = (): void => undefined;
  try {
    await open.start();
    for (const line of nodeLines(lab, only)) terminal.line(line);
    if (options.json === true) console.log(JSON.stringify({ serving: ownNames(lab, only) }));
    registerAll(running, terminal);
    const reload = new SubscriberReload(lab, running, (text) => terminal.line(text));
    forgetHangup = onHangup(() => reload.run());
    terminal.line('Serving. Ctrl-C ends it.');
    await new Promise<void>((resolve) => interrupt.handle(resolve));
    await deregisterAll(running, world);
  } finally {
    await open.close({ ...bareSummary, title: `imslab up ${lab.file}` }, { topology: lab.file });
    live?.flush();
    interrupt.forget();
    forgetHangup();
  }
  return EXIT_PASSED;
}

/** The nodes that are started here. */
function ownNames(lab: Lab, only?: readonly string[]): readonly string[] {
  return only ?? lab.nodes.filter(({ external }) => !external).map(({ name }) => name);
}

function checkNames(only: readonly string[], lab: Lab): void {
  const own = ownNames(lab);
  for (const name of only) {
    if (!own.includes(name))
      throw new UsageError(`--only: ${lab.file} has no node '${name}' to start; ${suggest(name, own)}`);
  }
  if (only.length === 0) throw new UsageError(`--only: names no node; use some of ${own.join(', ')}`);
}

function registerAll(running: RunningLab, terminal: Terminal): void {
  for (const ue of running.ues) {
    ue.register(({ success, reason }) => {
      terminal.line(success ? `${ue.name} is registered` : `${ue.name} could not register: ${reason}`);
    });
  }
}

/** All at once; a UE that gets no answer is not waited for longer than ten seconds. */
function deregisterAll(running: RunningLab, world: World): Promise<void> {
  return new Promise((resolve) => {
    let pending = running.ues.length;
    const timer = world.clock.setTimer(DEREGISTER_MAX_MS, resolve);
    const finish = (): void => {
      timer.cancel();
      resolve();
    };
    if (pending === 0) finish();
    for (const ue of running.ues) {
      ue.deregister(() => {
        pending--;
        if (pending === 0) finish();
      });
    }
  });
}
