/** Failures as workflow commands: GitHub shows each beside the line of the file. */
import { isAbsolute, sep } from 'node:path';
import { type CaseResult, hasFailed } from './case.js';
import type { SuiteResult } from './suite.js';

/** `::error file=…,line=…,title=…::…`, a line a failed case; what failed beside cases has no file. */
export function githubAnnotations({
  results,
  shortfalls,
}: Pick<SuiteResult, 'results' | 'shortfalls'>): readonly string[] {
  const suite = shortfalls.map(({ sentence }) => `::error title=imslab test::${data(sentence)}`);
  return [...results.filter(hasFailed).map(annotation), ...suite];
}

function annotation(result: CaseResult): string {
  const place = placeOf(result);
  const properties = [
    `file=${property(place.file)}`,
    ...(place.line === undefined ? [] : [`line=${place.line}`]),
    ...(place.column === undefined ? [] : [`col=${place.column}`]),
    `title=${property(result.case.name)}`,
  ];
  return `::error ${properties.join(',')}::${data([result.sentence, ...result.explanation].join('\n'))}`;
}

interface Place {
  readonly file: string;
  readonly line: string | undefined;
  readonly column: string | undefined;
}

/** `profiles/scenarios/loss.yaml:12:5`; the scenario's file where an option or another file is at fault. */
function placeOf({ where, case: { file } }: CaseResult): Place {
  const [, name, line, column] = /^(.+?):(\d+)(?::(\d+))?$/.exec(where ?? '') ?? [];
  if (name === undefined) return { file: slashed(file), line: undefined, column: undefined };
  return { file: slashed(name), line, column };
}

/** GitHub wants it from the root of the checkout, where the suite is run. */
function slashed(file: string): string {
  return isAbsolute(file) ? file : file.split(sep).join('/');
}

/** The runner reads line by line and undoes these three. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** In properties also what separates them. */
function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
