/** `imslab ladder`: the ladder of a run that is over, or of a capture of whatever network. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Role } from '../conformance/index.js';
import { UsageError } from '../lab/errors.js';
import { RESULT_FILE, readResultFile } from '../regression/index.js';
import { type FileRecord, LADDER_ORDER, readTrace, renderLadder, TraceReadError } from '../trace/index.js';
import { isCapture, type ReadCapture, readCapture } from './capture-file.js';
import { EXIT_PASSED } from './exit.js';
import { openTerminal } from './terminal.js';

/** What a run leaves its trace in. */
const TRACE = 'trace.jsonl';
/** Cases of a suite that an error lists. */
const CASES_SHOWN = 20;

/** @param given a trace.jsonl, a capture, or a folder with a trace; of a suite, the folder of all where one case has failed */
export async function ladder(given: string): Promise<number> {
  const isFolder = statSync(given, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const file = isFolder ? traceIn(given) : given;
  if (!existsSync(file) && file !== '-')
    throw new UsageError(
      `${file}: there is no such file; give the trace.jsonl of a run, such as out/latest/trace.jsonl, or a capture`,
    );
  return isCapture(file) ? ofCapture(readCapture(file)) : ofTrace(read(file));
}

function ofTrace(records: readonly FileRecord[]): number {
  draw(records, participants(records));
  return EXIT_PASSED;
}

/** Where nodes have names of our own, who they are stands below. */
function ofCapture({ file, records, nodes, shortcomings }: ReadCapture): number {
  if (records.length === 0) throw new UsageError(`${file}: ${shortcomings.join('; ')}`);
  draw(
    records,
    ladderColumns.flatMap((role) => nodes.filter((node) => node.role === role).map(({ name }) => name)),
  );
  for (const { name, addresses } of nodes)
    if (addresses[0] !== name) console.error(`${name} is ${addresses.join(', ')}`);
  for (const shortcoming of shortcomings) console.error(`${file}: ${shortcoming}`);
  return EXIT_PASSED;
}

/** In the order in which messages pass. */
const ladderColumns: readonly Role[] = ['ue', 'p-cscf', 'i-cscf', 's-cscf', 'as', 'hss'];

function draw(records: readonly FileRecord[], order: readonly string[]): void {
  const { width, colours } = openTerminal(false);
  process.stdout.write(renderLadder(records, order, { width, colours }));
}

function traceIn(folder: string): string {
  const file = join(folder, TRACE);
  if (existsSync(file) || !existsSync(join(folder, RESULT_FILE))) return file;
  const cases = casesOf(folder);
  if (cases.length === 0)
    throw new UsageError(
      `${folder}: is of a suite, and no case has left a trace there; imslab test --keep all keeps those that passed, too`,
    );
  const failed = cases.filter(({ hasFailed }) => hasFailed);
  const [only, another] = failed.length > 0 ? failed : cases;
  if (another === undefined) {
    console.error(`${folder} is of a suite: this is ${only!.folder}`);
    return join(only!.folder, TRACE);
  }
  const shown = [...failed, ...cases.filter(({ hasFailed }) => !hasFailed)];
  const lines = shown
    .slice(0, CASES_SHOWN)
    .map((each) => `\n  imslab ladder ${each.folder}${each.hasFailed ? '  (failed)' : ''}`);
  const more = shown.length > CASES_SHOWN ? `\n  … and ${shown.length - CASES_SHOWN} more` : '';
  throw new UsageError(`${folder}: is of a suite, and a ladder is of one case. Take one of${lines.join('')}${more}`);
}

interface CaseFolder {
  readonly folder: string;
  readonly hasFailed: boolean;
}

/** The folders in which cases have left a trace, wherever the suite's folder is by now. */
function casesOf(folder: string): readonly CaseFolder[] {
  const failed = new Set(
    readResultFile(join(folder, RESULT_FILE)).cases.flatMap(({ status, folder: at }) =>
      status === 'failed' && at !== undefined ? [basename(at)] : [],
    ),
  );
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, TRACE)))
    .map((name) => ({ folder: join(folder, name), hasFailed: failed.has(name) }));
}

function read(file: string): readonly FileRecord[] {
  try {
    const text = readFileSync(file, 'utf8');
    if (text === '') throw new UsageError(`${file}: is empty; give the trace.jsonl that a run has written`);
    const records = readTrace(text);
    if (!text.endsWith('\n')) console.error(`${file}: its last line is unfinished, the ladder ends before it`);
    return records;
  } catch (error) {
    if (!(error instanceof TraceReadError)) throw error;
    throw new UsageError(`${file}: ${error.message}; give the trace.jsonl that a run has written`);
  }
}

/** In the order of the live ladder, which the trace begins with; then in which they appear. */
function participants(records: readonly FileRecord[]): readonly string[] {
  const names = new Set<string>();
  for (const record of records) {
    if (record.kind === 'note' && record.what === LADDER_ORDER) {
      for (const name of record.text.split(', ')) names.add(name);
    } else if (record.kind === 'message') {
      names.add(record.fromNode);
      names.add(record.toNode);
    }
  }
  const seen = new Set(
    records.flatMap((record) => (record.kind === 'message' ? [record.fromNode, record.toNode] : [])),
  );
  return [...names].filter((name) => seen.has(name));
}
