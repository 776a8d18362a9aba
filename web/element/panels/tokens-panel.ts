import { css, html, nothing } from 'lit';
import { threeDigits } from '../../views/numbers.js';
import { MASKED } from '../../views/pooling.js';
import { itemName, type SentencePart } from '../../views/sentence.js';
import type { Words } from '../../views/words.js';
import type { Pin, Place, Reach, Selection } from '../selection.js';
import { sentenceTemplate } from './sentence-template.js';
import { reachOf, type Actions, type Frame } from './panel.js';
import {
  otherAxis,
  pinnedOn,
  placeOn,
  profileTitle,
  tokenProfile,
  type Axis,
  type Together,
  type TokenProfile,
} from './token-profile.js';

export function weightText(weight: number, words: Words): string {
  return weight === MASKED ? words.masked : threeDigits(weight);
}

/** Buttons of which one is pressed; none where the reader may turn nothing. */
export function choice<T extends string>(
  { readonly }: Frame,
  options: Readonly<Record<T, string>>,
  chosen: T,
  choose: (option: T) => void,
): unknown {
  if (readonly) return nothing;
  return html`<span class="turn">
    ${(Object.keys(options) as T[]).map(
      (option) =>
        html`<button type="button" aria-pressed=${option === chosen} @click=${() => choose(option)}>
          ${options[option]}
        </button>`,
    )}
  </span>`;
}

let instances = 0;

/**
 * What the views of tokens have in common: pointing and sweeping, the keys, and a caption that says what is shown.
 * The tokens are options of lists with `data-axis`; each list is one tab stop.
 */
export abstract class TokensPanel {
  protected readonly id = `tokens${++instances}`;
  /** Where the keyboard is, on each axis. */
  protected readonly cursor = { query: 0, key: 0 };
  /** Whether pointing at a token with another one pinned reads the weight between them, instead of the token's own. */
  protected readonly reads: boolean = true;
  protected preferred: Axis = 'query';
  /** Whether queries and keys are the same tokens in this view. */
  protected same = false;
  /** The first token that the keyboard reaches. */
  protected lowest = 0;
  protected frame: Frame | null = null;
  protected profile: TokenProfile | null = null;
  /** The token whose weight is read, on the axis that the profile runs over. */
  #read: number | null = null;
  #pointed: Place | null = null;
  #how: Together = 'mean';
  #from: Place | null = null;
  #pinSeen: Pin | null = null;
  /** The axis on which the keyboard's place has just followed a pin that was set elsewhere. */
  protected followed: Axis | null = null;
  #swept = false;
  #key: readonly unknown[] = [];

  constructor(protected readonly actions: Actions) {}

  /** The token that a key leads to; null for a key that leads nowhere. */
  protected abstract step(key: string, index: number, list: HTMLElement): number | null;
  /** Scrolls so that a token is seen. */
  protected abstract reveal(list: HTMLElement, index: number): void;

  /** The token at a pointer. */
  protected placeAt({ target }: MouseEvent): Place | null {
    const token = (target as Element).closest<HTMLElement>('.token');
    const list = token?.closest<HTMLElement>('.tokens');
    return token && list ? placeOn(list.dataset['axis'] as Axis, Number(token.dataset['item'])) : null;
  }

  /** What a sentence calls a token. */
  protected nameOf({ scene, words }: Frame, axis: Axis, index: number): SentencePart[] {
    return itemName(axis === 'query' ? scene.queryLabels : scene.keyLabels, index, axis, words);
  }

  /** The profile of this moment. To be called first by `template`. */
  protected take(frame: Frame, whenNone: readonly number[] | null = []): TokenProfile {
    this.frame = frame;
    const { weights, selection } = frame;
    if (selection.pin !== this.#pinSeen) this.#follow(selection);
    const key = [weights, selection, this.preferred, this.#how, whenNone?.length, frame.scale.diverging];
    if (!this.profile?.values || key.some((part, i) => part !== this.#key[i])) {
      this.profile = tokenProfile(frame, this.preferred, this.#how, whenNone);
      this.#key = key;
    }
    return this.profile;
  }

  #follow(selection: Selection): void {
    this.#pinSeen = selection.pin;
    for (const axis of ['key', 'query'] as const) {
      const pinned = pinnedOn(axis, selection);
      if (pinned[0] === undefined || pinned.includes(this.cursor[axis])) continue;
      this.cursor[axis] = pinned[0];
      this.followed = axis;
    }
  }

  /** What is shown, in words; for several tokens the choice of their sum or mean; and the weight that is read. */
  protected caption(frame: Frame, profile: TokenProfile): unknown {
    const { words } = frame;
    const { of, items, values } = profile;
    const read = frame.selection.pin === null ? null : this.#read;
    const weight = read === null ? undefined : values?.[read];
    return [
      html`<span>${sentenceTemplate(profileTitle(frame, profile, this.nameOf(frame, of, items[0] ?? 0)))}</span>`,
      items.length < 2
        ? nothing
        : choice(frame, { mean: words.mean, sum: words.sum }, this.#how, (how) => {
            this.#how = how;
            this.actions.update();
          }),
      read === null || weight === undefined
        ? nothing
        : html`<span class="read">${this.#reading(frame, profile, read, weight)}</span>`,
    ];
  }

  #reading(frame: Frame, { of, items }: TokenProfile, read: number, weight: number): unknown {
    const { words } = frame;
    const name = sentenceTemplate(this.nameOf(frame, otherAxis(of), read));
    const count = items.length;
    if (count < 2 || weight === MASKED) return html`${name}: ${weightText(weight, words)}`;
    const sum = this.#how === 'sum' ? weight : weight * count;
    return html`${name}: ${words.sum} ${threeDigits(sum)}, ${words.mean} ${threeDigits(sum / count)}`;
  }

  protected point(place: Place | null): void {
    const { frame } = this;
    const before = this.#pointed;
    if (frame === null || (before?.query === place?.query && before?.key === place?.key)) return;
    this.#pointed = place;
    const read = place && this.#readAt(place, frame);
    this.#read = read && read.at;
    this.actions.hover(read ? read.place : place);
    this.actions.update();
  }

  /** Whether a place is read against what is pinned: where, and the cell that it makes with a single pinned token. */
  #readAt(place: Place, { selection }: Frame): { at: number; place: Place | null } | null {
    const of = pinnedOn(this.preferred, selection).length > 0 ? this.preferred : otherAxis(this.preferred);
    const pinned = pinnedOn(of, selection);
    const axis: Axis = place.query === null ? 'key' : 'query';
    if (!this.reads || pinned.length === 0 || (axis === of && !this.same)) return null;
    const at = place[axis] as number;
    const [only] = pinned;
    if (pinned.length > 1 || only === undefined) return { at, place: null };
    return { at, place: of === 'query' ? { query: only, key: at } : { query: at, key: only } };
  }

  protected readonly onOver = (event: PointerEvent): void => {
    // A finger that moves is scrolling.
    if (event.pointerType === 'touch') return;
    const place = this.placeAt(event);
    const from = this.#from;
    if ((event.buttons & 1) === 0) {
      this.#from = null;
      this.point(place);
    } else if (from !== null && place !== null && (from.query === null) === (place.query === null)) {
      if (!this.#swept && from.query === place.query && from.key === place.key) return;
      this.#swept = true;
      this.actions.sweep(from, place);
    }
  };

  protected readonly onLeave = (event: PointerEvent): void => {
    if (event.pointerType !== 'touch') this.point(null);
  };

  protected readonly onDown = (event: PointerEvent): void => {
    this.#swept = false;
    this.#from = event.pointerType === 'touch' || event.shiftKey || event.ctrlKey ? null : this.placeAt(event);
  };

  protected readonly onClick = (event: MouseEvent): void => {
    const place = this.#swept ? null : this.placeAt(event);
    this.#swept = false;
    if (place === null) return;
    const axis: Axis = place.query === null ? 'key' : 'query';
    this.cursor[axis] = place[axis] as number;
    this.#pin(place, reachOf(event));
  };

  /** What was hovered goes, because against another pin it would mean something else. */
  #pin(place: Place, reach: Reach): void {
    this.#read = null;
    this.actions.hover(null);
    this.actions.pin(place, reach);
  }

  protected readonly onFocus = (event: Event): void => {
    const list = event.currentTarget as HTMLElement;
    if (list.matches(':focus-visible')) this.point(this.#cursorOn(list));
  };

  protected readonly onBlur = (): void => this.point(null);

  protected readonly onKey = (event: KeyboardEvent): void => {
    const list = event.currentTarget as HTMLElement;
    const axis = list.dataset['axis'] as Axis;
    if (event.key === 'Enter' || event.key === ' ') {
      this.#pin(this.#cursorOn(list), reachOf(event));
    } else {
      const last = (axis === 'query' ? this.frame?.weights.rows : this.frame?.weights.columns) ?? 1;
      const ends: Record<string, number> = { Home: 0, End: last - 1 };
      const to = ends[event.key] ?? this.step(event.key, this.cursor[axis], list);
      if (to === null) return;
      this.cursor[axis] = Math.min(last - 1, Math.max(this.lowest, to));
      this.reveal(list, this.cursor[axis]);
      this.point(this.#cursorOn(list));
      if (event.shiftKey) this.#pin(this.#cursorOn(list), 'range');
    }
    event.preventDefault();
  };

  #cursorOn(list: HTMLElement): Place {
    const axis = list.dataset['axis'] as Axis;
    return placeOn(axis, this.cursor[axis]);
  }
}

export const tokensStyles = css`
  .shown {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 16px;
    min-height: 24px;
    line-height: 24px;
    margin-block: 8px 4px;
    overflow-wrap: anywhere;
    font-variant-numeric: tabular-nums;
  }
  .turn {
    display: inline-flex;
    gap: 12px;
  }
  .turn [aria-pressed='true'] {
    color: var(--fg);
    font-weight: 600;
    text-decoration: none;
  }
  .read {
    color: var(--muted);
  }
  .tokens {
    cursor: pointer;
    user-select: none;
    -webkit-user-select: none;
  }
  .token.chosen {
    outline: 2px solid var(--accent);
    outline-offset: -1px;
  }
  .token.pinned {
    outline-width: 3px;
  }
  .token.crossed {
    outline: 1px solid var(--accent);
  }
  .tokens:focus-visible .at {
    outline: 2px dashed var(--accent);
  }
`;
