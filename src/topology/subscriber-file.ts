/** A file of subscribers, YAML or CSV, and the CSV file that a YAML file names. */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { suggest } from '../selection/nearest-word.js';
import { listedSubscribers, readHead } from './large-subscriber-file.js';
import type { Problem } from './problem.js';
import { type KeyPath, type Positions, SIZE_MAX, Source } from './source.js';
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

/**
 * Throws InputError for what is wrong with the file as a whole.
 *
 * @param servers the application servers of the topology; any name will do where there are none
 */
export function openSubscriberFile(file: string, home: string, servers: readonly string[] = []): OpenSubscriberFile {
  if (/\.csv$/i.test(file)) {
    const source = Source.parse('{}', file);
    return { lines: new SubscriberLines({}, source, home), read: () => csvLines(file) };
  }
  const isLarge = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > SIZE_MAX;
  if (!isLarge) return openSubscriberYaml(Source.read(file), file, home, servers);
  return openSubscriberYaml(readHead(file), file, home, servers, () => listedSubscribers(file));
}

/**
 * @param file path of the source
 * @param listed those that the source has not
 */
export function openSubscriberYaml(
  source: Source,
  file: string,
  home: string,
  servers: readonly string[] = [],
  listed: () => Iterable<PlacedLine | readonly Problem[]> = () => [],
): OpenSubscriberFile {
  const data = read(subscriberFile, source);
  const names = new ServerNames(servers);
  return {
    lines: new SubscriberLines(data, source, home),
    *read() {
      const ofServices = names.inServices(data.services, source);
      if (ofServices.length > 0) yield ofServices;
      yield* names.checkLines(yamlLines(data, source));
      yield* names.checkLines(listed());
      if (data.csv !== undefined) yield* csvLines(resolve(dirname(file), data.csv));
    },
  };
}

function* yamlLines({ subscribers = [] }: SubscriberFile, positions: Source): Generator<PlacedLine> {
  for (const [index, input] of subscribers.entries()) yield { input, positions, path: ['subscribers', index] };
}

/** All of a file, as `toSubscribers`; `servers` as above. */
export function readSubscribers(file: string, home: string, servers: readonly string[] = []): SubscriberSet {
  return toSubscribers(openSubscriberFile(file, home, servers));
}

/** Names of application servers that the topology has not. */
class ServerNames {
  constructor(private readonly known: readonly string[]) {}

  inServices(services: SubscriberFile['services'] = {}, source: Positions): readonly Problem[] {
    return Object.entries(services).flatMap(
      ([name, { as }]) => this.#problem(as, source, ['services', name, 'as']) ?? [],
    );
  }

  *checkLines(lines: Iterable<PlacedLine | readonly Problem[]>): Generator<PlacedLine | readonly Problem[]> {
    for (const line of lines) {
      const problems = 'input' in line ? this.#inLine(line) : [];
      yield problems.length > 0 ? problems : line;
    }
  }

  #inLine({ input: { identities = [] }, positions, path }: PlacedLine): readonly Problem[] {
    return identities.flatMap(
      (each, at) => this.#problem(each['direct-to'], positions, [...path, 'identities', at, 'direct-to']) ?? [],
    );
  }

  #problem(name: string | undefined, source: Positions, path: KeyPath): Problem | undefined {
    if (name === undefined || this.known.length === 0 || name.includes(':') || this.known.includes(name))
      return undefined;
    const what = `there is no application server '${name}' in the topology`;
    return source.problem(path, what, `${suggest(name, this.known)}; of one that is no node write the SIP URI`);
  }
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
