#!/usr/bin/env node
/** `imslab`: reads the command line. Each command is loaded when it is called, so that --help is quick. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EXIT_FAILED, EXIT_USAGE, reportError } from './exit.js';

const LOG_LEVELS = ['error', 'warn', 'info', 'debug'];

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

function list(value: string): readonly string[] {
  return value.split(',').filter((name) => name !== '');
}

function seed(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('It is a whole number from 0 to 999999999.');
  return Number(value);
}

function common(command: Command): Command {
  return command
    .addOption(
      new Option('--set <PATH=VALUE>', 'change a key of the topology, such as nodes.ue2.call.answer=busy; repeatable')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--json', 'one JSON document on stdout, everything else on stderr')
    .addOption(new Option('--log-level <LEVEL>', 'what goes to stderr').choices(LOG_LEVELS).default('warn'));
}

function program(exitWith: (code: number) => void): Command {
  const imslab = new Command('imslab')
    .description('A VoLTE/IMS core network that anyone can run, break and prove on a laptop.')
    .version(version())
    .addHelpText(
      'after',
      '\nExit status: 0 passed, 1 a check failed, 2 bad usage or bad file, 3 could not start, 130 interrupted.',
    );

  common(
    imslab
      .command('run')
      .description('run a scenario to its end')
      .argument('[TOPOLOGY]', 'a file, or the name of a shipped one', 'topologies/volte.yaml')
      .option('--scenario <NAME|FILE>', 'what happens: a file, or the name of a shipped one', 'register-and-call')
      .option('--simulated', 'virtual time and a simulated network')
      .option('--seed <N>', 'everything random in a simulated run follows from it (default: 1)', seed)
      .option('--out <DIR>', 'where capture, trace and ladder go (default: out/<timestamp>)')
      .option('--inspect', 'run machines as XState actors, with full contexts in the trace'),
  ).action(async (topology, options) => exitWith(await (await import('./run.js')).run(topology, options)));

  common(
    imslab
      .command('up')
      .description('start nodes and keep them serving until Ctrl-C')
      .argument('[TOPOLOGY]', 'a file, or the name of a shipped one', 'topologies/volte.yaml')
      .option('--only <NODES>', 'start these nodes only, separated by commas', list)
      .option('--out <DIR>', 'write capture, trace and ladder there')
      .option('--inspect', 'run machines as XState actors, with full contexts in the trace'),
  ).action(async (topology, options) => exitWith(await (await import('./up.js')).up(topology, options)));

  imslab
    .command('ladder')
    .description('draw the ladder of a run')
    .argument('<FILE>', 'a trace.jsonl, or the folder of a run')
    .action(async (file) => exitWith(await (await import('./ladder.js')).ladder(file)));

  imslab
    .command('decode')
    .description('show one SIP or Diameter message field by field')
    .argument('<FILE>', 'octets or hexadecimal digits; - for stdin')
    .action(async (file) => exitWith(await (await import('./decode.js')).decode(file)));

  const topology = imslab.command('topology').description('look at a topology file');
  topology
    .command('check')
    .description('say what is wrong with a topology file')
    .argument('[TOPOLOGY]', 'a file, or the name of a shipped one', 'topologies/volte.yaml')
    .action(async (file) => exitWith(await (await import('./topology.js')).checkTopology(file)));
  topology
    .command('show')
    .description('list nodes with their addresses, and links')
    .argument('[TOPOLOGY]', 'a file, or the name of a shipped one', 'topologies/volte.yaml')
    .option('--json', 'one JSON document on stdout')
    .action(async (file, options) => exitWith(await (await import('./topology.js')).showTopology(file, options)));

  for (const command of imslab.commands) explainUsage(command, 'imslab');
  for (const command of topology.commands) explainUsage(command, 'imslab topology');
  explainUsage(imslab, '');
  return imslab;
}

/** A usage error is thrown, and points to the command's help. */
function explainUsage(command: Command, parent: string): void {
  command.exitOverride().showHelpAfterError(`(see ${`${parent} ${command.name()}`.trim()} --help)`);
}

async function main(): Promise<void> {
  // `imslab run | head`: the reader has left, the rest is not wanted; the run goes on, so that its files are whole.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(EXIT_FAILED);
  });
  try {
    await program((code) => {
      process.exitCode = code;
    }).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
    else process.exitCode = reportError(error);
  }
}

await main();
