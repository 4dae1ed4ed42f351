/**
 * `npm run bench`: what things cost in CPU time, each beside a control of the same run, and whether the targets hold.
 * `npm run bench -- diameter`: Diameter alone, with the rate that one core of an HSS takes.
 * `npm run bench -- subscribers [COUNT]`: what so many registered subscribers cost (100,000 where absent), in minutes.
 * `npm run bench -- store [COUNT]`: what so many subscribers of an HSS cost (1,000,000 where absent), and a MAR with each
 * kind of store.
 */
import { cpus } from 'node:os';
import { akaBenchmarks } from './aka.js';
import { diameterBenchmarks } from './diameter.js';
import { diameterPairBenchmarks } from './diameter-pair.js';
import { type DiameterRateRow, diameterRateBenchmarks, durableVectorBenchmark } from './diameter-rate.js';
import { machineBenchmarks } from './machines.js';
import { registrationBenchmarks } from './registrations.js';
import { sipBenchmarks } from './sip.js';
import { storeBenchmark } from './store.js';
import { subscriberBenchmark } from './subscribers.js';
import { suiteBenchmarks } from './suite.js';

interface Row {
  readonly name: string;
  readonly micros: number;
  /** Of the control, µs. */
  readonly control: number;
  readonly target: string;
  readonly holds: boolean | undefined;
}

function sipRows(): readonly Row[] {
  const rows = sipBenchmarks();
  return rows.map(({ name, micros, controlMicros }) => {
    const isTarget = name.includes('imslab') && name.includes('REGISTER');
    const holds = isTarget ? micros <= 4 && controlMicros >= 3 * micros : undefined;
    return { name, micros, control: controlMicros, target: isTarget ? '≤ 4 µs, ≥ 3x faster' : '', holds };
  });
}

/** Each by itself, and the two of the target together. */
function diameterRows(): readonly Row[] {
  const rows = diameterBenchmarks().map(({ name, micros, controlMicros }) => ({
    name,
    micros,
    control: controlMicros,
  }));
  const both = rows.filter(({ name }) => name === 'encode MAA' || name === 'decode MAA');
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const micros = sum(both.map((row) => row.micros));
  const control = sum(both.map((row) => row.control));
  const together = {
    name: 'encode and decode MAA',
    micros,
    control,
    target: '≥ 200x faster',
    holds: control >= 200 * micros,
  };
  return [...rows.map((row) => ({ ...row, target: '', holds: undefined })), together];
}

const PAIR_TARGET_MICROS = 25;

async function diameterPairRows(): Promise<readonly Row[]> {
  const rows = await diameterPairBenchmarks();
  return rows.map(({ name, micros, controlMicros }, index) => {
    // 10,000 a second and core are a fourth of that; one at a time pays for every segment.
    const isTarget = index === 0;
    const label = `${name}, ${Math.round(1e6 / micros)}/s and core`;
    const holds = isTarget ? micros <= PAIR_TARGET_MICROS : undefined;
    return { name: label, micros, control: controlMicros, target: isTarget ? `≤ ${PAIR_TARGET_MICROS} µs` : '', holds };
  });
}

function machineRows(): readonly Row[] {
  return machineBenchmarks().map(({ name, compiledMicros, interpretedMicros }) => ({
    name,
    micros: compiledMicros,
    control: interpretedMicros,
    target: '≥ 30x cheaper',
    holds: interpretedMicros >= 30 * compiledMicros,
  }));
}

const VECTOR_TARGET_MICROS = 1;

function akaRows(): readonly Row[] {
  return akaBenchmarks().map(({ name, micros, controlMicros }) => {
    const isTarget = name.includes('milenage');
    const holds = isTarget ? micros <= VECTOR_TARGET_MICROS : undefined;
    return { name, micros, control: controlMicros, target: isTarget ? `≤ ${VECTOR_TARGET_MICROS} µs` : '', holds };
  });
}

const REGISTRATION_TARGETS_MICROS = { memory: 250, sockets: 400 } as const;

async function registrationRows(): Promise<readonly Row[]> {
  const rows = await registrationBenchmarks();
  return rows.map(({ name, micros, controlMicros, registrationsPerSecond }) => {
    const limit = /memory/i.test(name) ? REGISTRATION_TARGETS_MICROS.memory : REGISTRATION_TARGETS_MICROS.sockets;
    const label = `${name}, ${Math.round(registrationsPerSecond)}/s and core`;
    return { name: label, micros, control: controlMicros, target: `≤ ${limit} µs`, holds: micros <= limit };
  });
}

/** 200 scenarios are to take seconds: ten, on one core. */
const CASE_TARGET_MICROS = 50_000;

async function suiteRows(): Promise<readonly Row[]> {
  const rows = await suiteBenchmarks();
  return rows.map(({ name, micros, controlMicros }) => {
    const holds = micros <= CASE_TARGET_MICROS;
    return { name, micros, control: controlMicros, target: `≤ ${CASE_TARGET_MICROS} µs`, holds };
  });
}

async function printDiameter(): Promise<void> {
  print('Diameter', 'npm diameter, µs', diameterRows());
  print('Diameter, request and answer', 'same octets over TCP, µs', await diameterPairRows());
  await printDiameterRate();
}

/** For a MAR at an HSS with a durable store, codec and socket with it. */
const DURABLE_VECTOR_TARGET_MICROS = 60;
const RATE_TARGET = 10_000;

/** In CPU time, since others may want the cores, too; and nothing may be lost. */
async function printDiameterRate(): Promise<void> {
  console.log('\nUAR at an HSS alone in its process, over TCP');
  for (const each of await diameterRateBenchmarks()) {
    const aCore = 1e6 / each.micros;
    printRate(each, `${Math.round(aCore)}/s and core  ≥ ${RATE_TARGET}`, each.lost === 0 && aCore >= RATE_TARGET);
  }
  console.log('\nMAR there');
  const vector = await durableVectorBenchmark();
  printRate(
    vector,
    `≤ ${DURABLE_VECTOR_TARGET_MICROS} µs`,
    vector.lost === 0 && vector.micros <= DURABLE_VECTOR_TARGET_MICROS,
  );
}

function printRate(row: DiameterRateRow, target: string, holds: boolean): void {
  const { name, asked, lost, perSecond, micros, latencyMs } = row;
  console.log(
    [
      `  ${name}: ${asked} asked, ${lost} lost, ${Math.round(perSecond)}/s answered,`,
      `${latencyMs.median.toFixed(2)} ms median, ${latencyMs.p99.toFixed(2)} ms p99;`,
      `server ${micros.toFixed(2)} µs of CPU each,`,
      `${target}  ${holds ? 'holds' : 'MISSED'}`,
    ].join(' '),
  );
}

async function printAll(): Promise<void> {
  print('SIP parse and forward', 'split and regex, µs', sipRows());
  await printDiameter();
  print('Life of a machine, compiled', 'interpreted, µs', machineRows());
  print('AKA', 'Milenage, native AES, µs', akaRows());
  print('AKA registration, all nodes', 'control, µs', await registrationRows());
  print('Case of a suite, one worker', 'datagram, µs', await suiteRows());
}

const subscribersDefault = 100_000;
const storedDefault = 1_000_000;

function print(title: string, control: string, rows: readonly Row[]): void {
  const nameWidth = Math.max(title.length, ...rows.map(({ name }) => name.length));
  console.log(
    `\n${title.padEnd(nameWidth)}  ${'µs'.padStart(9)}  ${control.padStart(20)}  ${'factor'.padStart(7)}  target`,
  );
  for (const { name, micros, control: controlMicros, target, holds } of rows) {
    const factor = (controlMicros / micros).toFixed(1);
    const mark = holds === undefined ? '' : holds ? '  holds' : '  MISSED';
    const numbers = `${micros.toFixed(2).padStart(9)}  ${controlMicros.toFixed(2).padStart(20)}  ${`${factor}x`.padStart(7)}`;
    console.log(`${name.padEnd(nameWidth)}  ${numbers}  ${target}${mark}`);
  }
}

console.log(`Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, CPU time, medians`);
const [part, size] = process.argv.slice(2);
if (part === 'subscribers') await subscriberBenchmark(Number(size ?? subscribersDefault));
else if (part === 'store') await storeBenchmark(Number(size ?? storedDefault));
else if (part === 'diameter') await printDiameter();
else await printAll();
