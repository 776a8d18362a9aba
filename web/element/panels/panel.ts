import type { TemplateResult } from 'lit';
import type { TensorLike } from '../../../wasm-bindings/js/index.js';
import type { Words } from '../../views/words.js';
import type { ColourScheme } from '../colour-scheme.js';
import type { Picture } from '../source/picture.js';
import type { Scene } from '../scene.js';
import type { Pin, Place, Reach, Selection } from '../selection.js';
import type { DrawnSettings, Knobs, Settings } from '../settings.js';
import type { HeadWeights } from '../source/head-weights.js';
import type { ValueScale } from '../../views/value-scale.js';

/** Everything there is to draw at one moment. */
export interface Frame {
  /** What the page gave, with the axes as they are shown (words instead of sub-words, if they are merged). */
  readonly scene: Scene;
  readonly picture: Picture;
  /** The weights of the main views: the chosen head, the composite, or the difference to what it is compared with. */
  readonly weights: HeadWeights;
  /** What these weights are, in words: "head 3", "mean of 12 heads", "head 3 − head 1". */
  readonly title: string;
  /** From weight to colour. */
  readonly scale: ValueScale;
  readonly selection: Selection;
  readonly settings: DrawnSettings;
  readonly scheme: ColourScheme;
  readonly words: Words;
  readonly locale: string;
  /** Width that a panel has, in CSS pixels. */
  readonly room: number;
  /** The reader may look and point, but turn nothing. */
  readonly readonly: boolean;
  /** Names of the controls that are offered; null for all of them. */
  readonly controls: ReadonlySet<string> | null;
  /** What the picture is compared with; null for nothing. */
  readonly compare: Comparison | null;
  /** The cell explainer is open. */
  readonly explaining: boolean;
  /** The numbers are shown as a table. */
  readonly table: boolean;
  /** The reader changed some component of a query or key. */
  readonly edited: boolean;
}

/** The frames of a comparison; the first one is the only one where nothing is compared. */
export const SIDES = ['shown', 'compared', 'difference'] as const;

/** What a picture is compared with: the same input but for what is given here. */
export interface Comparison extends Partial<Knobs> {
  readonly head?: number;
  readonly query?: TensorLike;
  readonly key?: TensorLike;
  readonly weights?: TensorLike;
}

/** A new value for one component of a query's or a key's vector in one head. */
export interface Edit {
  readonly tensor: 'query' | 'key';
  readonly head: number;
  /** Of the query or key. */
  readonly index: number;
  readonly component: number;
  readonly value: number;
}

/** What a panel tells of the reader. */
export interface Actions {
  hover(place: Place | null): void;
  pin(place: Place, reach?: Reach): void;
  /** These and no others stay chosen. */
  choose(pin: Pin): void;
  sweep(from: Place, to: Place): void;
  release(): void;
  chooseHead(head: number, reach?: Reach): void;
  /** The reader turned a setting. */
  set(change: Partial<Settings>): void;
  compare(what: Comparison | null): void;
  explain(open: boolean): void;
  table(open: boolean): void;
  edit(edit: Edit): void;
  resetEdits(): void;
  /** Draw again soon. */
  update(): void;
}

/** One part of the element: a view, the strip of heads, the read-out ... */
export interface Panel {
  template(frame: Frame): TemplateResult;
  /** After each rendering: paints canvases and puts things where they belong. `root` is the element's shadow root. */
  paint?(frame: Frame, root: ParentNode): void;
  /** The element was taken out of the page. */
  disconnect?(): void;
}

/** The reach that the keys held during a click ask for. */
export function reachOf(event: {
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}): Reach {
  if (event.shiftKey) return 'range';
  return event.ctrlKey || event.metaKey ? 'also' : 'only';
}
