/** `imslab diameter`: its subcommands and their options. */
import { type Command, InvalidArgumentError, Option } from 'commander';

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

function whole(max: number) {
  return (value: string): number => {
    if (!/^[1-9]\d{0,8}$/.test(value) || Number(value) > max) {
      throw new InvalidArgumentError(`It is a whole number from 1 to ${max}.`);
    }
    return Number(value);
  };
}

function rate(value: string): number {
  if (!/^\d+(\.\d+)?$/.test(value) || Number(value) <= 0 || Number(value) > 1_000_000) {
    throw new InvalidArgumentError('It is a number of requests a second, up to 1000000.');
  }
  return Number(value);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 };

function duration(value: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|min|h)$/.exec(value) ?? [];
  if (number === undefined) throw new InvalidArgumentError('It is a number and a unit: 500ms, 10s, 5min, 1h.');
  return Number(number) * UNITS[unit!]!;
}

function shared(command: Command): Command {
  return command
    .addOption(
      new Option('--set <NAME=VALUE>', 'change a value of the file, written there as ${NAME}; repeatable')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--out <DIR>', 'write capture.pcapng, trace.jsonl, ladder.md and result.json there')
    .option('--json', 'one JSON document on stdout, everything else on stderr');
}

export function addDiameter(imslab: Command, exitWith: (code: number) => void): Command {
  const diameter = imslab
    .command('diameter')
    .description('play Diameter messages from a file, as a client or a server');

  shared(
    diameter
      .command('send')
      .description('send the requests of a file, judge the answers, report latency')
      .argument('<FILE>', 'requests (docs/guide/diameter.md)')
      .requiredOption('--to <HOST:PORT>', 'who gets them; port 3868 where none is given')
      .option('--from <ADDRESS[:PORT]>', 'the address of our end (default: any that reaches it)')
      .option('--repeat <N>', "how often the list is played, in place of the file's", whole(10_000_000))
      .option('--rate <N>', "requests a second at most, in place of the file's", rate)
      .option('--concurrency <N>', "plays of the list under way at once, in place of the file's", whole(10_000)),
  )
    .addHelpText(
      'after',
      '\nExit status: 0 all answers as expected, 1 one was not or did not come,\n2 bad usage or bad file, 3 no connection, 130 interrupted.',
    )
    .action(async (file, options) => exitWith(await (await import('./diameter-send.js')).send(file, options)));

  shared(
    diameter
      .command('serve')
      .description('answer requests as a file says, until Ctrl-C')
      .argument('<FILE>', 'answers (docs/guide/diameter.md)')
      .requiredOption('--listen <ADDRESS:PORT>', 'where; port 3868 where none is given')
      .option('--count <N>', 'end after so many requests', whole(100_000_000))
      .option('--for <DURATION>', 'end after this time, such as 30s', duration),
  )
    .addHelpText(
      'after',
      '\nExit status: 0 ended as asked, 1 an answer could not be made, 2 bad usage or bad\nfile, 3 could not listen.',
    )
    .action(async (file, options) => exitWith(await (await import('./diameter-serve.js')).serve(file, options)));

  return diameter;
}
