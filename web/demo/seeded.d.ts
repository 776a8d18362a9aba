import type { Tensor } from 'headscope';

export function scramble(value: number): number;
export function hashWord(word: string): number;
export function normals(count: number, seed: number, deviation: number): Float32Array;
/** (tokens.length, dim) */
export function embedTokens(tokens: readonly string[], dim: number, seed: number): Tensor;
/** (dim, columns) */
export function randomProjection(dim: number, columns: number, seed: number, head: number, role: 0 | 1 | 2): Tensor;
/** (dim, columns) */
export function identityProjection(dim: number, columns: number, head: number): Tensor;
