import type { NamedLabels, NamedTensor } from './named-tensor.js';

/** What a tensor of a file can stand for. */
export type TensorRole = 'query' | 'key' | 'value' | 'weights' | 'x' | 'wQuery' | 'wKey' | 'wValue';

/** What a list of words can stand for. */
export type LabelRole = 'tokens' | 'keyTokens';

/** The name of the tensor or of the list of words that plays each role. */
export type Roles = Readonly<Partial<Record<TensorRole | LabelRole, string>>>;

/** Words between underscores: `encoder.0.qProj.weight` becomes `encoder_0_q_proj_weight`. */
function inWords(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

/** A projection matrix: W_q, w_query, q_proj.weight, to_q.weight, fc_q_weight, attention.self.query.weight. */
function projection(word: string): RegExp {
  const after = '(?:_?(?:proj|projection|lin|linear|layer))?';
  return new RegExp(`(?:^|_)(?:w_?${word}(?:_weight)?|weights?_${word}|${word}${after}_(?:w|weight|kernel))$`);
}

/** The projected vectors themselves: q, query, queries, q_proj, query_states. */
function projected(word: string): RegExp {
  return new RegExp(`(?:^|_)${word}(?:_?(?:proj|projection|states?|layer|heads?|vectors?))?$`);
}

const QUERY = '(?:q|query|queries)';
const KEY = '(?:k|key|keys)';
const VALUE = '(?:v|value|values)';

/** In the order in which they are tried: a projection's name holds the name of what it makes. */
const TENSOR_PATTERNS: readonly (readonly [TensorRole, RegExp, ranks: readonly [number, number]])[] = [
  ['wQuery', projection(QUERY), [2, 2]],
  ['wKey', projection(KEY), [2, 2]],
  ['wValue', projection(VALUE), [2, 2]],
  ['query', projected(QUERY), [2, 4]],
  ['key', projected(KEY), [2, 4]],
  ['value', projected(VALUE), [2, 4]],
  [
    'weights',
    /^weights?$|(?:^|_)(?:attns?|attentions?)(?:_(?:weights?|probs?|probabilities|matrix|maps?))?(?:_\d+)?$|(?:^|_)(?:probs|probabilities)$/,
    [2, 4],
  ],
  ['x', /(?:^|_)(?:x|inputs?|hidden(?:_states?)?|embeddings?|embeds|features?|vectors?)$/, [2, 3]],
];

const LABEL_PATTERNS: readonly (readonly [LabelRole, RegExp])[] = [
  ['keyTokens', /(?:^|_)(?:key_?(?:tokens?|labels?|words?)|columns?)$/],
  ['tokens', /(?:^|_)(?:tokens?|labels?|words?|rows?)$/],
];

/** As many rows are enough to tell attention weights from other numbers. */
const ROWS_TO_LOOK_AT = 64;

/** Whether the rows are weights: none negative, each with a sum of 1 (or 0, where it is masked whole). */
function holdsWeights({ tensor: { data, shape } }: NamedTensor): boolean {
  const columns = shape.at(-1) ?? 0;
  if (columns === 0 || data.length === 0) return false;
  let masked = 0;
  const rows = Math.min(ROWS_TO_LOOK_AT, data.length / columns);
  for (let row = 0; row < rows; ++row) {
    let sum = 0;
    for (const value of data.subarray(row * columns, (row + 1) * columns)) {
      if (!(value >= 0)) return false;
      sum += value;
    }
    if (sum === 0) ++masked;
    else if (Math.abs(sum - 1) > 0.01) return false;
  }
  return masked < rows;
}

/** What tensors are that have no telling name: by order where numpy.savez named them, else by their values. */
function guessUnnamed(tensors: readonly NamedTensor[]): Roles {
  const matrices = tensors.filter(({ tensor: { shape } }) => shape.length >= 2 && shape.length <= 4);
  const numbered = matrices.filter(({ name }) => /^arr_\d+$/.test(name));
  const [query, key, value] = numbered;
  if (query !== undefined && key !== undefined && numbered.length <= 3) {
    const alike = numbered.every(({ tensor: { shape } }) => shape.length === query.tensor.shape.length);
    if (alike && query.tensor.shape.at(-1) === key.tensor.shape.at(-1)) {
      return { query: query.name, key: key.name, ...(value === undefined ? {} : { value: value.name }) };
    }
  }
  const weights = matrices.find(holdsWeights);
  if (weights !== undefined) return { weights: weights.name };
  const x = matrices.find(({ tensor: { shape } }) => shape.length <= 3);
  return x === undefined ? {} : { x: x.name };
}

/**
 * Guesses from names and shapes what each tensor of a file stands for: `query|q|Q|q_proj`, `W_q|w_query|q_proj.weight`,
 * `weights|attention|attn`, `x|input|hidden_states` and the like. The guess is a start that a person can change.
 */
export function recognise(tensors: readonly NamedTensor[], labels: readonly NamedLabels[] = []): Roles {
  const roles: Partial<Record<TensorRole | LabelRole, string>> = {};
  for (const { name, tensor } of tensors) {
    const words = inWords(name);
    const found = TENSOR_PATTERNS.find(([, pattern]) => pattern.test(words));
    if (found === undefined) continue;
    const [role, , [least, most]] = found;
    const rank = tensor.shape.length;
    if (rank >= least && rank <= most) roles[role] ??= name;
  }
  for (const { name } of labels) {
    const found = LABEL_PATTERNS.find(([, pattern]) => pattern.test(inWords(name)));
    if (found !== undefined) roles[found[0]] ??= name;
  }
  const hasPicture = (roles.query !== undefined && roles.key !== undefined) || (roles.weights ?? roles.x) !== undefined;
  return hasPicture ? roles : { ...guessUnnamed(tensors), ...roles };
}
