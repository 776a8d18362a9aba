import type { Tensor } from 'headscope';

export const HALF: number;
/** (tokens.length, 2 * HALF) */
export function textVectors(tokens: readonly string[], positions: Tensor | null): Tensor;
/** (2 * HALF, HALF) each. */
export function constructedHeads(): { name: string; query: Tensor; key: Tensor }[];
