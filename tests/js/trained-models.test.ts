import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readTensors } from 'headscope/readers';

interface Description {
  readonly name: string;
  readonly parameters: number;
  readonly accuracy: Readonly<Record<string, unknown>>;
}

const folder = fileURLToPath(new URL('../../web/models/', import.meta.url));
const files = readdirSync(folder).filter((file) => statSync(folder + file).isFile());
const names = files.filter((file) => file.endsWith('.safetensors')).map((file) => file.replace('.safetensors', ''));

test('all trained models together are at most 1.5 MB', () => {
  expect(files.reduce((sum, file) => sum + statSync(folder + file).size, 0)).toBeLessThanOrEqual(1_500_000);
});

describe.each(names)('the trained model %s', (name) => {
  const description = JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as Description;
  const tensors = readTensors(`${name}.safetensors`, readFileSync(`${folder}${name}.safetensors`));

  test('is the one that its description speaks of', () => {
    expect(description.name).toBe(name);
    expect(tensors.reduce((sum, { tensor }) => sum + tensor.data.length, 0)).toBe(description.parameters);
    expect(Object.keys(description.accuracy)).not.toHaveLength(0);
  });

  test('has finite weights, rounded to float16', () => {
    for (const { name: weight, tensor, dtype } of tensors) {
      expect(dtype, weight).toBe('float16');
      expect(tensor.data.every(Number.isFinite), weight).toBe(true);
    }
  });
});
