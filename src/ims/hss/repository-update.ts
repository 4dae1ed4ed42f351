/** Repository data and its sequence numbers (TS 29.328 6.1.2.1). Pure. */
import type { RepositoryDataElement } from '../subscription/sh-data.js';
import { type ShRefusal, shRefusals } from './sh-refusals.js';
import type { RepositoryData } from './sh-state.js';

/** After this one comes 1: 0 is for new data alone. */
const lastSequenceNumber = 65_535;

/** TS 29.328 6.1.2.1: what an update of data with that sequence number has to carry. */
export function nextSequenceNumber(sequenceNumber: number): number {
  return (sequenceNumber % lastSequenceNumber) + 1;
}

export function repositoryDataOf(
  all: readonly RepositoryData[],
  owner: string,
  serviceIndication: string,
): RepositoryData | undefined {
  return all.find((each) => each.owner === owner && each.serviceIndication === serviceIndication);
}

/** Of one IMS subscription: so many pieces, and so many times the most octets of one. */
const piecesMax = 256;
const fullPiecesMax = 16;

/** All repository data afterwards, or why nothing changes. `octetsMax`: of ServiceData. */
export function updatedRepository(
  all: readonly RepositoryData[],
  owner: string,
  { serviceIndication, sequenceNumber, serviceData }: RepositoryDataElement,
  octetsMax: number,
): readonly RepositoryData[] | ShRefusal {
  const stored = repositoryDataOf(all, owner, serviceIndication);
  const isNew = stored === undefined;
  if (sequenceNumber !== (isNew ? 0 : nextSequenceNumber(stored.sequenceNumber))) return shRefusals.outOfSync;
  if (serviceData === undefined) {
    return isNew ? shRefusals.operationNotAllowed : all.filter((each) => each !== stored);
  }
  if (Buffer.byteLength(serviceData) > octetsMax) return shRefusals.tooMuchData;
  // TS 29.328 6.1.2.1: more than the HSS can take, also where no single piece is.
  const others = all.filter((each) => each !== stored);
  const octets = others.reduce(
    (sum, each) => sum + Buffer.byteLength(each.serviceData),
    Buffer.byteLength(serviceData),
  );
  if (others.length >= piecesMax || octets > fullPiecesMax * octetsMax) return shRefusals.tooMuchData;
  const updated = { owner, serviceIndication, sequenceNumber, serviceData };
  return isNew ? [...all, updated] : all.map((each) => (each === stored ? updated : each));
}
