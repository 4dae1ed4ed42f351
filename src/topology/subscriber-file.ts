/** A file of subscribers, YAML or CSV, and the CSV file that a YAML file names. */
import { dirname, resolve } from 'node:path';
import { suggest } from '../selection/nearest-word.js';
import { InputError, type Problem } from './problem.js';
import { type KeyPath, Source } from './source.js';
import { csvLines, type PlacedLine } from './subscriber-csv.js';
import { type SubscriberFile, subscriberFile } from './subscriber-schema.js';
import { SubscriberLines, type SubscriberSet, SubscriberSetBuilder } from './subscribers.js';
import { read } from './validate.js';

export interface OpenSubscriberFile {
  /** What the file says for all of its lines. */
  readonly lines: SubscriberLines;
  /** One after the other, or what is wrong with it. */
  read(): Iterable<PlacedLine | readonly Problem[]>;
}

/** Throws InputError for what is wrong with the file as a whole. */
export function openSubscriberFile(file: string, home: string): OpenSubscriberFile {
  if (/\.csv$/i.test(file)) {
    const source = Source.parse('{}', file);
    return { lines: new SubscriberLines({}, source, home), read: () => csvLines(file) };
  }
  return openSubscriberYaml(Source.read(file), file, home);
}

/** @param file path of the source */
export function openSubscriberYaml(source: Source, file: string, home: string): OpenSubscriberFile {
  const data = read(subscriberFile, source);
  return { lines: new SubscriberLines(data, source, home), read: () => yamlLines(file, data, source) };
}

function* yamlLines(
  file: string,
  { subscribers = [], csv }: SubscriberFile,
  source: Source,
): Generator<PlacedLine | readonly Problem[]> {
  for (const [index, input] of subscribers.entries()) {
    yield { input, positions: source, path: ['subscribers', index] };
  }
  if (csv !== undefined) yield* csvLines(resolve(dirname(file), csv));
}

/** All of a file, as `toSubscribers`. `servers`: the application servers of the topology; any name will do where there are none. */
export function readSubscribers(file: string, home: string, servers: readonly string[] = []): SubscriberSet {
  if (/\.csv$/i.test(file) || servers.length === 0) return toSubscribers(openSubscriberFile(file, home));
  const source = Source.read(file);
  const problems = foreignServers(read(subscriberFile, source), source, servers);
  if (problems.length > 0) throw new InputError(problems);
  return toSubscribers(openSubscriberYaml(source, file, home));
}

/** Names that are no application server's. */
function foreignServers(
  { services = {}, subscribers = [] }: SubscriberFile,
  source: Source,
  servers: readonly string[],
): readonly Problem[] {
  const check = (name: string | undefined, path: KeyPath): readonly Problem[] => {
    if (name === undefined || name.includes(':') || servers.includes(name)) return [];
    const what = `there is no application server '${name}' in the topology`;
    return [source.problem(path, what, `${suggest(name, servers)}; of one that is no node write the SIP URI`)];
  };
  return [
    ...Object.entries(services).flatMap(([name, service]) => check(service.as, ['services', name, 'as'])),
    ...subscribers.flatMap(({ identities = [] }, index) =>
      identities.flatMap((each, at) => check(each['direct-to'], ['subscribers', index, 'identities', at, 'direct-to'])),
    ),
  ];
}

/** Throws InputError with every problem. */
export function toSubscribers({ lines, read }: OpenSubscriberFile): SubscriberSet {
  const set = new SubscriberSetBuilder();
  for (const line of read()) {
    if ('input' in line) set.add(lines, line.input, line.positions, line.path);
    else set.blame(line);
  }
  return set.built(lines.services);
}
