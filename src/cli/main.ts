#!/usr/bin/env node
/** `imslab`: reads the command line. Each command is loaded when it is called, so that --help is quick. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { addAka } from './aka.js';
import { addDiameter } from './diameter.js';
import { EXIT_FAILED, EXIT_USAGE, reportError } from './exit.js';
import { addSubscribers } from './subscribers.js';

const LOG_LEVELS = ['error', 'warn', 'info', 'debug'];

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

function list(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...value.split(',').filter((name) => name !== '')];
}

function seed(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('It is a whole number from 0 to 999999999.');
  return Number(value);
}

function atLeastOne(value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new InvalidArgumentError('It is a whole number from 1 to 9999.');
  return Number(value);
}

function percent(value: string): number {
  if (!/^\d+(\.\d+)?$/.test(value) || Number(value) > 100) {
    throw new InvalidArgumentError('It is a number from 0 to 100.');
  }
  return Number(value);
}

function shard(value: string): { index: number; count: number } {
  const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(value) ?? [];
  if (index === undefined || Number(index) < 1 || Number(index) > Number(count)) {
    throw new InvalidArgumentError('It is i/n, with i from 1 to n.');
  }
  return { index: Number(index), count: Number(count) };
}

function common(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--set <PATH=VALUE>',
        'change a key of the topology, such as nodes.ue2.call.answer=busy, a parameter of the scenario, params.hold=5s, or one of its matrix, matrix.node=hss1; repeatable',
      )
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--json', 'one JSON document on stdout, everything else on stderr')
    .addOption(new Option('--log-level <LEVEL>', 'what goes to stderr').choices(LOG_LEVELS).default('warn'));
}

function topologySettings(): Option {
  return new Option(
    '--set <PATH=VALUE>',
    'change a key of the topology, such as nodes.ue2.call.answer=busy; repeatable',
  )
    .argParser(collect)
    .default([], 'none');
}

function program(exitWith: (code: number) => void): Command {
  const imslab = new Command('imslab')
    .description('A VoLTE/IMS core network that anyone can run, break and prove on a laptop.')
    .version(version())
    .addHelpText(
      'after',
      '\nExit status: 0 passed, 1 a check failed, 2 bad usage or bad file,\n3 could not start, 130 interrupted.',
    );

  common(
    imslab
      .command('run')
      .description('run a scenario to its end')
      .argument('[TOPOLOGY]', "a file, or the name of a shipped one (default: the scenario's, else volte)")
      .option('--scenario <NAME|FILE>', 'what happens: a file, or the name of a shipped one', 'register-and-call')
      .option('--simulated', 'virtual time and a simulated network')
      .option('--seed <N>', 'everything random in a simulated run follows from it (default: 1)', seed)
      .option('--out <DIR>', 'where report, capture, trace and ladder go (default: out/<timestamp>)')
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

  addTest(imslab, exitWith);

  imslab
    .command('ladder')
    .description('draw the ladder of a run, or of a capture')
    .argument('<FILE>', 'a trace.jsonl, a pcap or pcapng, or the folder of a run; - for a capture on stdin')
    .action(async (file) => exitWith(await (await import('./ladder.js')).ladder(file)));

  imslab
    .command('check')
    .description('hold the rules of the specifications against a capture, and say why a registration failed')
    .argument('<FILE>', 'a pcap or pcapng, or the folder of a run; - for stdin')
    .option(
      '--topology <TOPOLOGY>',
      'says which address is which node; what it does not name follows from the messages',
    )
    .option('--json', 'one JSON document on stdout, everything else on stderr')
    .addHelpText('after', CHECK_HELP)
    .action(async (file, options) => exitWith(await (await import('./check.js')).check(file, options)));

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
    .addOption(topologySettings())
    .action(async (file, options) => exitWith(await (await import('./topology.js')).checkTopology(file, options)));
  topology
    .command('show')
    .description('list nodes with their addresses, and links')
    .argument('[TOPOLOGY]', 'a file, or the name of a shipped one', 'topologies/volte.yaml')
    .addOption(topologySettings())
    .option('--json', 'one JSON document on stdout')
    .action(async (file, options) => exitWith(await (await import('./topology.js')).showTopology(file, options)));

  for (const command of addAka(imslab, exitWith).commands) explainUsage(command, 'imslab aka');
  for (const command of addSubscribers(imslab, exitWith).commands) explainUsage(command, 'imslab subscribers');
  for (const command of addDiameter(imslab, exitWith).commands) explainUsage(command, 'imslab diameter');
  for (const command of imslab.commands) explainUsage(command, 'imslab');
  for (const command of topology.commands) explainUsage(command, 'imslab topology');
  explainUsage(imslab, '');
  return imslab;
}

/** Everything of `imslab test`. */
function addTest(imslab: Command, exitWith: (code: number) => void): void {
  imslab
    .command('test')
    .description('run many scenarios and sum up')
    .argument(
      '[FOLDER|FILE...]',
      'scenarios: all below a folder, a file, or the name of a shipped one (default: all shipped)',
    )
    .option('--simulated', 'only in virtual time, on a simulated network; what needs sockets is skipped')
    .option(
      '--real',
      'on loopback sockets, one after the other; what needs virtual time is skipped; with --simulated both',
    )
    .addOption(
      new Option('--topology <TOPOLOGY>', 'in place of those that the scenarios name; repeatable')
        .argParser(collect)
        .default([], 'theirs'),
    )
    .addOption(
      new Option(
        '--set <PATH=VALUE>',
        'change a key of the topology, or a parameter with params.NAME=VALUE; repeatable',
      )
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--seed <N>', "in place of the scenarios' seeds", seed)
    .option('--grep <TEXT>', 'only cases with this in their names, in any case; a whole name is that case alone')
    .option('--shard <I/N>', 'only the i-th of n parts; a case is always in the same one', shard)
    .option('--rerun-failed', 'only what failed the last time, chosen as it was then')
    .option('--parallel <N>', 'simulated cases at once (default: one for each core)', atLeastOne)
    .option('--bail', 'begin nothing more after the first failure')
    .option('--watch', 'run again when a scenario, topology or profile changes, until Ctrl-C')
    .option('--update', 'write golden traces (golden/NAME.golden beside the scenario) instead of comparing with them')
    .option('--inspect', 'run machines as XState actors, with full contexts in the trace')
    .option('--coverage', 'say which states and transitions of the machines were visited')
    .option('--coverage-min <PCT>', 'fail when less of the transitions was visited', percent)
    .option('--out <DIR>', 'test-result.json, and a folder for each failed case (default: out/<timestamp>)')
    .addOption(new Option('--keep <WHICH>', 'folders of which cases').choices(['failed', 'all']).default('failed'))
    .option('--junit <FILE>', 'JUnit XML')
    .addOption(new Option('--annotations <FOR>', 'failures as annotations of a CI system').choices(['github']))
    .option('--json', 'one JSON document on stdout, everything else on stderr')
    .addHelpText('after', TEST_HELP)
    .action(async (paths, options) => exitWith(await (await import('./test.js')).test(paths, options)));
}

const TEST_HELP = `
A case is a scenario on a topology in an environment from a seed. Without
--simulated and --real each scenario is run in virtual time, which takes no time
and gives the same result each time; one whose file says environments: [real] is
run on sockets.

Exit status: 0 all passed (also when nothing failed the last time, or a shard is
empty), 1 a case failed or the coverage is below its minimum, 2 bad usage or
nothing to run, 3 could not start, 130 interrupted. A broken scenario file is a
failed case: the others still run. Ctrl-C leaves complete files with what there
is.`;

const CHECK_HELP = `
What travels in encrypted ESP is read with Wireshark's table esp_sa in the
folder of the capture.

Exit status: 0 no finding, 1 findings, 2 bad usage or bad file. A failed
registration is told of and is no finding.`;

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
