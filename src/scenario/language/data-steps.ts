/** Steps of an application server about data at the HSS, as functions (Sh, TS 29.328). */
import type { DataWord } from '../../topology/sh-schema.js';
import type { DataKeys, DataResult, StepPlace, SubscribeDataStep, UpdateDataStep } from '../model.js';
import { callerOf, type Duration, milliseconds } from './place.js';

const STEP_TIMEOUT_MS = 40_000;

/** Of all of them. */
interface DataOptions {
  /** The application server. */
  readonly node: string;
  /** A UE of the topology, a SIP or tel URI, or a MSISDN such as `+15550100001`. */
  readonly of: string;
  readonly privateIdentity?: string | undefined;
  /** The result code that it must get; 2001 where absent. */
  readonly result?: DataResult | undefined;
  readonly timeout?: Duration | undefined;
}

/** Of readData and unsubscribeData. */
export interface DataKeyOptions extends DataOptions {
  readonly data: DataWord | readonly DataWord[];
  readonly service?: string | readonly string[] | undefined;
  readonly identitySet?: DataKeys['identitySets'] | undefined;
  readonly domain?: DataKeys['domain'];
  readonly dsaiTag?: string | readonly string[] | undefined;
}

/** Of subscribeData. */
export interface SubscribeDataOptions extends DataKeyOptions {
  /** Without end where absent. */
  readonly for?: Duration | undefined;
  /** Whether the answer is to bring the data; false where absent. */
  readonly sendData?: boolean | undefined;
}

/** Of updateData. */
export interface UpdateDataOptions extends DataOptions {
  /** Of repository data; absent, services or a PSI are switched. */
  readonly service?: string | undefined;
  /** Of the services that are switched. */
  readonly dsaiTag?: string | readonly string[] | undefined;
  /** XML inside ServiceData; absent, the repository data go. */
  readonly content?: string | undefined;
  /** What follows the last one that the application server has seen where absent. */
  readonly sequence?: number | undefined;
  readonly active?: boolean | undefined;
}

/** An application server reads data of a user (UDR). */
export function readData(options: DataKeyOptions, place = callerOf(readData)): SubscribeDataStep {
  return keyed('read-data', options, place);
}

/** An application server wants to be told of changes (SNR). */
export function subscribeData(options: SubscribeDataOptions, place = callerOf(subscribeData)): SubscribeDataStep {
  return keyed('subscribe-data', options, place);
}

/** An application server wants to be told of changes no more (SNR). */
export function unsubscribeData(options: DataKeyOptions, place = callerOf(unsubscribeData)): SubscribeDataStep {
  return keyed('unsubscribe-data', options, place);
}

/** An application server writes repository data of a user, or switches services of his or a PSI (PUR). */
export function updateData(options: UpdateDataOptions, place = callerOf(updateData)): UpdateDataStep {
  const { service, content, sequence, dsaiTag, active } = options;
  return {
    do: 'update-data',
    ...common(options, place),
    service,
    content,
    sequence,
    dsaiTags: listed(dsaiTag),
    active,
  };
}

function keyed(word: SubscribeDataStep['do'], options: SubscribeDataOptions, place: StepPlace): SubscribeDataStep {
  const { data, service, identitySet = [], domain, dsaiTag, for: duration, sendData = false } = options;
  return {
    do: word,
    ...common(options, place),
    data: listed(data),
    services: listed(service),
    identitySets: identitySet,
    domain,
    dsaiTags: listed(dsaiTag),
    expiresMs: duration === undefined ? undefined : milliseconds(duration, 'for', place),
    sendsData: sendData,
  };
}

function common({ node, of, privateIdentity, result = 2001, timeout }: DataOptions, place: StepPlace) {
  const timeoutMs = timeout === undefined ? STEP_TIMEOUT_MS : milliseconds(timeout, 'timeout', place);
  return { node, of, privateIdentity, result, timeoutMs, place };
}

function listed<T extends string>(one: T | readonly T[] | undefined): readonly T[] {
  if (one === undefined) return [];
  return typeof one === 'string' ? [one] : one;
}
