/** The files of `imslab diameter` as they are played: every name looked up. */
import type { NamedApplication, NamedCommand } from '../diameter/script/dictionary.js';
import type { ScriptIdentity, WantedResult } from '../diameter/script/standard-avps.js';
import type { Matcher } from '../selection/index.js';

export interface ScriptMessage {
  readonly application: NamedApplication;
  /** As flag bits, without that of requests; undefined: those of the command. */
  readonly flags: number | undefined;
  /** As the file has them. */
  readonly avps: unknown;
  /** AVPs that are not to be put in, by `vendor:code`. */
  readonly without: ReadonlySet<string>;
  readonly defaults: boolean;
}

export interface Expectation {
  /** Words of which one must be the result; undefined: a success. */
  readonly results: readonly string[] | undefined;
  readonly avps: Readonly<Record<string, Matcher>>;
  readonly absent: readonly string[];
  readonly withinMs: number | undefined;
  /** False: silence. */
  readonly answer: boolean;
}

export interface ScriptRequest extends ScriptMessage {
  readonly name: string;
  readonly command: NamedCommand;
  readonly endToEnd: string | undefined;
  readonly pauseMs: number;
  readonly repeat: number;
  readonly timeoutMs: number;
  readonly expect: Expectation;
  readonly capture: Readonly<Record<string, string>>;
}

export interface ScriptAnswer extends Omit<ScriptMessage, 'application'> {
  readonly name: string;
  /** Undefined: any. */
  readonly command: NamedCommand | undefined;
  readonly application: NamedApplication | undefined;
  readonly where: Readonly<Record<string, Matcher>>;
  readonly times: number;
  readonly result: WantedResult;
  readonly delayMs: number;
  readonly drop: boolean;
  readonly disconnect: boolean;
}

export interface Script {
  /** As it is shown in messages. */
  readonly file: string;
  /** Addresses may be empty: then that of the connection is meant. */
  readonly identity: ScriptIdentity;
  readonly applications: readonly NamedApplication[];
  readonly capabilities: {
    readonly avps: unknown;
    readonly without: ReadonlySet<string>;
    /** Undefined: 2001. */
    readonly result: number | undefined;
  };
  readonly values: ReadonlyMap<string, string>;
  readonly answers: readonly ScriptAnswer[];
}

export interface RequestScript extends Script {
  readonly requests: readonly ScriptRequest[];
  readonly repeat: number;
  readonly concurrency: number;
  /** Requests a second; undefined: as fast as the answers come. */
  readonly rate: number | undefined;
}
