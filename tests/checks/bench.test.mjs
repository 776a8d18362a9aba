// What the benchmark says of its figures. The figures here are made up, so that all verdicts are known.
import { expect, test } from 'vitest';
import { median, report } from '../../tools/bench/report.mjs';

const gigaflop = 1e9;
/** A contestant that needs so many milliseconds for a GFLOP. */
const measured = (by, times, { work = 'work', threads = 1, error = 1e-7, operations = gigaflop } = {}) => ({
  work,
  by,
  threads,
  error,
  operations,
  times: [times].flat(),
});

const results = (parts) => ({
  date: '2020-02-02',
  machine: 'a machine',
  occupied: 0.01,
  browser: 'a browser',
  quick: false,
  seconds: 1,
  workloads: [],
  oneThread: [],
  twoThreads: [],
  growth: [],
  firstResults: [],
  longTasks: [],
  frames: [],
  failures: [],
  ...parts,
});
const workload = (goals, queries = 512) => ({ name: 'work', queries, goals });
/** The cells of the row that begins with these. */
const row = (text, ...start) =>
  text
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .find((cells) => start.every((cell, index) => cells[index + 1] === cell))
    .slice(1, -1);

test('the median of an even count lies between the two in the middle', () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([7, 1, 3, 5])).toBe(4);
});

test('one thread: speed, fraction of the peak, ratio to the best peer that is right, arrays, the flavour without relaxed SIMD', () => {
  const { text, wrong } = report(
    results({
      workloads: [workload({ ratio: 1.5, ofPeak: 0.5 })],
      oneThread: [
        measured('peak', 10),
        measured('headscope', [30, 20, 20]),
        measured('headscope, arrays', 25),
        measured('headscope, simd', 40),
        measured('LiteRT.js', 32),
        measured('tfjs-backend-wasm', 60),
        measured('onnxruntime-web', 1, { error: 0.1 }),
      ],
    }),
  );
  expect(row(text, 'work', '20.0 (20.0 to 30.0)').slice(2)).toEqual([
    '50.0',
    '50.0 % (met: ≥ 50.0 %)',
    '31.3 (LiteRT.js)',
    '1.60x (met: ≥ 1.50x)',
    '80.0 % (**missed**: ≥ 92.0 %)',
    '1.50x (met: ≥ 1.30x)',
  ]);
  expect(row(text, 'work', 'onnxruntime-web').at(-1)).toBe('1.0e-1 **wrong**');
  expect(text).toContain('3 of 4 goals met');
  expect(wrong).toBe(false);
});

test('a wrong result of ours is told of, NaN too', () => {
  const ours = (error) => report(results({ oneThread: [measured('headscope, simd', 1, { error })] })).wrong;
  expect(ours(1e-6)).toBe(false);
  expect(ours(1e-4)).toBe(true);
  expect(ours(NaN)).toBe(true);
});

test('two threads: against the best peer with two, and ourselves with one', () => {
  const { text } = report(
    results({
      workloads: [workload({ two: { ratio: 1.25, speedup: 1.85 } }), { ...workload({}), name: 'no goal' }],
      twoThreads: [
        measured('headscope', 40),
        measured('headscope', 20, { threads: 2 }),
        measured('LiteRT.js', 24, { threads: 2 }),
      ],
    }),
  );
  const section = text.slice(text.indexOf('## Two threads'), text.indexOf('## Everyone'));
  expect(row(section, 'work', '20.0 (20.0 to 20.0)').slice(2)).toEqual([
    '50.0',
    '41.7 (LiteRT.js)',
    '1.20x (**missed**: ≥ 1.25x)',
    '2.00x (met: ≥ 1.85x)',
  ]);
  expect(section).not.toContain('no goal');
});

test('the exponent of time over L is that of the power law that the times follow', () => {
  const growth = [256, 1024, 8192].map((length) =>
    measured('headscope', 3e-6 * length ** 2.2, { work: `growth, L = ${length}` }),
  );
  expect(report(results({ growth })).text).toContain('to the power of 2.200 (**missed**: 1.95 to 2.05)');
});

test('first results are compared with plain JavaScript, where smaller is better', () => {
  const first = (by, time, kilobytes) => ({ by, times: [time], error: 0, gzipped: kilobytes * 1024 });
  const { text } = report(results({ firstResults: [first('headscope', 130, 49), first('plain JavaScript', 100, 1)] }));
  expect(row(text, 'headscope', '130 (130 to 130)').slice(2)).toEqual([
    '1.30x (**missed**: ≤ 1.25x)',
    '49.0 KB (met: ≤ 50 KB)',
  ]);
});

test('tasks that are not long have no length', () => {
  const { text } = report(
    results({
      longTasks: [
        { work: 'smooth', times: [0, 70, 0] },
        { work: 'rough', times: [61, 70, 0] },
      ],
    }),
  );
  expect(row(text, 'smooth').slice(1)).toEqual(['under 50 (met: ≤ 50 ms)', '70.0']);
  expect(row(text, 'rough').slice(1)).toEqual(['61.0 (**missed**: ≤ 50 ms)', '70.0']);
});

test('frames are judged by the slowest but for one in twenty, and by the longest task', () => {
  // 40 frames: two may be late, the third is not forgiven.
  const times = (late) => Array.from({ length: 40 }, (_, i) => (i < late ? 33.4 : 16.7));
  const { text } = report(
    results({
      frames: [
        { work: 'overview', goal: 1000, times: [812] },
        { work: 'smooth', goal: 16.9, times: times(2), longest: 0 },
        { work: 'rough', goal: 16.9, times: times(3), longest: 61 },
      ],
    }),
  );
  expect(row(text, 'overview').slice(1)).toEqual(['812 (met: ≤ 1000 ms)', '–']);
  expect(row(text, 'smooth').slice(1)).toEqual(['16.7 (met: ≤ 16.9 ms)', 'under 50 (met: ≤ 50 ms)']);
  expect(row(text, 'rough').slice(1)).toEqual(['33.4 (**missed**: ≤ 16.9 ms)', '61.0 (**missed**: ≤ 50 ms)']);
});

test('figures of a busy machine say so', () => {
  expect(report(results({ occupied: 0.02 })).text).not.toContain('others took');
  expect(report(results({ occupied: 0.5 })).text).toContain('others took 50.0 %');
});
