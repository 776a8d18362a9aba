// What a WebAssembly file is made of, as binaryen reads it.
import { execFileSync } from 'node:child_process';

/** @returns {{simd: number, relaxed: number}} how many SIMD instructions the file has, and how many relaxed ones */
export function simdInstructions(file) {
  const text = execFileSync('wasm-dis', ['--all-features', file], { encoding: 'utf8', maxBuffer: 512 << 20 });
  const instructions = text.match(/\((?:v128|[if]\d+x\d+)\.[a-z0-9_]+/g) ?? [];
  return { simd: instructions.length, relaxed: instructions.filter((name) => name.includes('.relaxed_')).length };
}
