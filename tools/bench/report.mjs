// What was measured, as Markdown: first what goals speak of, then everyone.

/** Largest error of float32, over the largest value expected, beyond which a result is wrong. */
const tolerance = 1e-5;

/** Fraction of the processors' time taken by others, beyond which figures are not worth much. */
const tooOccupied = 0.1;

/** Fraction of the speed with resident tensors that is to be left with typed arrays in and out, from L = 256 on. */
const arraysGoal = 0.92;
/** Times the best peer without relaxed SIMD, without it. */
const simdGoal = 1.3;
const relaxedPeer = 'LiteRT.js';
/** Times plain JavaScript's time to the first result, at most; kilobytes of download, at most. */
const firstResultGoal = 1.25;
const downloadGoal = 50;
/** Milliseconds; what is not longer is not reported by browsers either. */
const taskGoal = 50;
/** Exponent of time over L. */
const exponentGoal = [1.95, 2.05];

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const rate = ({ operations, times }) => operations / median(times) / 1e6;
const isOurs = ({ by }) => by.startsWith('headscope');
const isRight = ({ error }) => error <= tolerance;
/** Speed of one over that of another, if both were measured. */
const ratio = (one, other) => one && other && rate(one) / rate(other);

/** The fastest of those who were right and are not ours. */
function bestPeer(measurements) {
  const peers = measurements.filter((m) => !isOurs(m) && m.by !== 'peak' && isRight(m));
  return peers.reduce((best, m) => (best === undefined || rate(m) > rate(best) ? m : best), undefined);
}

/** The least-squares slope of log time over log L. */
function exponent(growth) {
  const points = growth.map(({ work, times }) => [Math.log(Number(/\d+/.exec(work)[0])), Math.log(median(times))]);
  const mean = (axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const sum = (of) => points.reduce((total, point) => total + of(point[0] - x, point[1] - y), 0);
  return sum((dx, dy) => dx * dy) / sum((dx) => dx * dx);
}

/** What 95 % of the values are at most. */
export const percentile95 = (values) => [...values].sort((a, b) => a - b)[Math.ceil(0.95 * values.length) - 1];

const milliseconds = (value) => (value < 100 ? value.toPrecision(3) : value.toFixed(0));
const spread = (times) =>
  `${milliseconds(median(times))} (${milliseconds(Math.min(...times))} to ${milliseconds(Math.max(...times))})`;
const gigaflops = (m) => (m ? rate(m).toFixed(1) : '–');
const named = (m) => (m ? `${gigaflops(m)} (${m.by})` : '–');
const factor = (value) => `${value.toFixed(2)}x`;
const percent = (value) => `${(100 * value).toFixed(1)} %`;

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}

/** The Markdown, and whether a result of ours was wrong. */
export function report(results) {
  const {
    date,
    machine,
    occupied,
    browser,
    quick,
    seconds,
    workloads,
    oneThread,
    twoThreads,
    growth,
    firstResults,
    longTasks,
    frames,
    failures,
  } = results;
  const score = { met: 0, of: 0 };
  const verdict = (met, goal) => {
    score.of += 1;
    score.met += met ? 1 : 0;
    return `(${met ? 'met' : '**missed**'}: ${goal})`;
  };
  /** A figure, and its goal if it has one. */
  const atLeast = (figure, goal, show) =>
    figure === undefined
      ? '–'
      : goal === undefined
        ? show(figure)
        : `${show(figure)} ${verdict(figure >= goal, `≥ ${show(goal)}`)}`;
  const find = (measurements, work, by) => measurements.find((m) => m.work === work && m.by === by);

  const one = workloads.map(({ name, queries, goals }) => {
    const here = oneThread.filter(({ work }) => work === name);
    const resident = find(here, name, 'headscope');
    const peer = bestPeer(here);
    const withoutRelaxed = bestPeer(here.filter(({ by }) => by !== relaxedPeer));
    return [
      name,
      resident ? spread(resident.times) : '–',
      gigaflops(resident),
      atLeast(ratio(resident, find(here, name, 'peak')), goals.ofPeak, percent),
      named(peer),
      atLeast(ratio(resident, peer), goals.ratio, factor),
      atLeast(ratio(find(here, name, 'headscope, arrays'), resident), queries >= 256 ? arraysGoal : undefined, percent),
      atLeast(ratio(find(here, name, 'headscope, simd'), withoutRelaxed), goals.ratio && simdGoal, factor),
    ];
  });
  const two = workloads
    .filter(({ goals }) => goals.two)
    .map(({ name, goals }) => {
      const here = twoThreads.filter(({ work }) => work === name);
      const pool = here.find((m) => isOurs(m) && m.threads === 2);
      const peer = bestPeer(here);
      return [
        name,
        pool ? spread(pool.times) : '–',
        gigaflops(pool),
        named(peer),
        atLeast(ratio(pool, peer), goals.two.ratio, factor),
        atLeast(
          ratio(
            pool,
            here.find((m) => isOurs(m) && m.threads === 1),
          ),
          goals.two.speedup,
          factor,
        ),
      ];
    });
  const plain = firstResults.find(({ by }) => by === 'plain JavaScript');
  const first = firstResults.map(({ by, times, gzipped }) => {
    const later = median(times) / median(plain.times);
    const kilobytes = gzipped / 1024;
    const verdicts =
      by === 'headscope'
        ? [
            verdict(later <= firstResultGoal, `≤ ${factor(firstResultGoal)}`),
            verdict(kilobytes <= downloadGoal, `≤ ${downloadGoal} KB`),
          ]
        : [];
    const cells = [factor(later), `${kilobytes.toFixed(1)} KB`];
    return [by, spread(times), ...cells.map((cell, index) => [cell, verdicts[index]].join(' ').trim())];
  });
  const task = (time) => (time > 0 ? milliseconds(time) : `under ${taskGoal}`);
  const tasks = longTasks.map(({ work, times }) => [
    work,
    `${task(median(times))} ${verdict(median(times) <= taskGoal, `≤ ${taskGoal} ms`)}`,
    task(Math.max(...times)),
  ]);
  const smooth = frames.map(({ work, goal, times, longest }) => {
    const time = percentile95(times);
    return [
      work,
      `${milliseconds(time)} ${verdict(time <= goal, `≤ ${goal} ms`)}`,
      longest === undefined ? '–' : `${task(longest)} ${verdict(longest <= taskGoal, `≤ ${taskGoal} ms`)}`,
    ];
  });
  const everyone = [...oneThread, ...twoThreads, ...growth].map((m) => [
    m.work,
    m.by,
    m.threads,
    spread(m.times),
    gigaflops(m),
    m.by === 'peak' ? '–' : `${m.error.toExponential(1)}${isRight(m) ? '' : ' **wrong**'}`,
  ]);
  const growthText = () => {
    const power = exponent(growth);
    const [least, most] = exponentGoal;
    const rates = growth.map((m) => `${gigaflops(m)} at ${m.work.replace('growth, ', '')}`).join(', ');
    return `Time grows as L to the power of ${power.toFixed(3)} ${verdict(power >= least && power <= most, `${least} to ${most}`)}. One head, GFLOP/s: ${rates}.\n`;
  };

  const sections = [
    [
      'One thread',
      workloads.length > 0 &&
        table(
          [
            'work',
            'headscope, ms',
            'GFLOP/s',
            'of peak',
            'best peer, GFLOP/s',
            'headscope against it',
            'arrays in and out',
            'simd flavour, against peers without relaxed SIMD',
          ],
          one,
        ),
    ],
    [
      'Two threads',
      two.length > 0 &&
        table(
          [
            'work',
            'headscope, two workers, ms',
            'GFLOP/s',
            'best peer, GFLOP/s',
            'headscope against it',
            'against one worker',
          ],
          two,
        ),
    ],
    ['Growth', growth.length > 0 && growthText()],
    [
      'From navigation to the first result',
      first.length > 0 && table(['who', 'ms', "times plain JavaScript's", 'download, gzipped'], first),
    ],
    [
      'Longest task on the main thread',
      tasks.length > 0 && table(['what is shown', 'ms', 'in the slowest round, ms'], tasks),
    ],
    ['Frames', smooth.length > 0 && table(['what is drawn', 'ms, p95', 'longest task, ms'], smooth)],
    ['Everyone', everyone.length > 0 && table(['work', 'who', 'threads', 'ms', 'GFLOP/s', 'error'], everyone)],
    [
      'Failures',
      failures.length > 0 &&
        table(
          ['work', 'who', 'threads', 'what it said'],
          failures.map((f) => [f.work, f.by, f.threads, f.reason.split('\n')[0].slice(0, 100)]),
        ),
    ],
  ];
  const body = sections.filter(([, text]) => text).map(([title, text]) => `## ${title}\n\n${text}`);
  const circumstances = [
    ...(quick ? ['quick, without what is slow'] : []),
    ...(occupied > tooOccupied ? [`**others took ${percent(occupied)} of its processors' time**`] : []),
    `took ${seconds.toFixed(0)} s`,
  ];
  const text = `# Attention in ${browser}

${date}; ${machine}; ${circumstances.join('; ')}. ${score.met} of ${score.of} goals met.

float32, B = 1, H = 12, D = 64 unless said. GFLOP/s = 4·B·H·Lq·Lk·D over the median time; of a
layer, the operations of its matrix products, with typed arrays in and out. Times are medians (fastest to slowest). Errors are
relative to the largest value of a reference in double.

${body.join('\n\n')}
`;
  const all = [...oneThread, ...twoThreads, ...growth, ...firstResults];
  return { text, wrong: all.some((m) => isOurs(m) && !isRight(m)) };
}
