import { msg, str } from '@lit/localize';
import type { Tensor } from 'headscope';
import seededSource from './seeded.js?raw';
import textHeadsSource from './inputs/text-heads.js?raw';
import { dimension, type Problem } from './problem.js';
import { grouped, shortestFloat } from './three-digits.js';
import type { Turned } from './trace.js';
import { VisitorError } from './visitor-error.js';

/** Up to this many numbers are written out; more are packed. */
const WRITTEN_LIMIT = 600;
/** More numbers than this do not fit into a clipboard that people paste from. */
const PACKED_LIMIT = 1_000_000;

const UNPACK = `// Float32 numbers, packed as base64.
const unpack = (text, shape) => ({
  data: new Float32Array(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer),
  shape,
});`;

/** What was asked for is too large to copy; the message is a sentence for the visitor. */
export class TooLargeError extends VisitorError {}

/** JSON that is also safe inside a script element. */
function literal(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function nested(tensor: Tensor, indent: string, axis = 0, offset = 0): string {
  const size = tensor.shape[axis] ?? 0;
  const stride = tensor.shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  if (axis === tensor.shape.length - 1) {
    return `[${[...tensor.data.subarray(offset, offset + size)].map(shortestFloat).join(', ')}]`;
  }
  const inner = `${indent}  `;
  const rows = Array.from({ length: size }, (_, index) => nested(tensor, inner, axis + 1, offset + index * stride));
  return `[\n${rows.map((row) => `${inner}${row},\n`).join('')}${indent}]`;
}

function packed(tensor: Tensor): string {
  const { data } = tensor;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let binary = '';
  for (let start = 0; start < bytes.length; start += 0x2000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x2000));
  }
  return `unpack('${btoa(binary)}', [${tensor.shape.join(', ')}])`;
}

/** Writes tensors into code; says afterwards whether the code needs `unpack`. */
class Writer {
  packs = false;
  private numbers = 0;

  tensor(tensor: Tensor, indent = ''): string {
    const count = tensor.data.length;
    this.numbers += count;
    if (this.numbers > PACKED_LIMIT) {
      throw new TooLargeError(
        msg(
          str`Expected at most ${grouped(PACKED_LIMIT)} numbers to copy, got more. Save the weights instead, or copy a smaller input.`,
        ),
      );
    }
    if (count <= WRITTEN_LIMIT && count > 0 && tensor.data.every(Number.isFinite)) return nested(tensor, indent);
    this.packs = true;
    return packed(tensor);
  }
}

/** A module's text as part of a script: nothing imported, nothing exported. */
function pasted(source: string): string {
  return source
    .split('\n')
    .filter((line) => !line.startsWith('import ') && !line.startsWith('//'))
    .join('\n')
    .replace(/^export /gm, '')
    .trim();
}

type Computed = Extract<Problem, { kind: 'vectors' | 'qkv' }>;

/** The options of attention, and what has to stand before them. */
interface Options {
  /** `scale: …, causal: …` and whatever else is turned; `alibi` only for several heads. */
  readonly settings: readonly string[];
  readonly before: readonly string[];
  /** Only what selfAttention() takes, too. */
  readonly plain: boolean;
  readonly rotary: boolean;
  readonly alibi: boolean;
}

/** What is turned in the picture, as far as the engine computes it. */
function optionsOf({ scale, temperature, causal }: Computed, picture: Turned, keys: number): Options {
  const { softcap, window, hide, positions } = picture.settings;
  const divided = (value: number): string => (temperature === 1 ? String(value) : `${value} / temperature`);
  const hidden = hide.filter((key) => key < keys);
  const settings = [
    `scale: ${divided(scale)}`,
    `causal: ${String(causal)}`,
    ...(softcap > 0 ? [`softcap: ${divided(softcap)}`] : []),
    ...(window === undefined ? [] : [`window: { left: ${window}, right: ${window} }`]),
    ...(hidden.length > 0 ? ['mask'] : []),
  ];
  const before = [
    ...(temperature === 1
      ? []
      : [
          `// Divides the scores last: as if it divided all that they are made of.\nconst temperature = ${temperature};`,
        ]),
    ...(hidden.length > 0
      ? [
          `// Hidden keys are left out.\nconst hidden = ${literal(hidden)};\n` +
            `const mask = [Array.from({ length: ${keys} }, (_, key) => !hidden.includes(key))];`,
        ]
      : []),
  ];
  const [rotary, alibi] = [positions === 'rotary', positions === 'alibi'];
  return { settings, before, plain: settings.length === 2 && !rotary && !alibi, rotary, alibi };
}

/** The slopes of so many heads, as an option: one head's (`[head]`), or all of them. */
function slopesCode({ temperature }: Computed, heads: number): string {
  const slopes = `headscope.alibiSlopes(${heads})`;
  return `const slopes = ${temperature === 1 ? slopes : `${slopes}.map((slope) => slope / temperature)`};`;
}

const TURNED = `// Rotary embeddings: an even number of columns is turned.
const turned = (tensor) => headscope.rotaryEmbedding(tensor, { dim: 2 * Math.floor(tensor.shape.at(-1) / 2) });`;

/** What the picture shows besides and the program does not, as a comment; null where there is nothing. */
function leftOut({ settings, edits, compared }: Turned, kind: Problem['kind']): string | null {
  const { composite, topK, mass, hide } = settings;
  const ready = kind === 'weights';
  const parts = [
    composite === 'none' ? '' : `the ${composite} of heads`,
    topK > 0 ? `only the ${topK} largest weights of each row` : '',
    mass < 1 ? `only the largest weights that make up ${mass} of each row` : '',
    ready && hide.length > 0 ? `hidden keys (${hide.join(', ')})` : '',
    compared ? 'the comparison' : '',
    edits.length > 0 ? 'numbers of q and k that were changed in the picture' : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? null : `// The picture shows besides: ${parts.join('; ')}. This program does not.`;
}

function vectorsCode(problem: Problem & { kind: 'vectors' }, turned: Turned, writer: Writer): string[] {
  const { feed, heads } = problem;
  const dim = dimension(feed.x, 1);
  const first = heads[0]?.projections.query;
  const headDim = first ? dimension(first, 1) : 0;
  const parts: string[] = [];
  const usesText = feed.words !== undefined;
  if (usesText || heads.some((head) => head.source !== 'own')) {
    parts.push(`// The same seeded functions as the page's.\n${pasted(seededSource)}`);
  }
  if (usesText) parts.push(pasted(textHeadsSource));
  if (feed.words) {
    const places = feed.words.positions ? 'headscope.sinusoidalPositions(tokens.length, HALF)' : 'null';
    parts.push(`const built = constructedHeads();\nconst vectors = textVectors(tokens, ${places});`);
  } else {
    parts.push(`const vectors = toTensor(${writer.tensor(feed.x)});`);
  }
  parts.push(
    problem.positions
      ? `const positions = headscope.sinusoidalPositions(${dimension(feed.x, 0)}, ${dim});
const x = { data: vectors.data.map((value, index) => value + positions.data[index]), shape: vectors.shape };`
      : 'const x = vectors;',
  );
  const entries = heads.map((head, index) => {
    if (head.source === 'identity') {
      const call = `identityProjection(${dim}, ${headDim}, ${index})`;
      return `  { query: ${call}, key: ${call}, value: ${call} }, // ${head.name}`;
    }
    if (head.source === 'random') {
      const call = (role: number): string => `randomProjection(${dim}, ${headDim}, ${problem.seed}, ${index}, ${role})`;
      return `  { query: ${call(0)}, key: ${call(1)}, value: ${call(2)} }, // random, not learned`;
    }
    if (usesText) {
      return `  { ...built[${index}], value: identityProjection(${dim}, ${headDim}, 0) }, // ${head.name}`;
    }
    const { query, key, value } = head.projections;
    return `  {\n    query: ${writer.tensor(query, '    ')},\n    key: ${writer.tensor(key, '    ')},\n    value: ${writer.tensor(value, '    ')},\n  },`;
  });
  parts.push(`// One entry per head, multiplied on the right: Q = X Wq.\nconst heads = [\n${entries.join('\n')}\n];`);
  const { settings, before, plain, rotary, alibi } = optionsOf(problem, turned, dimension(feed.x, 0));
  const options = `const options = { ${[...settings, ...(plain ? [] : ['needWeights: true'])].join(', ')} };`;
  if (plain) {
    parts.push(
      [...before, options, '// weights[head] is (queries, keys).'].join('\n') +
        '\nconst weights = heads.map(({ query, key, value }) => headscope.selfAttention(x, { query, key, value }, options).weights);',
    );
    return parts;
  }
  if (alibi) parts.push(...before, slopesCode(problem, heads.length), options);
  else parts.push(...before, options);
  if (rotary && headDim > 1) parts.push(TURNED);
  const own = alibi ? '{ ...options, alibi: { data: slopes.slice(head, head + 1), shape: [1] } }' : 'options';
  const [query, key] =
    rotary && headDim > 1 ? ['turned(steps.query)', 'turned(steps.key)'] : ['steps.query', 'steps.key'];
  parts.push(
    `// weights[head] is (queries, keys).\nconst weights = heads.map((projections${alibi ? ', head' : ''}) => {
  const steps = headscope.selfAttention(x, projections);
  return headscope.attention(${query}, ${key}, steps.value, ${own}).weights;
});`,
  );
  return parts;
}

function qkvCode(problem: Problem & { kind: 'qkv' }, picture: Turned): string[] {
  const { query, key } = problem.feed;
  const { settings, before, rotary, alibi } = optionsOf(problem, picture, dimension(key, 1));
  const turns = rotary && dimension(query, -1) > 1;
  const alibis = alibi ? ['alibi: { data: slopes, shape: [slopes.length] }'] : [];
  return [
    ...before,
    ...(alibi ? [slopesCode(problem, dimension(query, 0))] : []),
    ...(turns ? [TURNED] : []),
    `const options = { ${[...settings, ...alibis, 'needWeights: true'].join(', ')} };\n` +
      `const joined = headscope.attention(${turns ? 'turned(query), turned(key)' : 'query, key'}, value, options).weights;`,
  ];
}

const PRINT = `weights.forEach(({ data, shape: [queries, keys] }, head) => {
  for (let query = 0; query < Math.min(queries, 16); query++) {
    const row = Array.from(data.subarray(query * keys, query * keys + Math.min(keys, 16)));
    console.log(\`head \${head}\`, tokens[query], row.map((weight) => weight.toFixed(3)).join(' '));
  }
});`;

const SPLIT_HEADS = `const [headCount, queries, keys] = joined.shape.slice(-3);
// weights[head] is (queries, keys).
const weights = Array.from({ length: headCount }, (_, head) => ({
  data: joined.data.slice(head * queries * keys, (head + 1) * queries * keys),
  shape: [queries, keys],
}));`;

/**
 * A program for Node or a page that computes exactly what is on the screen.
 * @throws TooLargeError
 */
export function javaScriptFor(problem: Problem, turned: Turned): string {
  const writer = new Writer();
  const tokens = `const tokens = ${literal(problem.feed.tokens)};`;
  let body: string[];
  let imports = 'load';
  switch (problem.kind) {
    case 'vectors':
      imports = problem.feed.words ? 'load' : 'load, toTensor';
      body = ['const headscope = await load();', tokens, ...vectorsCode(problem, turned, writer)];
      break;
    case 'qkv': {
      imports = 'load, toTensor';
      const { query, key, value } = problem.feed;
      body = [
        'const headscope = await load();',
        tokens,
        `// (heads, tokens, dimension per head)\nconst query = toTensor(${writer.tensor(query)});`,
        `const key = toTensor(${writer.tensor(key)});`,
        value
          ? `const value = ${writer.tensor(value)};`
          : 'const value = key; // none was given; the weights need none',
        ...qkvCode(problem, turned),
        SPLIT_HEADS,
      ];
      break;
    }
    case 'weights':
      imports = 'toTensor';
      body = [tokens, `const joined = toTensor(${writer.tensor(problem.feed.weights)});`, SPLIT_HEADS];
      break;
  }
  const helpers = writer.packs ? [UNPACK] : [];
  const note = leftOut(turned, problem.kind);
  return (
    [`import { ${imports} } from 'headscope';`, ...(note ? [note] : []), ...helpers, ...body, PRINT].join('\n\n') + '\n'
  );
}
