/** The page of a run: its parts as HTML, its style and the few lines of script that open a message. */
import { escaped, escapedLines } from './markup.js';
import type { RunSummary } from './run-summary.js';

export interface ReportedMessage {
  readonly id: number;
  /** Seconds since the run began. */
  readonly after: string;
  /** `ue1 → pcscf1` */
  readonly ends: string;
  readonly summary: string;
  /** Where a specification says what the receiver does with it; empty where none is known. */
  readonly clause: string;
  readonly remarks: readonly string[];
  readonly isLost: boolean;
  /** Decoded, in lines. */
  readonly text: string;
}

export interface PathOfMachine {
  readonly node: string;
  readonly machine: string;
  readonly actor: string;
  /** The state that it began in. */
  readonly from: string;
  readonly steps: readonly { readonly event: string; readonly to: string }[];
  /** Steps that came after these. */
  readonly omittedCount: number;
}

export interface ReportParts {
  readonly summary: RunSummary;
  readonly ladder: { readonly head: string; readonly body: string };
  readonly messageLink: (id: number) => string | undefined;
  readonly messages: readonly ReportedMessage[];
  readonly omittedMessages: number;
  readonly paths: readonly PathOfMachine[];
  /** Whether instances came after these. */
  readonly hasMorePaths: boolean;
}

const STYLE = `
:root{color-scheme:light dark;--line:#d5d9e0;--soft:#f4f6f9;--good:#1c7c3c;--bad:#b3261e;--dim:#667085}
@media (prefers-color-scheme:dark){:root{--line:#363d49;--soft:#1d2129;--good:#6fcf8b;--bad:#ff8a80;--dim:#98a2b3}body{background:#14171d;color:#dfe3ea}}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:1400px;padding:1.5rem}
h1{font-size:1.35rem;margin:.2rem 0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.verdict{font-weight:bold;letter-spacing:.05em}.passed{color:var(--good)}.failed{color:var(--bad)}.dim{color:var(--dim)}
table{border-collapse:collapse}td,th{border-bottom:1px solid var(--line);padding:.25rem .6rem;text-align:left;vertical-align:top}
pre{background:var(--soft);padding:.8rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}td .dim,.path{overflow-wrap:anywhere}code,pre,summary,.path{font:12.5px/1.5 ui-monospace,Menlo,Consolas,monospace}
.scroll{border:1px solid var(--line);max-height:80vh;overflow:auto}.scroll>div{position:sticky;top:0;z-index:1;width:max-content}.scroll svg{display:block}
details{border-bottom:1px solid var(--line)}summary{cursor:pointer;padding:.25rem 0;display:grid;grid-template-columns:4rem 6rem 15rem minmax(0,1fr) 15rem;gap:.5rem;overflow-wrap:anywhere}
@media (max-width:900px){summary{display:flex;flex-wrap:wrap;gap:0 1rem}}
summary:hover,:target>summary{background:var(--soft)}.lost{text-decoration:line-through}nav a{margin-right:1rem}
input{font:inherit;padding:.3rem .6rem;width:22rem;max-width:100%}`;

/** Opens the message that an arrow or a finding leads to, and shows only those that have what is typed. */
const SCRIPT = `
const open=()=>{const found=location.hash&&document.getElementById(location.hash.slice(1));if(found)found.open=true};
addEventListener('hashchange',open);open();
document.getElementById('find').addEventListener('input',({target})=>{const wanted=target.value.toLowerCase();
for(const each of document.querySelectorAll('details'))each.hidden=!each.textContent.toLowerCase().includes(wanted)});`;

export function reportPage(parts: ReportParts): string {
  const { summary, ladder, messages, paths } = parts;
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(summary.title)}</title>`;
  return [
    `<!doctype html>\n<html lang="en"><head>${head}<style>${STYLE}</style></head><body>`,
    header(summary),
    ...told(parts),
    `<h2 id="ladder">Ladder</h2><p class="dim">An arrow leads to its message.</p><div class="scroll"><div>${ladder.head}</div>${ladder.body}</div>`,
    `<h2 id="messages">Messages</h2><p><input id="find" type="search" placeholder="show those that have …" aria-label="Show messages that have"></p>`,
    ...messages.map(messageDetails),
    parts.omittedMessages === 0 ? '' : more(`${parts.omittedMessages} more; capture.pcapng has them all`),
    '<h2 id="machines">Machines</h2>',
    table(['node', 'machine', 'path'], paths.map(pathRow)),
    parts.hasMorePaths ? more('others; trace.jsonl has them all') : '',
    `<script>${SCRIPT}</script></body></html>\n`,
  ].join('\n');
}

function header({ title, verdict, sentence, explanation, remarks }: RunSummary): string {
  const word = verdict === undefined ? '' : `<p class="verdict ${verdict}">${verdict.toUpperCase()}</p>`;
  const why = explanation.length === 0 ? '' : `<pre>${escapedLines(explanation.join('\n'))}</pre>`;
  const notes = remarks.map((remark) => `<p class="dim">note: ${escaped(remark)}</p>`).join('');
  const links =
    '<nav><a href="#ladder">Ladder</a><a href="#messages">Messages</a><a href="#machines">Machines</a></nav>';
  return `<header>${word}<h1>${escaped(title)}</h1><p>${escaped(sentence)}</p>${why}${notes}${links}</header>`;
}

/** The tables of what was found, checked, done and measured; none of them is empty. */
function told({ summary, messageLink }: ReportParts): readonly string[] {
  const findings = summary.findings.map(({ rule, clause, sentence, message }) => {
    const link = message === undefined ? undefined : messageLink(message);
    return [rule, clause, sentence, link === undefined ? '' : { link, words: `message ${message}` }];
  });
  const steps = summary.steps.map(({ number, step, passed, durationMs }) => {
    return [number, step, mark(passed), `${durationMs.toFixed(1)} ms`];
  });
  const checks = summary.checks.map(({ check, passed, detail }) => [check, mark(passed), detail]);
  return [
    section('Breaches of the specifications', ['rule', 'clause', '', ''], findings),
    section('Checks', ['check', '', ''], checks),
    section('Steps', ['', 'step', '', ''], steps),
    section('Figures', ['', ''], summary.figures),
  ];
}

type Cell = string | { readonly link: string; readonly words: string };

function mark(passed: boolean): string {
  return passed ? 'passed' : 'failed';
}

function section(title: string, names: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return rows.length === 0
    ? ''
    : `<h2>${title}</h2>${table(
        names,
        rows.map((row) => row.map(cell)),
      )}`;
}

/** @param rows of cells that are HTML */
function table(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = names.map((name) => `<th>${name}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.join('')}</tr>`).join('\n');
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table>`;
}

function cell(content: Cell): string {
  if (typeof content === 'object') return `<td><a href="${escaped(content.link)}">${escaped(content.words)}</a></td>`;
  const style = content === 'passed' || content === 'failed' ? ` class="${content}"` : '';
  return `<td${style}>${escaped(content)}</td>`;
}

function messageDetails({ id, after, ends, summary, clause, remarks, isLost, text }: ReportedMessage): string {
  const parts = [String(id), `${after} s`, ends, summary, clause].map((part, index) => {
    return `<span${isLost && index === 3 ? ' class="lost"' : ''}>${escaped(part)}</span>`;
  });
  const remarked = remarks.length === 0 ? '' : `<p class="dim">${escaped(remarks.join(', '))}</p>`;
  return `<details id="m${id}"><summary>${parts.join('')}</summary>${remarked}<pre>${escapedLines(text)}</pre></details>`;
}

function pathRow({ node, machine, actor, from, steps, omittedCount }: PathOfMachine): readonly string[] {
  const way = steps.map(({ event, to }) => ` <span class="dim">─ ${escaped(event)} →</span> <b>${escaped(to)}</b>`);
  const rest = omittedCount === 0 ? '' : ` … and ${omittedCount} more`;
  const whose = actor === machine ? '' : `<br><span class="dim">${escaped(actor)}</span>`;
  return [
    cell(node),
    `<td>${escaped(machine)}${whose}</td>`,
    `<td class="path"><b>${escaped(from)}</b>${way.join('')}${rest}</td>`,
  ];
}

function more(what: string): string {
  return `<p class="dim">… and ${what}.</p>`;
}
