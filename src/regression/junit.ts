/**
 * The outcome of a suite as JUnit XML, as Jenkins' xUnit plugin (junit-10.xsd) and the readers of GitLab and others take
 * it: a suite for each file of scenarios, a test case for each case. What failed beside cases is a suite of its own.
 */
import { XMLBuilder } from 'fast-xml-parser';
import { type CaseResult, hasFailed, type TestCase, wasSkipped } from './case.js';
import type { Shortfall } from './shortfall.js';

/** What is told of a case. */
export interface JunitCase
  extends Pick<CaseResult, 'end' | 'sentence' | 'explanation' | 'where' | 'durationMs' | 'folder'> {
  readonly case: Pick<TestCase, 'name' | 'file'>;
}

export interface JunitResults {
  readonly results: readonly JunitCase[];
  /** Of the wall clock, ms. */
  readonly durationMs: number;
  readonly shortfalls: readonly Shortfall[];
}

/** Attributes have `@` before their names, text is `#text`, as the builder wants it. */
type Element = Readonly<Record<string, unknown>>;

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  format: true,
  suppressEmptyNode: true,
});

/** XML 1.0 2.2: no other characters, however they are written. */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** @param startedAt milliseconds since the Unix epoch */
export function junitXml({ results, durationMs, shortfalls }: JunitResults, startedAt: number): string {
  const files = new Map<string, JunitCase[]>();
  for (const result of results) {
    const { file } = result.case;
    files.set(file, [...(files.get(file) ?? []), result]);
  }
  const suites = [...files].map(([file, cases]) => suite(file, cases, startedAt));
  if (shortfalls.length > 0) suites.push(wholeSuite(shortfalls, startedAt));
  const document = {
    testsuites: {
      '@name': 'imslab',
      '@tests': String(results.length + shortfalls.length),
      '@failures': String(results.filter(isFailure).length + shortfalls.length),
      '@errors': String(results.filter(isError).length),
      '@time': seconds(durationMs),
      ...(suites.length > 0 && { testsuite: suites }),
    },
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(document)}`;
}

function suite(file: string, cases: readonly JunitCase[], startedAt: number): Element {
  return {
    '@name': text(file),
    '@tests': String(cases.length),
    '@failures': String(cases.filter(isFailure).length),
    '@errors': String(cases.filter(isError).length),
    '@skipped': String(cases.filter(wasSkipped).length),
    '@time': seconds(cases.reduce((sum, { durationMs }) => sum + durationMs, 0)),
    '@timestamp': timestamp(startedAt),
    testcase: cases.map((result) => testCase(file, result)),
  };
}

function wholeSuite(shortfalls: readonly Shortfall[], startedAt: number): Element {
  const count = String(shortfalls.length);
  return {
    '@name': 'imslab test',
    '@tests': count,
    '@failures': count,
    '@errors': '0',
    '@skipped': '0',
    '@time': seconds(0),
    '@timestamp': timestamp(startedAt),
    testcase: shortfalls.map(({ what, sentence }) => ({
      '@name': what,
      '@classname': 'imslab test',
      '@time': seconds(0),
      failure: { '@message': oneLine(sentence), '@type': what, '#text': text(sentence) },
    })),
  };
}

function timestamp(startedAt: number): string {
  return new Date(startedAt).toISOString().slice(0, 19);
}

function testCase(file: string, result: JunitCase): Element {
  const { end, sentence, durationMs } = result;
  const common = {
    '@name': text(result.case.name),
    // Jenkins groups by what is before the last dot.
    '@classname': text(
      file
        .replace(/\.ya?ml$/, '')
        .replaceAll('.', '_')
        .replace(/[\\/]/g, '.'),
    ),
    '@time': seconds(durationMs),
  };
  if (end === 'passed') return common;
  if (wasSkipped(result)) return { ...common, skipped: { '@message': oneLine(sentence) } };
  const why = { '@message': oneLine(sentence), '@type': end, '#text': text(details(result)) };
  return { ...common, [isError(result) ? 'error' : 'failure']: why };
}

function details({ sentence, explanation, where, folder }: JunitCase): string {
  const lines = [sentence, ...explanation];
  if (where !== undefined) lines.push(`at ${where}`);
  if (folder !== undefined) lines.push(`files in ${folder}`);
  return lines.join('\n');
}

/** The scenario was played and what it proves is not so; otherwise it could not be played. */
function isFailure({ end }: Pick<CaseResult, 'end'>): boolean {
  return end === 'failed' || end === 'golden';
}

function isError(result: JunitCase): boolean {
  return hasFailed(result) && !isFailure(result);
}

/** xs:string of the digits that SUREFIRE_TIME allows: three before the point and no thousands without a comma. */
function seconds(ms: number): string {
  const [whole = '0', part = '000'] = (Math.max(ms, 0) / 1000).toFixed(3).split('.');
  return `${whole.replace(/\B(?=(?:\d{3})+$)/g, ',')}.${part}`;
}

function text(value: string): string {
  return value.replace(FORBIDDEN, '\uFFFD');
}

function oneLine(value: string): string {
  return text(value).replace(/\s+/g, ' ');
}
