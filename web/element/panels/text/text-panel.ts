import { css, html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { directionOf, flowingText } from '../../../views/flowing-text.js';
import { threeDigits } from '../../../views/numbers.js';
import { css as colour, inkOn } from '../../../views/palette.js';
import { MASKED } from '../../../views/pooling.js';
import { filled } from '../../../views/words.js';
import type { Frame } from '../panel.js';
import { otherAxis, pinnedOn, type Axis, type TokenProfile } from '../token-profile.js';
import { RaisedScale } from '../raised-scale.js';
import { choice, TokensPanel, turnTemplate, weightText } from '../tokens-panel.js';

/** Tokens that are in the page at a time; of longer texts the part where the keyboard is. */
const PART = 512;

/**
 * The tokens as running text, each on the colour of its weight: one text where queries and keys are the same tokens,
 * or else one of each.
 */
export class TextPanel extends TokensPanel {
  #painted: readonly unknown[] = [];
  readonly #raised = new RaisedScale();

  template(frame: Frame): TemplateResult {
    const { scene, words } = frame;
    this.same = scene.same;
    const profile = this.take(frame);
    const texts = (scene.same ? [this.looking.preferred] : (['query', 'key'] as const)).map(
      (axis) =>
        html`${scene.same ? nothing : html`<p class="quiet">${words[axis]}</p>`}${this.#textTemplate(frame, axis)}`,
    );
    return html`<figure class="text" part="text" id=${this.id}>
      <figcaption class="shown">${this.caption(frame, profile)}</figcaption>
      ${texts}
    </figure>`;
  }

  protected override choices(frame: Frame, profile: TokenProfile): unknown {
    const { looking } = this;
    const { whereItLooks: query, whoLooksAtIt: key } = frame.words;
    const direction = choice(frame, { query, key }, looking.preferred, (axis) => {
      looking.preferred = axis;
      this.actions.update();
    });
    const { most } = profile;
    const raised = this.#raised.of(frame, most) !== frame.scale;
    return [
      super.choices(frame, profile),
      frame.scene.same ? direction : nothing,
      raised ? html`<span class="quiet">${filled(frame.words.strongestColour, threeDigits(most))}</span>` : nothing,
    ];
  }

  #textTemplate(frame: Frame, axis: Axis): TemplateResult {
    const { scene, words } = frame;
    const labels = axis === 'query' ? scene.queryLabels : scene.keyLabels;
    const { id } = this;
    const { cursor } = this.looking;
    const first = cursor[axis] - (cursor[axis] % PART);
    const length = Math.min(PART, labels.count - first);
    const tokens = Array.from({ length }, (_, i) => labels.text(first + i));
    const { count } = labels;
    const turn = (by: 1 | -1): void => {
      cursor[axis] = first + by * PART;
      this.actions.update();
    };
    const part = turnTemplate(frame, { first, end: first + length, count }, turn);
    return html`${count > PART ? html`<p>${part}</p>` : nothing}
      <div
        class="tokens running"
        dir=${directionOf(tokens)}
        role="listbox"
        aria-multiselectable="true"
        aria-label=${words[axis]}
        aria-activedescendant="${id}${axis}${cursor[axis]}"
        data-axis=${axis}
        data-first=${first}
        tabindex="0"
        @pointerover=${this.onOver}
        @pointerleave=${this.onLeave}
        @pointerdown=${this.onDown}
        @click=${this.onClick}
        @focus=${this.onFocus}
        @blur=${this.onBlur}
        @keydown=${this.onKey}
      >
        ${guard([labels, axis, first], () => this.#tokensTemplate(tokens, axis, first))}
      </div>`;
  }

  // No blanks between the tags: they would be seen.
  #tokensTemplate(tokens: readonly string[], axis: Axis, first: number): unknown {
    return flowingText(tokens).map(
      ({ text, gap, breaks }, i) =>
        html`${gap ? ' ' : nothing}<bdi
            class="token"
            role="option"
            id="${this.id}${axis}${first + i}"
            data-item=${first + i}
            >${text}</bdi
          >${breaks ? html`<br />` : nothing}`,
    );
  }

  /** Colours the tokens, whose elements stay the same while the reader points. */
  protected draw(frame: Frame, own: HTMLElement): void {
    const { profile } = this;
    const { cursor, preferred } = this.looking;
    const { scheme, selection, scene, words } = frame;
    const scale = this.#raised.of(frame, profile?.most ?? 0);
    const key = [own, profile, scale, scheme, selection, cursor.query, cursor.key, scene, preferred];
    if (profile === null || key.every((part, i) => part === this.#painted[i])) return;
    this.#painted = key;
    const { of, values, most } = profile;
    const hover = selection.hover?.[otherAxis(of)] ?? null;
    for (const list of own.querySelectorAll<HTMLElement>('.running')) {
      const axis = list.dataset['axis'] as Axis;
      const over = scene.same || axis !== of;
      const chosen = new Set(scene.same || axis === of ? profile.items : []);
      const pinned = new Set(scene.same ? pinnedOn(of, selection) : pinnedOn(axis, selection));
      for (const token of list.querySelectorAll<HTMLElement>('.token')) {
        const i = Number(token.dataset['item']);
        const value = over ? values?.[i] : undefined;
        const plain = value !== undefined && value !== MASKED && !Number.isNaN(value);
        const ground = plain ? scale.ramp[scale.index(value, most)] : undefined;
        token.style.backgroundColor = ground ? colour(ground) : '';
        token.style.color = ground ? colour(inkOn(ground)) : '';
        token.title = value === undefined ? '' : weightText(frame, profile, i, value);
        token.setAttribute('aria-selected', String(pinned.has(i)));
        const { classList } = token;
        const masked = value === MASKED && token.title === words.masked;
        classList.toggle('masked', masked);
        classList.toggle('missing', value === MASKED && !masked);
        classList.toggle('invalid', Number.isNaN(value));
        classList.toggle('chosen', chosen.has(i));
        classList.toggle('pinned', pinned.has(i));
        classList.toggle('crossed', over && i === hover);
        classList.toggle('at', i === cursor[axis]);
      }
    }
  }

  /** Left and right as the text runs; up and down to the token of another line that is nearest. */
  protected step(key: string, index: number, list: HTMLElement): number | null {
    const sideways = ['ArrowLeft', 'ArrowRight'].indexOf(key);
    if (sideways >= 0) return index + (sideways === (list.matches(':dir(rtl)') ? 0 : 1) ? 1 : -1);
    const down = key === 'ArrowDown' ? 1 : -1;
    if (down < 0 && key !== 'ArrowUp') return null;
    const tokens = list.querySelectorAll<HTMLElement>('.token');
    const first = Number(list.dataset['first']);
    const from = index - first;
    const top = (i: number): number | undefined => tokens[i]?.offsetTop;
    const middle = (i: number): number => (tokens[i]?.offsetLeft ?? 0) + (tokens[i]?.offsetWidth ?? 0) / 2;
    const farther = (i: number): number => Math.abs(middle(i) - middle(from));
    let next = from;
    while (tokens[next] !== undefined && top(next) === top(from)) next += down;
    const line = top(next);
    let best = line === undefined ? from : next;
    for (; line !== undefined && top(next) === line; next += down) if (farther(next) < farther(best)) best = next;
    return first + best;
  }

  protected reveal(list: HTMLElement, index: number): void {
    list.querySelector(`[data-item="${index}"]`)?.scrollIntoView({ block: 'nearest' });
  }
}

export const textStyles = css`
  .running {
    position: relative;
    margin-block-end: 8px;
    max-height: max(320px, 80vh);
    overflow: auto;
    padding: 3px;
    font-size: 16px;
    line-height: 30px;
    overflow-wrap: anywhere;
  }
  .running .token {
    white-space: pre-wrap;
    padding: 3px 1px;
    border-radius: 3px;
    box-decoration-break: clone;
    -webkit-box-decoration-break: clone;
  }
  .running .masked {
    color: var(--muted);
    background: repeating-linear-gradient(135deg, var(--line) 0 1px, transparent 1px 5px);
  }
  .running .missing {
    color: var(--muted);
    text-decoration: underline dotted;
  }
  .running .invalid {
    text-decoration: wavy underline var(--error);
  }
  @media (forced-colors: active) {
    .running .token {
      forced-color-adjust: none;
    }
    .running .masked {
      background: none;
      text-decoration: line-through;
    }
  }
`;
