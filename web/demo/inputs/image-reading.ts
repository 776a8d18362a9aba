import { msg, str } from '@lit/localize';
import { patchName } from './image-patches.js';

/** A share of attention with two digits at least: "31 %", "8.2 %", "0.51 %". */
export function percent(share: number): string {
  const value = share * 100;
  const digits = value >= 9.95 || value < 0.005 ? value.toFixed(0) : value.toPrecision(2);
  return `${digits}\u00a0%`;
}

/** Weights within this factor of an even share count as even. */
const EVEN = 1.5;
/** A place is named while it has at least this part of the largest weight, and at most three are. */
const WORTH_NAMING = 0.4;
const MOST_NAMED = 3;

function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : msg(str`${parts.slice(0, -1).join(msg(', '))} and ${last}`);
}

/** A sentence that says where a patch looks: `row` is its attention, one weight per patch, row by row. */
export function readingOf(row: Float32Array, patch: number, perSide: number): string {
  const name = patchName(patch, perSide);
  const order = Array.from(row, (weight, index) => ({ weight, index }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  const largest = order[0]?.weight ?? 0;
  if (largest === 0) return msg(str`${name} looks nowhere.`);
  if (order.length > 1 && largest * order.length < EVEN) {
    return msg(str`${name} looks at ${order.length} patches almost alike, at most ${percent(largest)} each.`);
  }
  const named = order
    .filter(({ weight }) => weight >= WORTH_NAMING * largest)
    .slice(0, MOST_NAMED)
    .map(({ weight, index }) =>
      msg(str`${index === patch ? msg('itself') : patchName(index, perSide)} (${percent(weight)})`),
    );
  return msg(str`${name} looks mostly at ${listed(named)}.`);
}
