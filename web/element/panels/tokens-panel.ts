import { css, html, nothing, type TemplateResult } from 'lit';
import { signedDigits, threeDigits } from '../../views/numbers.js';
import { MASKED } from '../../views/pooling.js';
import { itemName, type SentencePart } from '../../views/sentence.js';
import type { Pin, Place, Reach, Selection } from '../selection.js';
import type { Looking } from './looking.js';
import { missingTogether } from './missing-together.js';
import { reachOf, type Actions, type Frame, type Panel } from './panel.js';
import { sentenceTemplate } from './sentence-template.js';
import {
  otherAxis,
  pinnedOn,
  placeOn,
  profileTitle,
  profileWords,
  tokenProfile,
  type Axis,
  type TokenProfile,
} from './token-profile.js';

const digitsOf = ({ scale }: Frame): ((weight: number) => string) => (scale.diverging ? signedDigits : threeDigits);

/** A weight of a profile in words: a difference with its sign, or why there is none. @param at its token */
export function weightText(frame: Frame, { of, items }: TokenProfile, at: number, weight: number): string {
  return weight === MASKED ? missingTogether(frame, of, items, at) : digitsOf(frame)(weight);
}

/** Which tokens of many are in view, and buttons that go on to others. @param turn by how many views */
export function turnTemplate(
  { words }: Frame,
  { first, end, count }: { readonly first: number; readonly end: number; readonly count: number },
  turn: (by: 1 | -1) => void,
): TemplateResult {
  const button = (by: 1 | -1, name: string, sign: string): TemplateResult =>
    html`<button
      type="button"
      aria-label=${name}
      ?disabled=${by < 0 ? first === 0 : end >= count}
      @click=${() => turn(by)}
    >
      ${sign}
    </button>`;
  return html`<span class="quiet turn"
    >${button(-1, words.earlierTokens, '←')}${first}–${end - 1}${button(1, words.laterTokens, '→')}</span
  >`;
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

/** The axis of a place on one axis alone, and where on it. */
const axisOf = ({ query }: Place): Axis => (query === null ? 'key' : 'query');
const indexOf = ({ query, key }: Place): number => query ?? (key as number);

/** Until the pointer is up again no caption grows, so that nothing moves away below a sweep. */
function holdCaptions(list: HTMLElement): void {
  const captions = [...(list.getRootNode() as ParentNode).querySelectorAll<HTMLElement>('.shown')];
  const heights = captions.map((caption) => `${caption.offsetHeight}px`);
  const held = new AbortController();
  const release = (): void => {
    held.abort();
    for (const { style } of captions) style.height = style.overflow = '';
  };
  captions.forEach(({ style }, i) => {
    style.height = heights[i] ?? '';
    style.overflow = 'hidden';
  });
  addEventListener('pointerup', release, held);
  addEventListener('pointercancel', release, held);
}

let instances = 0;

/**
 * What the views of tokens have in common: pointing and sweeping, the keys, and a caption that says what is shown.
 * The tokens are options of lists with `data-axis`; each list is one tab stop. Pictures that are compared have a panel
 * each.
 */
export abstract class TokensPanel implements Panel {
  /** Of the panel's own element. */
  protected readonly id = `tokens${++instances}`;
  /** Whether pointing at a token with another one pinned reads the weight between them, instead of the token's own. */
  protected readonly reads: boolean = true;
  /** Whether queries and keys are the same tokens in this view. */
  protected same = false;
  /** The first token that the keyboard reaches. */
  protected lowest = 0;
  protected frame: Frame | null = null;
  protected profile: TokenProfile | null = null;
  #from: Place | null = null;
  #pinSeen: Pin | null = null;
  /** The axis on which the keyboard's place has just followed a pin that was set elsewhere. */
  protected followed: Axis | null = null;
  #swept = false;
  #key: readonly unknown[] = [];

  /** @param looking the same one for panels whose pictures are compared */
  constructor(
    protected readonly actions: Actions,
    protected readonly looking: Looking,
  ) {}

  abstract template(frame: Frame): TemplateResult;

  paint(frame: Frame, root: ParentNode): void {
    const own = root.querySelector<HTMLElement>(`#${this.id}`);
    if (own !== null) this.draw(frame, own);
  }

  /** @param own the panel's own element */
  protected abstract draw(frame: Frame, own: HTMLElement): void;

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
    const { preferred, how } = this.looking;
    const key = [weights, selection, preferred, how, whenNone?.length, frame.scale.diverging];
    if (!this.profile?.values || key.some((part, i) => part !== this.#key[i])) {
      this.profile = tokenProfile(frame, preferred, how, whenNone);
      this.#key = key;
    }
    return this.profile;
  }

  #follow(selection: Selection): void {
    this.#pinSeen = selection.pin;
    for (const axis of ['key', 'query'] as const) {
      const pinned = pinnedOn(axis, selection);
      const { cursor } = this.looking;
      if (pinned[0] === undefined || pinned.includes(cursor[axis])) continue;
      cursor[axis] = pinned[0];
      this.followed = axis;
    }
  }

  /** What is shown, in words, and the weight that is read. Compared pictures say together what they have in common. */
  protected caption(frame: Frame, profile: TokenProfile): unknown {
    const { of, items, values } = profile;
    const { read } = this.looking;
    const weight = read === null || frame.selection.pin === null ? undefined : values?.[read];
    return [
      frame.compare === null
        ? html`<span>${sentenceTemplate(profileTitle(frame, profile, this.nameOf(frame, of, items[0] ?? 0)))}</span
            >${this.choices(frame, profile)}`
        : html`<span class="title">${frame.title}</span>`,
      frame.selection.pin === null || !this.reads
        ? nothing
        : html`<span class="read"
            >${read === null || weight === undefined ? nothing : this.#reading(frame, profile, read, weight)}</span
          >`,
    ];
  }

  /** What pictures that are compared have in common, in words, and how they are read. After their templates. */
  inCommon(): TemplateResult | typeof nothing {
    const { frame, profile } = this;
    if (frame === null || profile === null) return nothing;
    const words = profileWords(frame, profile, this.nameOf(frame, profile.of, profile.items[0] ?? 0));
    return html`<p class="shown"><span>${sentenceTemplate(words)}</span>${this.choices(frame, profile)}</p>`;
  }

  /** What can be chosen about the tokens that are meant: of several their sum or mean. */
  protected choices(frame: Frame, { items }: TokenProfile): unknown {
    const { looking } = this;
    const { mean, sum } = frame.words;
    return items.length < 2
      ? nothing
      : choice(frame, { mean, sum }, looking.how, (how) => {
          looking.how = how;
          this.actions.update();
        });
  }

  #reading(frame: Frame, profile: TokenProfile, read: number, weight: number): unknown {
    const { of, items } = profile;
    const { words } = frame;
    const name = sentenceTemplate(this.nameOf(frame, otherAxis(of), read));
    const count = items.length;
    if (count < 2 || weight === MASKED) return html`${name}: ${weightText(frame, profile, read, weight)}`;
    const sum = this.looking.how === 'sum' ? weight : weight * count;
    const digits = digitsOf(frame);
    return html`${name}: ${words.sum} ${digits(sum)}, ${words.mean} ${digits(sum / count)}`;
  }

  protected point(place: Place | null): void {
    const { frame, looking } = this;
    const before = looking.pointed;
    if (frame === null || (before?.query === place?.query && before?.key === place?.key)) return;
    looking.pointed = place;
    const read = place && this.#readAt(place, frame);
    looking.read = read && read.at;
    this.actions.hover(read ? read.place : place);
    this.actions.update();
  }

  /** Whether a place is read against what is pinned: where, and the cell that it makes with a single pinned token. */
  #readAt(place: Place, { selection }: Frame): { at: number; place: Place | null } | null {
    const { preferred } = this.looking;
    const of = pinnedOn(preferred, selection).length > 0 ? preferred : otherAxis(preferred);
    const pinned = pinnedOn(of, selection);
    if (!this.reads || pinned.length === 0 || (axisOf(place) === of && !this.same)) return null;
    const at = indexOf(place);
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
    } else if (from !== null && place !== null && axisOf(from) === axisOf(place)) {
      if (!this.#swept && from.query === place.query && from.key === place.key) return;
      if (!this.#swept) holdCaptions(event.currentTarget as HTMLElement);
      this.#swept = true;
      this.looking.anchor = from;
      this.actions.choose({ queries: [], keys: [], ...this.#span(from, place) });
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
    this.looking.cursor[axisOf(place)] = indexOf(place);
    this.#pin(place, reachOf(event));
  };

  #pin(place: Place, reach: Reach): void {
    const { looking, frame } = this;
    if (reach === 'only') looking.anchor = place;
    // What was hovered goes, because against another pin it would mean something else.
    looking.read = null;
    this.actions.hover(null);
    if (reach !== 'range') return this.actions.pin(place, reach);
    const axis = axisOf(place);
    const { pin = null } = frame?.selection ?? {};
    const [first] = frame === null ? [] : pinnedOn(axis, frame.selection);
    const anchored = looking.anchor !== null && axisOf(looking.anchor) === axis ? looking.anchor : null;
    const from = anchored ?? (first === undefined ? place : placeOn(axis, first));
    this.actions.choose({ queries: [], keys: [], ...pin, ...this.#span(from, place) });
  }

  /** The tokens that lie between two of the same axis, with both of them; ascending. */
  protected between(from: number, to: number): number[] {
    return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => Math.min(from, to) + i);
  }

  #span(from: Place, to: Place): Partial<Pin> {
    const span = this.between(indexOf(from), indexOf(to));
    return axisOf(to) === 'query' ? { queries: span } : { keys: span };
  }

  protected readonly onFocus = (event: Event): void => {
    const list = event.currentTarget as HTMLElement;
    if (list.matches(':focus-visible')) this.point(this.#cursorOn(list));
  };

  protected readonly onBlur = (): void => this.point(null);

  protected readonly onKey = (event: KeyboardEvent): void => {
    const list = event.currentTarget as HTMLElement;
    const axis = list.dataset['axis'] as Axis;
    const { looking } = this;
    const { cursor } = looking;
    const before = this.#cursorOn(list);
    if (!event.shiftKey) looking.anchor = null;
    if (event.key === 'Enter' || event.key === ' ') {
      this.#pin(before, reachOf(event));
    } else {
      const last = (axis === 'query' ? this.frame?.weights.rows : this.frame?.weights.columns) ?? 1;
      const ends: Record<string, number> = { Home: 0, End: last - 1 };
      const to = ends[event.key] ?? this.step(event.key, cursor[axis], list);
      if (to === null) return;
      cursor[axis] = Math.min(last - 1, Math.max(this.lowest, to));
      this.reveal(list, cursor[axis]);
      this.point(this.#cursorOn(list));
      if (event.shiftKey) {
        looking.anchor ??= before;
        this.#pin(this.#cursorOn(list), 'range');
      }
    }
    event.preventDefault();
  };

  #cursorOn(list: HTMLElement): Place {
    const axis = list.dataset['axis'] as Axis;
    return placeOn(axis, this.looking.cursor[axis]);
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
  /* So that what stands beside it keeps its place while the pointer moves over tokens. */
  .shown > span:first-child {
    min-width: min(100vw - 40px, 19em);
  }
  .compared .shown > span:first-child {
    min-width: 0;
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
  /* Its room does not depend on what it says, so that nothing moves away below a pointer that has it say something. */
  .read {
    flex: 1 0 180px;
    contain: inline-size;
    min-height: 24px;
    color: var(--muted);
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .compared .read {
    flex-basis: 100%;
  }
  .tokens {
    cursor: pointer;
    user-select: none;
    -webkit-user-select: none;
    -webkit-tap-highlight-color: transparent;
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
