import { describe, expect, it } from 'vitest';
import { HeadscopeError, type StateDict, type Tensor, type Transformer } from 'headscope/layers';
import { loadLayersFlavour } from '../support/flavours.js';
import { largestDifference, seededTensor } from '../support/reference-attention.js';

const engine = await loadLayersFlavour('simd');

const [dim, hidden, heads] = [12, 20, 3];
const [sourceVocabulary, targetVocabulary] = [9, 7];

/** Random numbers of a shape. */
function tensor(seed: number, gain: number, ...shape: readonly number[]): Tensor {
  const { data } = seededTensor(seed, ...shape);
  return { data: data.map((value) => value * gain), shape };
}

/** Parameters of a whole model, under the names of the translation tutorial. */
function stateDict({ embeddings = true, layers = 2 } = {}): Record<string, Tensor> {
  let seed = 1;
  const tensors: Record<string, Tensor> = {};
  const linear = (name: string, out: number, into: number): void => {
    const separator = name.endsWith('in_proj') ? '_' : '.';
    tensors[`${name}${separator}weight`] = tensor(++seed, 1 / Math.sqrt(into), out, into);
    tensors[`${name}${separator}bias`] = tensor(++seed, 0.3, out);
  };
  const norm = (name: string): void => {
    tensors[`${name}.weight`] = { data: tensor(++seed, 0.2, dim).data.map((value) => 1 + value), shape: [dim] };
    tensors[`${name}.bias`] = tensor(++seed, 0.2, dim);
  };
  const attention = (name: string): void => {
    linear(`${name}.in_proj`, 3 * dim, dim);
    linear(`${name}.out_proj`, dim, dim);
  };
  const root = embeddings ? 'transformer.' : '';
  for (const side of ['encoder', 'decoder']) {
    for (let layer = 0; layer < layers; ++layer) {
      const path = `${root}${side}.layers.${layer}`;
      attention(`${path}.self_attn`);
      if (side === 'decoder') attention(`${path}.multihead_attn`);
      linear(`${path}.linear1`, hidden, dim);
      linear(`${path}.linear2`, dim, hidden);
      for (const index of side === 'decoder' ? [1, 2, 3] : [1, 2]) norm(`${path}.norm${index}`);
    }
    norm(`${root}${side}.norm`);
  }
  if (embeddings) {
    tensors['src_tok_emb.embedding.weight'] = tensor(++seed, 0.5, sourceVocabulary, dim);
    tensors['tgt_tok_emb.embedding.weight'] = tensor(++seed, 0.5, targetVocabulary, dim);
    linear('generator', targetVocabulary, dim);
  }
  return tensors;
}

function withModel<T>(use: (model: Transformer) => T, tensors: StateDict = stateDict(), options = {}): T {
  const model = engine.createTransformer(tensors, { heads, ...options });
  try {
    return use(model);
  } finally {
    model.dispose();
    expect(engine.liveHandles).toBe(0);
  }
}

function refusal(call: () => unknown): Partial<HeadscopeError> {
  try {
    call();
  } catch (error) {
    if (error instanceof HeadscopeError) {
      const { code, argument, expected, got } = error;
      return { code, argument, expected, got };
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

const source = [3, 1, 4, 1, 5, 8];
const target = [0, 2, 6, 5, 3];
const without = (tensors: Record<string, Tensor>, name: string): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(tensors).filter(([key]) => key !== name));

describe('a Transformer', () => {
  it('says what its state dict holds', () => {
    withModel((model) => {
      const { encoderLayers, decoderLayers, outputDim, maxLength } = model;
      expect([model.dim, model.heads, model.sourceVocabulary, model.targetVocabulary]).toEqual([dim, heads, 9, 7]);
      expect([encoderLayers, decoderLayers, outputDim, maxLength]).toEqual([2, 2, 7, undefined]);
    });
    const plain = stateDict({ embeddings: false, layers: 1 });
    withModel((model) => {
      expect([model.dim, model.sourceVocabulary, model.outputDim, model.encoderLayers]).toEqual([dim, 0, dim, 1]);
      const output = model.forward(tensor(1, 1, 2, 4, dim), tensor(2, 1, 2, 3, dim)).output;
      expect(output.shape).toEqual([2, 3, dim]);
    }, plain);
  });

  it('takes one sequence, arrays of them and typed arrays with their shape', () => {
    withModel((model) => {
      const one = model.forward(source, target).output;
      expect(one.shape).toEqual([5, targetVocabulary]);
      const batch = model.forward([source, source], [target, target]).output;
      expect(batch.shape).toEqual([2, 5, targetVocabulary]);
      expect(batch.data.slice(0, one.data.length)).toEqual(one.data);
      const typed = model.forward({ data: Int32Array.from(source), shape: [1, 6] }, { data: target, shape: [1, 5] });
      expect(typed.output).toEqual({ data: one.data, shape: [1, 5, targetVocabulary] });
    });
  });

  it('is encode and decode', () => {
    withModel((model) => {
      const memory = model.encode(source).output;
      expect(memory.shape).toEqual([6, dim]);
      expect(model.decode(target, memory).output).toEqual(model.forward(source, target).output);
    });
  });

  it('captures everything, under its modules’ names', () => {
    withModel((model) => {
      const { captured, output } = model.forward([source, source], [target, target], { capture: 'all' });
      const shapes = Object.fromEntries(Object.entries(captured).map(([name, { shape }]) => [name, shape]));
      expect(shapes).toMatchObject({
        'src_tok_emb.embedding': [2, 6, dim],
        'encoder.input': [2, 6, dim],
        'encoder.layers.1.self_attn.query': [2, heads, 6, dim / heads],
        'encoder.layers.1.self_attn.key': [2, heads, 6, dim / heads],
        'encoder.layers.1.self_attn.value': [2, heads, 6, dim / heads],
        'encoder.layers.1.self_attn.weights': [2, heads, 6, 6],
        'encoder.layers.1.linear1': [2, 6, hidden],
        'encoder.layers.1.activation': [2, 6, hidden],
        'encoder.norm': [2, 6, dim],
        'decoder.layers.0.self_attn.weights': [2, heads, 5, 5],
        'decoder.layers.0.multihead_attn.weights': [2, heads, 5, 6],
        'decoder.layers.0.norm3': [2, 5, dim],
        'decoder.layers.1.output': [2, 5, dim],
        logits: [2, 5, targetVocabulary],
      });
      expect(captured['logits']).toEqual(output);
      // What is captured belongs together: the weights of query and key.
      const part = (name: string): Tensor => captured[`encoder.layers.0.self_attn.${name}`] as Tensor;
      const { weights } = engine.attention(part('query'), part('key'), part('value'), { needWeights: true });
      expect(largestDifference((weights as Tensor).data, part('weights').data)).toBeLessThan(1e-6);
      const some = model.forward(source, target, { capture: ['decoder.layers.1.multihead_attn.*', 'logits'] });
      expect(Object.keys(some.captured)).toEqual([
        'decoder.layers.1.multihead_attn.key',
        'decoder.layers.1.multihead_attn.value',
        'decoder.layers.1.multihead_attn.weights',
        'decoder.layers.1.multihead_attn.query',
        'decoder.layers.1.multihead_attn.output',
        'logits',
      ]);
      expect(model.forward(source, target).captured).toEqual({});
    });
  });

  it('decodes without a look at later tokens', () => {
    withModel((model) => {
      const longer = model.forward(source, target).output.data;
      const shorter = model.forward(source, target.slice(0, 3)).output.data;
      const changed = model.forward(source, [...target.slice(0, 3), 1, 1]).output.data;
      const same = 3 * targetVocabulary;
      expect(largestDifference(longer.slice(0, same), shorter)).toBeLessThan(2e-6);
      expect(changed.slice(0, same)).toEqual(longer.slice(0, same));
      const open = model.forward(source, target, { causal: false }).output.data;
      expect(largestDifference(open.slice(0, same), longer.slice(0, same))).toBeGreaterThan(1e-3);
    });
  });

  it('ignores the padding of a source', () => {
    withModel((model) => {
      const alone = model.forward(source, target).output.data;
      const padded = [...source, 2, 7];
      const sourceKeyPaddingMask = padded.map((_, index) => index >= source.length);
      const ignoring = model.forward(padded, target, { sourceKeyPaddingMask }).output.data;
      expect(largestDifference(ignoring, alone)).toBeLessThan(2e-6);
      expect(largestDifference(model.forward(padded, target).output.data, alone)).toBeGreaterThan(1e-3);
      const search = { start: 0, end: 1, maxLength: 5 };
      expect(model.greedy([padded], { ...search, sourceKeyPaddingMask: [sourceKeyPaddingMask] })).toEqual(
        model.greedy([source], search),
      );
    });
  });

  it('goes with permuted vectors as long as they have no positions', () => {
    const tensors = stateDict({ embeddings: false });
    const encoder = engine.createTransformerEncoder(tensors, { heads, prefix: 'encoder.' });
    const x = tensor(5, 1, 4, dim);
    const order = [2, 0, 3, 1];
    const permute = (rows: Float32Array): number[] =>
      order.flatMap((row) => [...rows.slice(row * dim, (row + 1) * dim)]);
    const permuted = encoder.forward({ data: permute(x.data), shape: [4, dim] }).output;
    expect(largestDifference(permuted.data, Float32Array.from(permute(encoder.forward(x).output.data)))).toBeLessThan(
      2e-6,
    );
    encoder.dispose();
    withModel((model) => {
      const there = model.encode([1, 2]).output.data;
      const back = model.encode([2, 1]).output.data;
      expect(largestDifference(there.slice(0, dim), back.slice(dim))).toBeGreaterThan(1e-2);
    });
  });
});

describe('decoding with a cache', () => {
  it.each([false, true])('is decoding of whole sequences, normFirst %s', (normFirst) => {
    withModel(
      (model) => {
        const memory = model.encode([source, [...source].reverse()]).output;
        const targets = [target, [...target].reverse()];
        const whole = model.decode(targets, memory, { capture: ['decoder.layers.1.self_attn.weights'] });
        const decoder = model.decoder(memory);
        targets[0]?.forEach((_, step) => {
          const tokens = targets.map((row) => row[step] as number);
          const { output, captured } = decoder.step(tokens, { capture: ['decoder.layers.1.self_attn.weights'] });
          expect(output.shape).toEqual([2, targetVocabulary]);
          expect(captured['decoder.layers.1.self_attn.weights']?.shape).toEqual([2, heads, 1, step + 1]);
          for (const b of [0, 1]) {
            const expected = whole.output.data.subarray((b * 5 + step) * targetVocabulary);
            const got = output.data.subarray(b * targetVocabulary, (b + 1) * targetVocabulary);
            expect(largestDifference(got, expected.slice(0, targetVocabulary))).toBeLessThan(1e-5);
          }
        });
        expect(decoder.length).toBe(5);
        decoder.dispose();
        const prefilled = model.decoder(memory);
        const first = prefilled.step(targets.map((row) => row.slice(0, 4))).output;
        expect(first.shape).toEqual([2, 4, targetVocabulary]);
        const last = prefilled.step(targets.map((row) => row[4] as number)).output;
        const expected = whole.output.data.subarray(4 * targetVocabulary, 5 * targetVocabulary);
        expect(largestDifference(last.data.subarray(0, targetVocabulary), expected)).toBeLessThan(1e-5);
        prefilled.dispose();
      },
      stateDict(),
      { normFirst },
    );
  });

  it('takes vectors where there is no embedding', () => {
    withModel(
      (model) => {
        const memory = model.encode(tensor(1, 1, 6, dim)).output;
        const x = tensor(2, 1, 1, 4, dim);
        const whole = model.decode(x, memory).output;
        const decoder = model.decoder(memory);
        const parts = [0, 1, 2, 3].flatMap((step) => {
          const data = x.data.slice(step * dim, (step + 1) * dim);
          return [...decoder.step({ data, shape: [1, 1, dim] }).output.data];
        });
        expect(largestDifference(Float32Array.from(parts), whole.data)).toBeLessThan(1e-5);
        decoder.dispose();
      },
      stateDict({ embeddings: false }),
    );
  });

  it('reorders sequences that share a memory', () => {
    withModel((model) => {
      const memory = model.encode(source).output;
      const decoder = model.decoder(memory, { batch: 2 });
      decoder.step([0, 3]);
      decoder.step([2, 5]);
      decoder.reorder([1, 1]);
      const reordered = decoder.step([4, 6]).output.data;
      const expected = model.forward([source, source], [[3, 5, 4], [3, 5, 6]]).output.data; // prettier-ignore
      for (const b of [0, 1]) {
        const row = expected.subarray((b * 3 + 2) * targetVocabulary, (b * 3 + 3) * targetVocabulary);
        const got = reordered.subarray(b * targetVocabulary, (b + 1) * targetVocabulary);
        expect(largestDifference(got, row)).toBeLessThan(1e-5);
      }
      expect(refusal(() => decoder.reorder([0, 2]))).toMatchObject({ code: 'InvalidArgument', argument: 'sources' });
      decoder.dispose();
    });
  });

  it('outlives its model', () => {
    const model = engine.createTransformer(stateDict(), { heads });
    const decoder = model.decoder(model.encode(source).output);
    model.dispose();
    expect(decoder.step(0).output.shape).toEqual([1, targetVocabulary]);
    decoder.dispose();
    expect(refusal(() => decoder.step(0))).toMatchObject({ code: 'Disposed', argument: 'decoder' });
    expect(refusal(() => model.encode(source))).toMatchObject({ code: 'Disposed', argument: 'model' });
    expect(engine.liveHandles).toBe(0);
  });

  it('leaves the state as it was when tokens are refused', () => {
    withModel((model) => {
      const decoder = model.decoder(model.encode(source).output);
      decoder.step(0);
      expect(refusal(() => decoder.step(targetVocabulary))).toEqual({
        code: 'InvalidArgument',
        argument: 'target',
        expected: 'tokens below 7, the size of the vocabulary',
        got: '7 at (0, 0)',
      });
      expect(refusal(() => decoder.step([1, 2]))).toMatchObject({ code: 'InvalidShape', argument: 'target' });
      expect(decoder.length).toBe(1);
      const expected = model.forward(source, [0, 2]).output.data.slice(targetVocabulary);
      expect(largestDifference(decoder.step(2).output.data, expected)).toBeLessThan(1e-5);
      decoder.dispose();
    });
  });
});

describe('searching', () => {
  const search = { start: 0, end: 1, maxLength: 6 };

  it('is greedy: each token is the most likely one', () => {
    withModel((model) => {
      const { tokens, captured } = model.greedy(source, { ...search, capture: ['logits'] });
      const chosen = tokens[0] as number[];
      const logits = captured['logits'] as Tensor;
      expect(logits.shape).toEqual([1, chosen.length + 1, targetVocabulary]);
      chosen.forEach((token, step) => {
        const row = [...logits.data.slice(step * targetVocabulary, (step + 1) * targetVocabulary)];
        expect(row.indexOf(Math.max(...row))).toBe(token);
      });
    });
  });

  it('with a beam of every sequence finds the best of all', () => {
    withModel((model) => {
      const maxLength = 2;
      const options = { start: 0, end: 1, maxLength, width: targetVocabulary ** 2, lengthPenalty: 0.6 };
      const [hypotheses = []] = model.beamSearch(source, options);
      const logProbabilities = (tokens: number[]): number[] => {
        const { data } = model.forward(source, [0, ...tokens]).output;
        const row = [...data.slice(-targetVocabulary)];
        const normaliser = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
        return row.map((logit) => logit - normaliser);
      };
      const expected: { tokens: number[]; score: number }[] = [];
      logProbabilities([]).forEach((first, token) => {
        if (token === 1) expected.push({ tokens: [], score: first });
        else
          logProbabilities([token]).forEach((second, next) => {
            const score = (first + second) / (7 / 6) ** 0.6;
            expected.push({ tokens: next === 1 ? [token] : [token, next], score });
          });
      });
      expected.sort((a, b) => b.score - a.score);
      expect(hypotheses.length).toBe(expected.length);
      hypotheses.forEach(({ tokens, score }, index) => {
        expect(tokens).toEqual(expected[index]?.tokens);
        expect(score).toBeCloseTo(expected[index]?.score as number, 4);
      });
    });
  });

  it('with a beam of one is greedy', () => {
    withModel((model) => {
      const [hypotheses] = model.beamSearch(source, { ...search, width: 1 });
      expect(hypotheses?.map(({ tokens }) => tokens)).toEqual(model.greedy(source, search).tokens);
    });
  });

  it('refuses what makes no sense', () => {
    withModel((model) => {
      expect(refusal(() => model.greedy(source, { ...search, start: 7 }))).toEqual({
        code: 'InvalidArgument',
        argument: 'start',
        expected: 'a token below 7',
        got: '7',
      });
      expect(refusal(() => model.greedy(source, { start: 0, end: 1 }))).toMatchObject({ argument: 'maxLength' });
      expect(refusal(() => model.beamSearch(source, { ...search, width: 0 }))).toMatchObject({ argument: 'width' });
      expect(refusal(() => model.beamSearch(source, { ...search, lengthPenalty: Infinity }))).toMatchObject({
        argument: 'lengthPenalty',
      });
    });
    withModel(
      (model) => {
        const call = (): unknown => model.greedy(tensor(1, 1, 3, dim), search);
        expect(refusal(call)).toMatchObject({ code: 'InvalidArgument', argument: 'model', got: 'no generator' });
      },
      stateDict({ embeddings: false }),
    );
  });
});

describe('bad input', () => {
  const create =
    (tensors: StateDict, options = {}) =>
    (): unknown =>
      engine.createTransformer(tensors, { heads, ...options });

  it('a name that is missing', () => {
    for (const name of [
      'transformer.encoder.layers.1.self_attn.in_proj_weight',
      'transformer.decoder.layers.0.multihead_attn.out_proj.weight',
      'transformer.decoder.layers.1.norm3.weight',
      'transformer.encoder.layers.0.linear2.weight',
    ]) {
      expect(refusal(create(without(stateDict(), name)))).toEqual({
        code: 'InvalidArgument',
        argument: name,
        expected: 'a tensor of that name',
        got: 'none',
      });
    }
    expect(refusal(create({}))).toMatchObject({ argument: 'encoder.layers.0.self_attn.in_proj_weight' });
    expect(engine.liveHandles).toBe(0);
  });

  it('another shape', () => {
    const wrong = (name: string, ...shape: number[]): StateDict => ({ ...stateDict(), [name]: tensor(1, 1, ...shape) });
    const linear1 = 'transformer.encoder.layers.0.linear1.weight';
    expect(refusal(create(wrong(linear1, hidden, dim + 1)))).toEqual({
      code: 'InvalidShape',
      argument: linear1,
      expected: 'shape (20, 12)',
      got: '(20, 13)',
    });
    for (const [name, shape] of [
      ['transformer.encoder.layers.1.self_attn.in_proj_weight', [dim, dim]],
      ['transformer.encoder.layers.1.self_attn.in_proj_bias', [dim]],
      ['transformer.decoder.norm.weight', [dim + 1]],
      ['transformer.decoder.layers.0.norm2.bias', [1, dim]],
      ['generator.weight', [targetVocabulary, 3]],
      ['src_tok_emb.embedding.weight', [sourceVocabulary, dim - 1]],
    ] as const) {
      expect(refusal(create(wrong(name, ...shape)))).toMatchObject({ code: 'InvalidShape', argument: name });
    }
  });

  it('numbers that are none, words for tensors, heads that do not divide', () => {
    const name = 'transformer.decoder.layers.0.linear1.bias';
    const data = new Float32Array(hidden);
    data[3] = NaN;
    expect(refusal(create({ ...stateDict(), [name]: { data, shape: [hidden] } }))).toEqual({
      code: 'InvalidArgument',
      argument: name,
      expected: 'finite numbers',
      got: 'NaN at element 3',
    });
    expect(refusal(create({ ...stateDict(), [name]: 'words' as unknown as Tensor }))).toMatchObject({
      code: 'InvalidType',
      argument: name,
    });
    expect(refusal(create(stateDict(), { heads: 5 }))).toEqual({
      code: 'InvalidArgument',
      argument: 'heads',
      expected: 'a divisor of the 12 dimensions',
      got: '5',
    });
    expect(refusal(create(stateDict(), { heads: undefined }))).toMatchObject({ argument: 'heads' });
    expect(refusal(create(stateDict(), { activation: 'tanh' }))).toMatchObject({ argument: 'activation' });
    expect(refusal(create(stateDict(), { epsilon: -1 }))).toMatchObject({ argument: 'epsilon' });
  });

  it('sequences that do not fit', () => {
    withModel(
      (model) => {
        const call = (from: unknown, to: unknown, options = {}) => refusal(() => model.forward(from as number[], to as number[], options)); // prettier-ignore
        expect(call([9], target)).toEqual({
          code: 'InvalidArgument',
          argument: 'source',
          expected: 'tokens below 9, the size of the vocabulary',
          got: '9 at (0, 0)',
        });
        expect(call([-1], target)).toMatchObject({ code: 'InvalidArgument', argument: 'source' });
        expect(call([0.5], target)).toMatchObject({ code: 'InvalidType', argument: 'source' });
        expect(call('3 1 4', target)).toMatchObject({ code: 'InvalidType', argument: 'source' });
        expect(call([], target)).toMatchObject({ code: 'InvalidShape', argument: 'source' });
        expect(call(source, [])).toMatchObject({ code: 'InvalidShape', argument: 'target' });
        expect(call([[1, 2], [3]], target)).toMatchObject({ code: 'InvalidShape', argument: 'source' });
        expect(call([source, source], target)).toMatchObject({ code: 'InvalidShape' });
        expect(call(source, [0, 1, 2, 3, 4, 5, 6])).toEqual({
          code: 'InvalidShape',
          argument: 'target',
          expected: 'sequences of at most 6',
          got: '7',
        });
        expect(call(source, target, { sourceMask: [[1, 2, 3]] })).toMatchObject({ argument: 'sourceMask' });
        expect(call(source, target, { targetMask: [[1, 2, 3]] })).toMatchObject({ argument: 'targetMask' });
        expect(call(source, target, { sourceKeyPaddingMask: [true] })).toMatchObject({
          argument: 'sourceKeyPaddingMask',
        });
        expect(call(source, target, { targetKeyPaddingMask: [true] })).toMatchObject({
          argument: 'targetKeyPaddingMask',
        });
        expect(call(source, target, { capture: ['encoder.layers.7.output'] })).toEqual({
          code: 'InvalidArgument',
          argument: 'capture',
          expected: 'names of what this call computes',
          got: '"encoder.layers.7.output"',
        });
        const decoder = model.decoder(model.encode(source).output);
        for (let step = 0; step < 6; ++step) decoder.step(1);
        expect(refusal(() => decoder.step(1))).toMatchObject({ code: 'InvalidShape', argument: 'target', got: '7' });
        decoder.dispose();
      },
      stateDict(),
      { maxLength: 6 },
    );
  });
});

describe('layer normalisation', () => {
  it('is that of rows of any rank', () => {
    expect(engine.layerNorm([1, 3], { epsilon: 0 }).data).toEqual(Float32Array.of(-1, 1));
    const y = engine.layerNorm([[[0, 2], [5, 1]]], { weight: [2, 3], bias: [0, 1], epsilon: 0 }); // prettier-ignore
    expect(y).toEqual({ data: Float32Array.of(-2, 4, 2, -2), shape: [1, 2, 2] });
  });

  it('refuses parameters of another size', () => {
    expect(refusal(() => engine.layerNorm([[1, 2]], { weight: [1] }))).toEqual({
      code: 'InvalidShape',
      argument: 'weight',
      expected: 'shape (2)',
      got: '(1)',
    });
    expect(refusal(() => engine.layerNorm([[1, 2]], { epsilon: NaN }))).toMatchObject({ argument: 'epsilon' });
  });
});
