/** Reads the files of `imslab diameter`, and says of every mistake where it stands and how to mend it. */
import { flag } from '../diameter/codec/decode.js';
import { spokenApplications } from '../diameter/dictionaries/spoken.js';
import { experimentalResultCodes, resultCodes, vendor3gpp } from '../diameter/index.js';
import {
  applicationNamed,
  applicationNames,
  avpNamed,
  avpNames,
  commandNamed,
  commandOfApplication,
  commandWords,
  type NamedApplication,
  type NamedCommand,
} from '../diameter/script/dictionary.js';
import type { ScriptIdentity, WantedResult } from '../diameter/script/standard-avps.js';
import type { Refusal } from '../diameter/script/values.js';
import { parseAvps } from '../diameter/script/written-avps.js';
import { checkMatcher, type Matcher, nearestWord, PatternError, parseFieldPath, suggest } from '../selection/index.js';
import { InputError, type Problem } from '../topology/problem.js';
import { type KeyPath, type Override, Source } from '../topology/source.js';
import { check } from '../topology/validate.js';
import {
  type AnswersWritten,
  type AnswerWritten,
  type ApplicationWritten,
  answersFile,
  type RequestsWritten,
  type RequestWritten,
  requestsFile,
} from './diameter-schema.js';
import type {
  Expectation,
  RequestScript,
  Script,
  ScriptAnswer,
  ScriptMessage,
  ScriptRequest,
} from './diameter-script.js';
import { checkable, fill, type Place, referencesOf } from './diameter-values.js';

/** Names that every request may write. */
const BUILT_IN = ['run', 'repeat'] as const;
const DEFAULT_TIMEOUT_MS = 5_000;
const ONCE = 1;
/** More near words than these help nobody. */
const SUGGESTIONS_MAX = 12;

const flagBits = { proxiable: flag.proxiable, error: flag.error, retransmitted: flag.retransmitted } as const;

/** @param overrides values that are given on the command line. Throws InputError. */
export function readRequests(file: string, overrides: readonly Override[]): RequestScript {
  const source = readSource(file, overrides);
  const result = check(requestsFile, source.value(), source);
  if ('problems' in result) throw new InputError(result.problems);
  return new FileReader(source, result.data).requests(result.data);
}

/** As `readRequests`, of a file that only answers. */
export function readAnswers(file: string, overrides: readonly Override[]): Script {
  const source = readSource(file, overrides);
  const result = check(answersFile, source.value(), source);
  if ('problems' in result) throw new InputError(result.problems);
  return new FileReader(source, result.data).answers();
}

/** An override of a value that the file neither has nor asks for would change nothing. */
function readSource(file: string, overrides: readonly Override[]): Source {
  const written = Source.read(file).value();
  const asked = referencesOf(written).map(({ name }) => name);
  const values = (written as { readonly values?: unknown } | null)?.values;
  const known = [...new Set([...(typeof values === 'object' && values !== null ? Object.keys(values) : []), ...asked])];
  const problems = overrides.flatMap(({ path, text }): Problem[] => {
    const name = String(path.at(-1));
    if (known.includes(name)) return [];
    return [{ where: `--set ${text}`, key: '', what: `${file} has no value ${name}`, mend: suggest(name, known) }];
  });
  if (problems.length > 0) throw new InputError(problems);
  return Source.read(file, overrides);
}

type Frame = Pick<AnswersWritten, 'identity' | 'applications' | 'capabilities' | 'values'> & {
  readonly answers?: readonly AnswerWritten[] | undefined;
};

/** Their commands are all known. */
const spokenIds: ReadonlySet<number> = new Set(spokenApplications.map(({ id }) => id));

class FileReader {
  readonly #problems: Problem[] = [];
  readonly #values: ReadonlyMap<string, string>;
  readonly #applications: readonly NamedApplication[];

  constructor(
    private readonly source: Source,
    private readonly frame: Frame,
  ) {
    this.#values = new Map(Object.entries(frame.values ?? {}).map(([name, value]) => [name, String(value)]));
    const written = frame.applications ?? ['Cx'];
    this.#applications = written.flatMap((one, index) => this.#application(one, ['applications', index]) ?? []);
  }

  requests(data: RequestsWritten): RequestScript {
    const known = new Set<string>([...this.#values.keys(), ...BUILT_IN]);
    const timeoutMs = data.timeout ?? DEFAULT_TIMEOUT_MS;
    const requests = data.requests.flatMap((written, index) => {
      const request = this.#request(written, ['requests', index], known, timeoutMs);
      for (const name of Object.keys(written.capture ?? {})) known.add(name);
      return request ?? [];
    });
    const script = this.#script();
    const { repeat = ONCE, concurrency = ONCE, rate } = data;
    return { ...this.#whole(script), requests, repeat, concurrency, rate };
  }

  answers(): Script {
    return this.#whole(this.#script());
  }

  #whole<TScript>(script: TScript): TScript {
    if (this.#problems.length > 0) throw new InputError(this.#problems);
    return script;
  }

  #script(): Script {
    const { capabilities = {} } = this.frame;
    const { avps, without = [], result } = capabilities;
    const resultCode = result === undefined ? undefined : this.#result(result, ['capabilities', 'result']);
    if (avps !== undefined) this.#checkAvps(avps, ['capabilities', 'avps'], new Set(this.#values.keys()));
    return {
      file: this.source.name,
      identity: this.#identity(),
      applications: this.#applications,
      capabilities: {
        avps,
        without: this.#without(without, ['capabilities', 'without']),
        result: resultCode?.code,
      },
      values: this.#values,
      answers: (this.frame.answers ?? []).flatMap((written, index) => this.#answer(written, ['answers', index]) ?? []),
    };
  }

  #identity(): ScriptIdentity {
    const { identity = {} } = this.frame;
    const realm = identity.realm ?? 'imslab.example';
    return {
      realm,
      host: identity.host ?? `tester.${realm}`,
      addresses: identity.addresses ?? [],
      vendorId: identity['vendor-id'] ?? 0,
      productName: identity['product-name'] ?? 'imslab',
      originStateId: identity['origin-state-id'],
    };
  }

  #request(
    written: RequestWritten,
    path: KeyPath,
    known: ReadonlySet<string>,
    timeoutMs: number,
  ): ScriptRequest | undefined {
    const command = this.#command(written.request, written.application, path);
    const application = this.#applicationOf(written, command, path);
    if (command !== undefined && application === undefined && written.application === undefined) {
      const names = this.#applications.map(({ name }) => name).join(' or ');
      this.#complain(
        [...path, 'request'],
        `of which application ${written.request} is cannot be told`,
        `write application: ${names === '' ? 'NAME' : names}`,
      );
    }
    const expect = this.#expectation(written.expect ?? {}, [...path, 'expect'], known);
    this.#fields(written.capture ?? {}, [...path, 'capture']);
    this.#references(written['end-to-end'], [...path, 'end-to-end'], known);
    const body = this.#body(written, path, known);
    if (command === undefined || application === undefined) return undefined;
    return {
      ...body,
      application,
      command,
      name: written.name ?? wordOf(written.request, command),
      endToEnd: written['end-to-end'],
      pauseMs: written.pause ?? 0,
      repeat: written.repeat ?? ONCE,
      timeoutMs: written.timeout ?? timeoutMs,
      expect,
      capture: written.capture ?? {},
    };
  }

  #answer(written: AnswerWritten, path: KeyPath): ScriptAnswer | undefined {
    const command =
      written.request === undefined ? undefined : this.#command(written.request, written.application, path);
    const application = this.#applicationOf(written, command, path);
    this.#matchers(written.where ?? {}, [...path, 'where'], new Set());
    const result = this.#result(written.result ?? 2001, [...path, 'result']);
    const does = (['drop', 'disconnect'] as const).filter((key) => written[key] === true);
    if (does.length > 1) this.#complain([...path, does[1]!], 'stands beside drop', 'keep one of the two', 'key');
    return {
      ...this.#body(written, path, undefined),
      application,
      command,
      name: written.name ?? (written.request === undefined ? 'any' : wordOf(written.request, command)),
      where: written.where ?? {},
      times: written.times ?? Number.POSITIVE_INFINITY,
      result: result ?? { code: 2001, vendor: undefined },
      delayMs: written.delay ?? 0,
      drop: written.drop ?? false,
      disconnect: written.disconnect ?? false,
    };
  }

  /** @param known names that stand for values; undefined in answers, where each path of the request is one. */
  #body(
    written: Pick<RequestWritten, 'flags' | 'avps' | 'without' | 'defaults'>,
    path: KeyPath,
    known: ReadonlySet<string> | undefined,
  ): Omit<ScriptMessage, 'application'> {
    const { flags, avps = {}, without = [], defaults = true } = written;
    this.#checkAvps(avps, [...path, 'avps'], known);
    return {
      flags: flags?.reduce((bits, name) => bits | flagBits[name], 0),
      avps,
      without: this.#without(without, [...path, 'without']),
      defaults,
    };
  }

  #checkAvps(written: unknown, path: KeyPath, known: ReadonlySet<string> | undefined): void {
    this.#references(written, path, known);
    const isGiven = (name: string) => this.#values.has(name);
    const checked = fill(checkable(written, isGiven), (name) => this.#values.get(name));
    parseAvps(checked, path, (at, refusal, side) => this.#refuse(at, refusal, side));
  }

  #references(written: unknown, path: KeyPath, known: ReadonlySet<string> | undefined): void {
    for (const { name, path: at } of referencesOf(written, path as Place)) {
      if (known?.has(name) ?? this.#values.has(name)) continue;
      if (known === undefined) this.#path(name, at);
      else this.#complain(at, `nothing is called \${${name}}`, suggest(name, [...known]));
    }
  }

  #without(without: readonly string[], path: KeyPath): ReadonlySet<string> {
    return new Set(
      without.flatMap((name, index) => {
        const avp = avpNamed(name);
        if (avp !== undefined) return [`${avp.vendor}:${avp.code}`];
        this.#complain(
          [...path, index],
          `there is no AVP ${name}`,
          nearby(name, avpNames(), 'write its name as in the dictionary'),
        );
        return [];
      }),
    );
  }

  #expectation(written: NonNullable<RequestWritten['expect']>, path: KeyPath, known: ReadonlySet<string>): Expectation {
    const { result, avps = {}, absent = [], within, answer = true } = written;
    for (const [index, word] of (result ?? []).entries()) this.#resultWord(word, [...path, 'result', index], known);
    this.#matchers(avps, [...path, 'avps'], known);
    for (const [index, name] of absent.entries()) this.#path(name, [...path, 'absent', index]);
    if (!answer && (result !== undefined || Object.keys(avps).length > 0 || absent.length > 0)) {
      this.#complain(
        [...path, 'answer'],
        'no answer can be what stands beside it',
        'remove the one or the other',
        'key',
      );
    }
    return { results: result?.map(withoutPrefix), avps, absent, withinMs: within, answer };
  }

  #resultWord(word: string, path: KeyPath, known: ReadonlySet<string>): void {
    this.#references(word, path, known);
    if (/^(\d+|[1-5]xxx|\$\{.*\})$/.test(word)) return;
    if (resultNames.includes(withoutPrefix(word))) return;
    this.#complain(path, `there is no result ${word}`, nearby(withoutPrefix(word), resultNames, 'write its code'));
  }

  #result(
    written: string | number | { code: number; vendor?: number | undefined },
    path: KeyPath,
  ): WantedResult | undefined {
    if (typeof written === 'object') return { code: written.code, vendor: written.vendor ?? vendor3gpp };
    if (typeof written === 'number' || /^\d+$/.test(written)) return { code: Number(written), vendor: undefined };
    const word = withoutPrefix(written);
    const plainCode = codeOf(resultCodes, word);
    if (plainCode !== undefined) return { code: plainCode, vendor: undefined };
    const code = codeOf(experimentalResultCodes, word);
    if (code !== undefined) return { code, vendor: vendor3gpp };
    this.#complain(path, `there is no result ${written}`, nearby(word, resultNames, 'write its code'));
    return undefined;
  }

  #matchers(fields: Readonly<Record<string, Matcher>>, path: KeyPath, known: ReadonlySet<string>): void {
    this.#fields(Object.fromEntries(Object.keys(fields).map((key) => [key, key])), path, 'key');
    for (const [key, matcher] of Object.entries(fields)) {
      this.#references(matcher, [...path, key], known);
      this.#pattern([...path, key], 'value', () => checkMatcher(matcher));
    }
  }

  #fields(fields: Readonly<Record<string, string>>, path: KeyPath, at: 'key' | 'value' = 'value'): void {
    for (const [key, field] of Object.entries(fields)) this.#path(field, [...path, key], at);
  }

  #path(field: string, path: KeyPath, at: 'key' | 'value' = 'value'): void {
    this.#pattern(path, at, () => parseFieldPath(field, 'diameter'));
  }

  #pattern(path: KeyPath, at: 'key' | 'value', read: () => unknown): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      this.#complain(path, error.what, error.mend, at);
    }
  }

  #command(
    written: string | number,
    application: ApplicationWritten | undefined,
    path: KeyPath,
  ): NamedCommand | undefined {
    const given = application === undefined ? undefined : this.#lookUp(application)?.id;
    const offered = this.#applications.map(({ id }) => id);
    // The command as one of the file's applications has it, else as whoever has it.
    const found = given !== undefined ? commandNamed(written, given) : offeredCommand(written, offered);
    if (found !== undefined) return found;
    this.#complain(
      [...path, 'request'],
      `there is no command ${written}`,
      nearby(String(written), commandWords(), 'write its name or its code'),
    );
    return undefined;
  }

  /** Undefined where several of the file's applications may have the command, and of an answer to any command. */
  #applicationOf(
    written: Pick<AnswerWritten, 'request' | 'application'>,
    command: NamedCommand | undefined,
    path: KeyPath,
  ): NamedApplication | undefined {
    if (written.application !== undefined) return this.#application(written.application, [...path, 'application']);
    if (command === undefined) return undefined;
    const own = command.application;
    if (own !== undefined) return this.#applications.find(({ id }) => id === own) ?? applicationNamed(own);
    if (this.#applications.length === 1) return this.#applications[0];
    // Of a name it is known who has no such command; a code may be meant for those, too.
    const isCode = /^\d+$/.test(String(written.request));
    const candidates = this.#applications.filter(({ id }) => isCode || !spokenIds.has(id));
    return candidates.length === 1 ? candidates[0] : undefined;
  }

  #application(written: ApplicationWritten, path: KeyPath): NamedApplication | undefined {
    const found = this.#lookUp(written);
    if (found === undefined) {
      this.#complain(
        path,
        `there is no application ${String(written)}`,
        nearby(String(written), applicationNames(), 'write its number, or { id, vendor }'),
      );
    }
    return found;
  }

  #lookUp(written: ApplicationWritten): NamedApplication | undefined {
    if (typeof written !== 'object') return applicationNamed(written);
    const { id, vendor = 0, accounting = false } = written;
    return { id, vendor, name: applicationNamed(id)?.name ?? String(id), isAccounting: accounting };
  }

  #refuse(path: Place, { what, mend, known, word }: Refusal, at?: 'key' | 'value'): void {
    this.#complain(path, what, known.length === 0 ? mend : nearby(word, known, mend), at);
  }

  #complain(path: KeyPath, what: string, mend: string, at?: 'key' | 'value'): void {
    this.#problems.push(this.source.problem(path, what, mend, at));
  }
}

const resultNames: readonly string[] = [...Object.values(resultCodes), ...Object.values(experimentalResultCodes)];

/** The specifications write DIAMETER_ before each. */
function withoutPrefix(word: string): string {
  return word.replace(/^DIAMETER_/, '');
}

function codeOf(names: Readonly<Record<number, string>>, word: string): number | undefined {
  const found = Object.entries(names).find(([, name]) => name === word);
  return found === undefined ? undefined : Number(found[0]);
}

function offeredCommand(written: string | number, offered: readonly number[]): NamedCommand | undefined {
  const found = offered.map((id) => commandOfApplication(written, id)).find((one) => one !== undefined);
  return found ?? commandNamed(written);
}

function wordOf(written: string | number, command: NamedCommand | undefined): string {
  return typeof written === 'string' ? written : (command?.name ?? String(written));
}

/** The nearest right word, or few ones, or what else to do. */
function nearby(word: string, known: readonly string[], otherwise: string): string {
  const nearest = nearestWord(word, known);
  if (nearest !== undefined) return `did you mean '${nearest}'?`;
  return known.length > 0 && known.length <= SUGGESTIONS_MAX ? `use one of ${known.join(', ')}` : otherwise;
}
