import { toTensor, type TensorLike } from '../../../wasm-bindings/js/index.js';
import { writePermalink } from './permalink.js';
import {
  COMPARED_TENSORS,
  comparedSettings,
  DATA_NAMES,
  packed,
  settingTexts,
  TENSORS,
  type ScopeState,
} from './state.js';

/** Up to so many numbers are written out; more are packed. */
const WRITTEN_LIMIT = 600;

export interface EmbedOptions {
  /** Address of element.js for the other page. */
  readonly src: string;
  /** Address of the page in an iframe; see web/examples/iframe. */
  readonly frame: string;
}

/** The three ways to have an element elsewhere, as text to paste; null where the data is too large for it. */
export interface EmbedTexts {
  /** A tag with its data as a child: works wherever markup can be pasted. */
  readonly tag: string;
  /** For sites that allow no scripts. */
  readonly frame: string | null;
  /** Sets the element's properties. */
  readonly script: string;
}

/** Text between quotation marks in markup. */
const quoted = (text: string): string =>
  `"${text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')}"`;

/** JSON that ends no script element and starts no comment in it. */
const json = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

/** The shortest digits that give the same float32. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; ++digits) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function tensorValue(name: string, like: TensorLike): unknown {
  const { data, shape } = toTensor(like, name);
  const written = data.length <= WRITTEN_LIMIT && data.every(Number.isFinite);
  return written ? { shape, data: Array.from(data, shortest) } : { shape, float32: packed(data) };
}

function dataValues(data: ScopeState['data']): [string, unknown][] {
  return DATA_NAMES.flatMap((name): [string, unknown][] => {
    const value = data[name];
    if (value === undefined) return [];
    const isTensor = (TENSORS as readonly string[]).includes(name);
    return [[name, isTensor ? tensorValue(name, value as TensorLike) : value]];
  });
}

/** What it is compared with, as JSON and as JavaScript: in JSON nothing can be undefined. */
function comparedValues({ compare }: ScopeState): [string, unknown][] {
  if (!compare) return [];
  const turned = comparedSettings(compare).map((name): [string, unknown] => [name, compare[name]]);
  const tensors = COMPARED_TENSORS.flatMap((name): [string, unknown][] => {
    const like = compare[name];
    return like === undefined ? [] : [[name, tensorValue(name, like)]];
  });
  return [...turned, ...tensors];
}

/** The settings that are not as they always are, as attributes. */
function settingAttributes({ settings }: ScopeState): string {
  return settingTexts(settings)
    .map(([name, text]) => (text === '' ? ` ${name}` : ` ${name}=${quoted(text)}`))
    .join('');
}

/** What to paste into another page for the same picture. */
export function embedTexts(state: ScopeState, { src, frame }: EmbedOptions): EmbedTexts {
  const attributes = settingAttributes(state);
  const values = dataValues(state.data);
  const compared = comparedValues(state);
  const ofJson = Object.fromEntries(compared.map(([name, value]) => [name, value ?? null]));
  const chosen = { ...(state.pin && { pin: state.pin }), ...(state.edits?.length && { edits: state.edits }) };
  const compare: [string, unknown][] = state.compare ? [['compare', ofJson]] : [];
  const lines = [...values, ...compare, ...Object.entries(chosen)].map(
    ([name, value]) => `    ${json(name)}: ${json(value)}`,
  );
  const tag = `<script type="module" src=${quoted(src)}></script>
<head-scope${attributes}>
  <script type="application/json">
  {
${lines.join(',\n')}
  }
  </script>
</head-scope>
`;
  const float32Of = (value: unknown): string | undefined => (value as { float32?: string } | undefined)?.float32;
  const packs = [...values, ...compared].some(([, value]) => float32Of(value) !== undefined);
  const code = (value: unknown): string => {
    const float32 = float32Of(value);
    if (value === undefined) return 'undefined';
    return float32 === undefined
      ? json(value)
      : `unpack(${json(float32)}, ${json((value as { shape: number[] }).shape)})`;
  };
  const assignments = values.map(([name, value]) => `  scope.${name} = ${code(value)};`);
  if (state.compare) {
    assignments.push(`  scope.compare = { ${compared.map(([name, value]) => `${name}: ${code(value)}`).join(', ')} };`);
  }
  if (Object.keys(chosen).length > 0) assignments.push(`  scope.show(${json(chosen)});`);
  const script = `<head-scope id="attention"${attributes}></head-scope>
<script type="module">
  import ${json(src)};
${packs ? '  const unpack = (text, shape) => ({\n    data: new Float32Array(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer),\n    shape,\n  });\n' : ''}  const scope = document.getElementById('attention');
${assignments.join('\n')}
</script>
`;
  const link = writePermalink(state);
  return {
    tag,
    script,
    frame: link.whole
      ? `<iframe src=${quoted(`${frame}#${link.text}`)} title="Attention weights" width="100%" height="640" loading="lazy"></iframe>\n`
      : null,
  };
}
