// Writes error-codes.ts from the core's list of status codes, so that the two never differ by hand.
//   node wasm-bindings/js/generate-error-codes.mjs           writes the file
//   node wasm-bindings/js/generate-error-codes.mjs --print   prints it instead
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { URL } from 'node:url';

const definitions = readFileSync(new URL('../../src/headscope/status_codes.def', import.meta.url), 'utf8');
const codes = [...definitions.matchAll(/^HEADSCOPE_STATUS_CODE\((\w+),\s*"([^"]*)"\)$/gm)];
if (codes.length === 0) throw new Error('status_codes.def lists no HEADSCOPE_STATUS_CODE(Name, "meaning")');

const source = `// Written by generate-error-codes.mjs from src/headscope/status_codes.def. Do not edit.

/** Why the C++ core refuses a call. */
export type CoreErrorCode =
${codes.map(([, name, meaning]) => `  /** ${meaning} */\n  | '${name}'`).join('\n')};
`;

if (process.argv.includes('--print')) process.stdout.write(source);
else writeFileSync(new URL('./error-codes.ts', import.meta.url), source);
