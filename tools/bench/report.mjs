// What was measured, as Markdown: first what the goals speak of, then every contestant.

const median = (times) => {
  const sorted = times.toSorted ? times.toSorted((a, b) => a - b) : [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Largest error of a result in float32, over the largest value expected, beyond which it is wrong. */
const tolerance = 1e-5;

const isOurs = ({ by }) => by.startsWith('headscope');
const gigaflops = (m) => m.operations / median(m.times) / 1e6;
const isPeer = (m) => !isOurs(m) && m.by !== 'peak' && m.error <= tolerance;
const relaxedPeer = 'LiteRT.js';
const best = (measurements) => measurements.reduce((a, b) => (gigaflops(b) > gigaflops(a) ? b : a), measurements[0]);

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}

const ms = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const percent = (value) => `${(100 * value).toFixed(0)} %`;
const times = (value) => `${value.toFixed(2)}x`;
/** A figure, and its goal with whether it is met. */
const against = (figure, goal, show) =>
  figure === undefined
    ? '–'
    : goal === undefined
      ? show(figure)
      : `${show(figure)} (${figure >= goal ? 'met' : 'MISSED'}: ${show(goal)})`;

export function report(results) {
  const { date, machine, browser, quick, workloads, measurements, failures } = results;
  const at = (work, threads) => measurements.filter((m) => m.work === work && m.threads === threads);
  const oneThread = workloads.map(({ name, goals }) => {
    const all = at(name, 1);
    const by = (who) => all.find((m) => m.by === who);
    const [peak, resident, arrays, simd] = ['peak', 'headscope', 'headscope, arrays', 'headscope, simd'].map(by);
    const rate = (m) => m && gigaflops(m);
    const peers = all.filter(isPeer);
    const bestPeer = best(peers);
    const bestWithoutRelaxed = best(peers.filter((m) => m.by !== relaxedPeer));
    const ratio = (a, b) => a && b && rate(a) / rate(b);
    return [
      name,
      resident ? rate(resident).toFixed(1) : '–',
      bestPeer ? `${rate(bestPeer).toFixed(1)} ${bestPeer.by}` : '–',
      against(ratio(resident, bestPeer), goals.ratio, times),
      against(ratio(resident, peak), goals.ofPeak, percent),
      against(ratio(arrays, resident), undefined, percent),
      against(ratio(simd, bestWithoutRelaxed), goals.ratio && 1.3, times),
    ];
  });
  const every = measurements.map((m) => [
    m.work,
    m.by,
    m.threads,
    `${ms(median(m.times))} (${ms(Math.min(...m.times))} to ${ms(Math.max(...m.times))})`,
    gigaflops(m).toFixed(1),
    m.by === 'peak' ? '–' : `${m.error.toExponential(1)}${m.error <= tolerance ? '' : ' WRONG'}`,
  ]);
  const text = [
    `# Attention in ${browser}`,
    '',
    `${date}; ${machine}${quick ? '; quick' : ''}. float32, B = 1, H = 12, D = 64 unless said. GFLOP/s = 4·B·H·Lq·Lk·D / median time.`,
    '',
    '## One thread',
    '',
    table(
      [
        'work',
        'headscope, GFLOP/s',
        'best peer',
        'ratio',
        'of peak',
        'arrays in and out',
        'simd flavour, against peers without relaxed SIMD',
      ],
      oneThread,
    ),
    '## Everyone',
    '',
    table(['work', 'by', 'threads', 'ms, median (fastest to slowest)', 'GFLOP/s', 'error'], every),
    ...failures.map(
      ({ work, by, threads, reason }) => `- ${by}, ${threads} thread(s), failed at ${work}: ${reason.split('\n')[0]}`,
    ),
    '',
  ].join('\n');
  return { text, wrong: measurements.some((m) => isOurs(m) && !(m.error <= tolerance)) };
}
