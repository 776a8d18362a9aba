import { msg, str } from '@lit/localize';
import {
  recognise,
  type LabelRole,
  type NamedLabels,
  type NamedTensor,
  type Roles,
  type TensorFile,
  type TensorRole,
} from 'headscope/readers';
import type { Tensor } from 'headscope';
import type { Feed, ProjectionMatrices } from '../feed.js';
import { grouped } from '../three-digits.js';
import { VisitorError } from '../visitor-error.js';

/** What a file is taken for. */
export type Reading = 'qkv' | 'weights' | 'vectors';

/** Everything that the visitor can change about how a file is read. */
export interface FileChoice {
  readonly reading: Reading;
  readonly roles: Roles;
  /** Which of the B sequences is shown, where a tensor holds several. */
  readonly batch: number;
  /** The projections are stored (out, in), as nn.Linear stores them: X Wᵀ. Otherwise (in, out): X W. */
  readonly transposed: boolean;
}

/** The tensors that a reading needs, and those that it can do without. */
export const ROLES_OF: Readonly<Record<Reading, readonly { readonly role: TensorRole; readonly optional: boolean }[]>> =
  {
    qkv: [
      { role: 'query', optional: false },
      { role: 'key', optional: false },
      { role: 'value', optional: true },
    ],
    weights: [{ role: 'weights', optional: false }],
    vectors: [
      { role: 'x', optional: false },
      { role: 'wQuery', optional: true },
      { role: 'wKey', optional: true },
      { role: 'wValue', optional: true },
    ],
  };

/** Asked for when it is shown: the worker that reads files learns the language only once it runs. */
export function roleName(role: TensorRole | LabelRole): string {
  const names: Readonly<Record<TensorRole | LabelRole, string>> = {
    query: msg('query'),
    key: msg('key'),
    value: msg('value'),
    weights: msg('weights'),
    x: 'x',
    wQuery: msg('W query'),
    wKey: msg('W key'),
    wValue: msg('W value'),
    tokens: msg('tokens'),
    keyTokens: msg('key tokens'),
  };
  return names[role];
}

/** Every role there is. */
const ROLES = ['query', 'key', 'value', 'weights', 'x', 'wQuery', 'wKey', 'wValue', 'tokens', 'keyTokens'];

const PROJECTION_ROLES = ['wQuery', 'wKey', 'wValue'] as const;

/** A tensor as the list shows it. */
export interface Described {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The choice cannot be drawn: the message is a sentence for the visitor. */
export class ChoiceError extends VisitorError {}

/** What a choice comes to. */
export interface Read {
  readonly feed: Feed;
  /** One sentence that says how the file was read. */
  readonly sentence: string;
}

export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(', ')})`;
}

/** Counts in words. */
const headsText = (count: number): string => (count === 1 ? msg('1 head') : msg(str`${grouped(count)} heads`));
const queriesText = (count: number): string => (count === 1 ? msg('1 query') : msg(str`${grouped(count)} queries`));
const keysText = (count: number): string => (count === 1 ? msg('1 key') : msg(str`${grouped(count)} keys`));
const tokensText = (count: number): string => (count === 1 ? msg('1 token') : msg(str`${grouped(count)} tokens`));
const numbersText = (count: number): string => (count === 1 ? msg('1 number') : msg(str`${grouped(count)} numbers`));

/** How many sequences the chosen tensors hold: 1 where none has a dimension for them. That of weights is for layers. */
export function batchesOf(tensors: readonly Described[], { reading, roles }: FileChoice): number {
  if (reading === 'weights') return 1;
  const first = ROLES_OF[reading][0];
  const shape = tensors.find(({ name }) => first && name === roles[first.role])?.shape ?? [];
  return shape.length === (reading === 'vectors' ? 3 : 4) ? (shape[0] ?? 1) : 1;
}

function dimension(tensor: Tensor, axis: number): number {
  return tensor.shape.at(axis) ?? 1;
}

/** One sequence of a tensor as (H, L, D): (L, D) is one head, (B, H, L, D) the chosen one of B sequences. */
function asHeads({ name, tensor: { data, shape } }: NamedTensor, batch: number): Tensor {
  if (shape.length < 2 || shape.length > 4) {
    throw new ChoiceError(
      msg(str`${name}: expected shape (L, D), (H, L, D) or (B, H, L, D), got ${shapeText(shape)}.`),
    );
  }
  const [heads = 1, length = 0, width = 0] = [...(shape.length === 2 ? [1] : []), ...shape].slice(-3);
  if (heads * length * width === 0) {
    throw new ChoiceError(
      msg(str`${name}: expected at least one head, token and number, got shape ${shapeText(shape)}.`),
    );
  }
  return sequence(name, data, shape.length === 4 ? (shape[0] ?? 0) : 1, batch, [heads, length, width]);
}

/** A copy of one of several tensors that lie behind each other. */
function sequence(name: string, data: Float32Array, count: number, batch: number, shape: readonly number[]): Tensor {
  if (batch >= count) {
    throw new ChoiceError(
      msg(str`${name}: expected a sequence ${grouped(batch)}, counted from 0, got ${grouped(count)} in all.`),
    );
  }
  const size = data.length / count;
  return { data: data.slice(batch * size, (batch + 1) * size), shape };
}

function required(file: TensorFile, roles: Roles, role: TensorRole): NamedTensor {
  const found = optional(file, roles, role);
  if (found) return found;
  throw new ChoiceError(msg(str`${roleName(role)}: expected one of the file’s tensors, got none.`));
}

function optional(file: TensorFile, roles: Roles, role: TensorRole): NamedTensor | undefined {
  return file.tensors.find(({ name }) => name === roles[role]);
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

/** The chosen labels for so many tokens; numbers where none are chosen. */
function labelsFor(file: TensorFile, roles: Roles, role: LabelRole, count: number): string[] {
  const chosen = file.labels.find(({ name }) => name === roles[role]);
  if (chosen === undefined) return numbered(count);
  if (chosen.labels.length === count) return [...chosen.labels];
  throw new ChoiceError(
    count === 1
      ? msg(str`${roleName(role)}: expected 1 word, got ${grouped(chosen.labels.length)} in ${chosen.name}.`)
      : msg(
          str`${roleName(role)}: expected ${grouped(count)} words, got ${grouped(chosen.labels.length)} in ${chosen.name}.`,
        ),
  );
}

/** Labels of the keys: their own, else the queries' where the two are as many. */
function keyLabels(file: TensorFile, roles: Roles, tokens: readonly string[], count: number): string[] {
  if (roles.keyTokens === undefined && tokens.length === count) return [...tokens];
  return labelsFor(file, roles, 'keyTokens', count);
}

function readQkv(file: TensorFile, { roles, batch }: FileChoice, source: string): Read {
  const query = asHeads(required(file, roles, 'query'), batch);
  const key = asHeads(required(file, roles, 'key'), batch);
  const valueTensor = optional(file, roles, 'value');
  const value = valueTensor && asHeads(valueTensor, batch);
  const [heads, queries, width] = query.shape as [number, number, number];
  const [keyHeads, keys, keyWidth] = key.shape as [number, number, number];
  if (keyHeads !== heads || keyWidth !== width) {
    throw new ChoiceError(
      msg(
        str`key: expected ${headsText(heads)} of ${numbersText(width)} per token, as query has, got ${grouped(keyHeads)} of ${grouped(keyWidth)}.`,
      ),
    );
  }
  if (value && (dimension(value, 0) !== heads || dimension(value, 1) !== keys)) {
    throw new ChoiceError(
      msg(
        str`value: expected ${headsText(heads)} of ${tokensText(keys)}, as key has, got ${grouped(dimension(value, 0))} of ${grouped(dimension(value, 1))}.`,
      ),
    );
  }
  const tokens = labelsFor(file, roles, 'tokens', queries);
  const keyTokens = keyLabels(file, roles, tokens, keys);
  return {
    feed: { kind: 'qkv', query, key, ...(value ? { value } : {}), tokens, keyTokens, source },
    sentence: msg(
      str`Read as queries and keys: ${headsText(heads)}, ${queriesText(queries)} over ${keysText(keys)}, ${numbersText(width)} each.`,
    ),
  };
}

function readWeights(file: TensorFile, { roles }: FileChoice, source: string): Read {
  const named = required(file, roles, 'weights');
  const given = named.tensor;
  const layers = given.shape.length === 4 ? (given.shape[0] ?? 1) : 1;
  // As if the heads of all layers were those of one.
  const shape = layers > 1 ? [layers * dimension(given, 1), ...given.shape.slice(2)] : given.shape;
  const weights = asHeads({ ...named, tensor: { data: given.data, shape } }, 0);
  const [heads, queries, keys] = weights.shape as [number, number, number];
  const tokens = labelsFor(file, roles, 'tokens', queries);
  const keyTokens = keyLabels(file, roles, tokens, keys);
  return {
    feed: { kind: 'weights', weights, layers, tokens, keyTokens, source },
    sentence:
      layers > 1
        ? msg(
            str`Read as ready attention weights: ${grouped(layers)} layers of ${headsText(heads / layers)}, ${queriesText(queries)} over ${keysText(keys)}. Nothing is computed.`,
          )
        : msg(
            str`Read as ready attention weights: ${headsText(heads)}, ${queriesText(queries)} over ${keysText(keys)}. Nothing is computed.`,
          ),
  };
}

function transpose({ data, shape }: Tensor): Tensor {
  const [rows = 0, columns = 0] = shape;
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = data[row * columns + column] ?? 0;
  }
  return { data: result, shape: [columns, rows] };
}

/** A projection as (dim, out). */
function projection(
  file: TensorFile,
  choice: FileChoice,
  role: (typeof PROJECTION_ROLES)[number],
  dim: number,
): Tensor {
  const { name, tensor } = required(file, choice.roles, role);
  const [first, second] = tensor.shape;
  const fits = tensor.shape.length === 2 && (choice.transposed ? second : first) === dim && tensor.data.length > 0;
  if (!fits) {
    const expected = choice.transposed ? `(out, ${dim})` : `(${dim}, out)`;
    throw new ChoiceError(msg(str`${name}: expected shape ${expected} for x, got ${shapeText(tensor.shape)}.`));
  }
  return choice.transposed ? transpose(tensor) : { data: tensor.data.slice(), shape: tensor.shape };
}

function projections(file: TensorFile, choice: FileChoice, dim: number): ProjectionMatrices | undefined {
  if (PROJECTION_ROLES.every((role) => choice.roles[role] === undefined)) return undefined;
  const [query, key, value] = PROJECTION_ROLES.map((role) => projection(file, choice, role, dim)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  if (dimension(query, 1) !== dimension(key, 1)) {
    throw new ChoiceError(
      msg(
        str`W key: expected as many columns as W query has, ${grouped(dimension(query, 1))}, got ${grouped(dimension(key, 1))}.`,
      ),
    );
  }
  return { query, key, value };
}

function readVectors(file: TensorFile, choice: FileChoice, source: string): Read {
  const {
    name,
    tensor: { data, shape },
  } = required(file, choice.roles, 'x');
  if (shape.length !== 2 && shape.length !== 3) {
    throw new ChoiceError(msg(str`${name}: expected shape (L, dim) or (B, L, dim), got ${shapeText(shape)}.`));
  }
  const [length = 0, dim = 0] = shape.slice(-2);
  if (length * dim === 0) {
    throw new ChoiceError(
      msg(str`${name}: expected at least one token and one number, got shape ${shapeText(shape)}.`),
    );
  }
  const x = sequence(name, data, shape.length === 3 ? (shape[0] ?? 0) : 1, choice.batch, [length, dim]);
  const matrices = projections(file, choice, dim);
  const tokens = labelsFor(file, choice.roles, 'tokens', length);
  return {
    feed: { kind: 'vectors', x, tokens, ...(matrices ? { projections: matrices } : {}), source },
    sentence: matrices
      ? msg(
          str`Read as vectors: ${tokensText(length)} of ${numbersText(dim)}, with projections to ${numbersText(dimension(matrices.query, 1))}.`,
        )
      : msg(str`Read as vectors: ${tokensText(length)} of ${numbersText(dim)}, without projections of their own.`),
  };
}

/**
 * What the page shows under a choice.
 * @throws ChoiceError where the chosen tensors do not fit each other.
 */
export function readChoice(file: TensorFile, choice: FileChoice, source: string): Read {
  switch (choice.reading) {
    case 'qkv':
      return readQkv(file, choice, source);
    case 'weights':
      return readWeights(file, choice, source);
    case 'vectors':
      return readVectors(file, choice, source);
  }
}

/** Whether the matrices are stored as nn.Linear stores them: by their shapes, and by their names where those are square. */
function guessTransposed(tensors: readonly NamedTensor[], roles: Roles): boolean {
  const dim = tensors.find(({ name }) => name === roles.x)?.tensor.shape.at(-1);
  const matrices = PROJECTION_ROLES.flatMap((role) => tensors.find(({ name }) => name === roles[role]) ?? []);
  const plain = matrices.every(({ tensor }) => tensor.shape[0] === dim);
  const linear = matrices.every(({ tensor }) => tensor.shape[1] === dim);
  if (plain !== linear) return linear;
  return matrices.some(({ name }) => /weight$|proj|fc_|linear/i.test(name));
}

/** Labels are taken on their own only where they fit. */
function fitting(
  labels: readonly NamedLabels[],
  name: string | undefined,
  count: number | undefined,
): string | undefined {
  return labels.find((list) => list.name === name && list.labels.length === count)?.name;
}

/** The first choice for a file, from its tensors' names and shapes. */
export function guessChoice({ tensors, labels }: TensorFile): FileChoice {
  const found = recognise(tensors, labels);
  const reading =
    found.query !== undefined && found.key !== undefined ? 'qkv' : found.weights !== undefined ? 'weights' : 'vectors';
  const shapeOf = (role: TensorRole): readonly number[] | undefined =>
    tensors.find(({ name }) => name === found[role])?.tensor.shape;
  const queries = shapeOf(reading === 'qkv' ? 'query' : reading === 'weights' ? 'weights' : 'x')?.at(-2);
  const keys =
    reading === 'qkv' ? shapeOf('key')?.at(-2) : reading === 'weights' ? shapeOf('weights')?.at(-1) : undefined;
  const { tokens: tokensName, keyTokens: keyTokensName, ...roles } = found;
  const tokens = fitting(labels, tokensName, queries);
  const keyTokens = fitting(labels, keyTokensName, keys);
  return {
    reading,
    roles: { ...roles, ...(tokens === undefined ? {} : { tokens }), ...(keyTokens === undefined ? {} : { keyTokens }) },
    batch: 0,
    transposed: guessTransposed(tensors, found),
  };
}

/** A choice out of a link, or null where it is none; whether it fits the file shows when it is read. */
export function readFileChoice(value: unknown): FileChoice | null {
  if (typeof value !== 'object' || value === null) return null;
  const { reading, roles, batch, transposed } = value as Partial<Record<keyof FileChoice, unknown>>;
  if (reading !== 'qkv' && reading !== 'weights' && reading !== 'vectors') return null;
  if (typeof roles !== 'object' || roles === null) return null;
  const entries = Object.entries(roles).filter(([role, name]) => ROLES.includes(role) && typeof name === 'string');
  return {
    reading,
    roles: Object.fromEntries(entries),
    batch: typeof batch === 'number' && Number.isInteger(batch) && batch >= 0 ? batch : 0,
    transposed: transposed === true,
  };
}
