import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { msg, str } from '@lit/localize';
import { sharedPool } from 'headscope/element';
import { errorSentence } from '../error-sentence.js';
import type { ConstructedHead, Feed } from '../feed.js';
import { formStyles } from '../form-styles.js';
import { grouped } from '../three-digits.js';
import { constructedHeads, HALF, textVectors } from './text-heads.js';
import { tokenise } from './text-tokens.js';

/** More tokens than this are not drawn; how many fit together with the heads is the page's own limit. */
export const TOKEN_LIMIT = 8192;
/** Longer texts are not even split into tokens: it would take the page's time. */
const CHARACTER_LIMIT = 1_000_000;
const SHOWN_TOKENS = 60;
/** Waits this long after a key in long texts, so that typing stays light. */
const LONG_TEXT = 2000;
const LONG_TEXT_PAUSE = 250;

export interface TextState {
  readonly text: string;
  readonly positions: boolean;
}

const PRESETS: readonly { readonly name: string; readonly text: string }[] = [
  { name: msg('the cat'), text: msg('The cat sat on the mat because the cat was tired.') },
  { name: msg('to be'), text: msg('To be, or not to be, that is the question.') },
  { name: msg('Chinese'), text: msg('猫喜欢我，我也喜欢猫。') },
];

const DESCRIPTIONS: readonly string[] = [
  msg('Built, not learned: query and key are both the word’s own numbers, so a word finds itself and its repetitions.'),
  msg(
    'Built, not learned: the query is the token’s place turned back by one, the key is the place, so each token finds the one before it; the first has none and finds itself.',
  ),
  msg('Built, not learned: every query asks for place 0 and the key is the place, so all tokens look at the first.'),
];

/** What the heads of text-heads.js are called here. */
const NAMES: readonly string[] = [msg('same token'), msg('previous token'), msg('first token')];

/** The Text tab: a sentence becomes tokens, and each token a vector of its word and its place. */
export class TextInput extends LitElement {
  static override properties = {
    text: { state: true },
    positions: { state: true },
    tokens: { state: true },
    error: { state: true },
  };

  static override styles = [
    formStyles,
    css`
      :host {
        display: block;
      }
      p {
        margin: 8px 0 0;
      }
      p.first {
        margin-top: 0;
      }
      textarea {
        display: block;
        width: 100%;
        min-height: 88px;
        margin-top: 8px;
        padding: 8px;
        resize: vertical;
      }
      textarea[aria-invalid='true'] {
        border-color: var(--hs-error);
      }
      .tokens {
        overflow-wrap: anywhere;
      }
      /* Tokens run as the text does. */
      textarea:dir(rtl) ~ .tokens {
        direction: rtl;
      }
      .tokens bdi {
        padding-inline-end: 4px;
        margin-inline-end: 4px;
        border-inline-end: 1px solid var(--hs-line);
      }
      label {
        display: flex;
        gap: 8px;
        align-items: baseline;
      }
      label + .note {
        margin-top: 0;
        padding-left: 21px;
      }
    `,
  ];

  declare private text: string;
  declare private positions: boolean;
  declare private tokens: readonly string[];
  declare private error: TemplateResult | string;
  private readonly constructed: readonly ConstructedHead[] = constructedHeads().map((head, index) => ({
    ...head,
    name: NAMES[index] ?? head.name,
    description: DESCRIPTIONS[index] ?? '',
  }));
  private latest = 0;
  private pause: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.text = PRESETS[0]?.text ?? '';
    this.positions = true;
    this.tokens = [];
    this.error = '';
  }

  get state(): TextState {
    return { text: this.text, positions: this.positions };
  }

  set state(value: unknown) {
    if (typeof value !== 'object' || value === null) return;
    const { text, positions } = value as Partial<Record<keyof TextState, unknown>>;
    if (typeof text === 'string') this.text = text;
    if (typeof positions === 'boolean') this.positions = positions;
    if (this.isConnected) void this.announce();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.announce();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.pause);
  }

  protected override render(): TemplateResult {
    const shown = this.tokens.slice(0, SHOWN_TOKENS);
    const hiddenCount = this.tokens.length - shown.length;
    return html`
      <p class="first"><label for="text">${msg('A sentence. Each word and each mark becomes a token.')}</label></p>
      <textarea
        id="text"
        dir="auto"
        spellcheck="false"
        aria-invalid=${this.error ? 'true' : nothing}
        aria-describedby=${this.error ? 'error' : 'tokens'}
        .value=${live(this.text)}
        @input=${this.onInput}
      ></textarea>
      ${this.error ? html`<p class="error" id="error" role="alert">${this.error}</p>` : nothing}
      <p class="links">
        <span class="note">${msg('Examples:')}</span>
        ${PRESETS.map(
          (preset) =>
            html`<button
              class="plain"
              aria-pressed=${this.text === preset.text ? 'true' : 'false'}
              @click=${() => this.choose(preset.text)}
            >
              ${preset.name}
            </button>`,
        )}
      </p>
      <p class="note tokens" id="tokens">
        <span dir="ltr"
          >${this.tokens.length === 1 ? msg('1 token:') : msg(str`${grouped(this.tokens.length)} tokens:`)}</span
        >
        ${shown.map((token) => html`<bdi>${token}</bdi> `)}${
          hiddenCount > 0 ? html`<span dir="ltr">${msg(str`and ${grouped(hiddenCount)} more`)}</span>` : nothing
        }
      </p>
      <p>
        <label
          ><input type="checkbox" .checked=${live(this.positions)} @change=${this.onPositions} />
          ${msg('positional encoding')}</label
        >
      </p>
      <p class="note">
        ${
          this.positions
            ? msg('Each vector: 32 numbers drawn from the word’s spelling, then 32 sines and cosines of its place.')
            : msg(
                'Each vector: 32 numbers drawn from the word’s spelling, then 32 zeros. No head can tell places apart now.',
              )
        }
      </p>
    `;
  }

  private choose(text: string): void {
    this.text = text;
    void this.announce();
  }

  private onPositions(event: Event): void {
    this.positions = (event.target as HTMLInputElement).checked;
    void this.announce();
  }

  private onInput(event: Event): void {
    this.text = (event.target as HTMLTextAreaElement).value;
    clearTimeout(this.pause);
    if (this.text.length <= LONG_TEXT) void this.announce();
    else this.pause = setTimeout(() => void this.announce(), LONG_TEXT_PAUSE);
  }

  private async announce(): Promise<void> {
    const turn = ++this.latest;
    if (this.text.length > CHARACTER_LIMIT) {
      this.error = msg(
        str`Text: expected at most ${grouped(CHARACTER_LIMIT)} characters, got ${grouped(this.text.length)}. The picture shows the text before.`,
      );
      return;
    }
    const counted = tokenise(this.text, CHARACTER_LIMIT);
    if (counted.length === 0 || counted.length > TOKEN_LIMIT) {
      this.error =
        counted.length === 0
          ? msg('Text: expected at least one word, got none. The picture shows the text before.')
          : msg(
              str`Text: expected at most ${grouped(TOKEN_LIMIT)} tokens, got ${grouped(counted.length)}. The picture shows the text before.`,
            );
      return;
    }
    this.tokens = counted;
    this.error = '';
    try {
      const places = this.positions ? await (await sharedPool()).sinusoidalPositions(counted.length, HALF) : null;
      if (turn !== this.latest) return;
      const detail: Feed = {
        kind: 'vectors',
        x: textVectors(counted, places),
        tokens: counted,
        constructedHeads: this.constructed,
        words: { positions: this.positions },
        source: 'the sentence',
      };
      this.dispatchEvent(new CustomEvent<Feed>('feed', { detail, bubbles: true, composed: true }));
    } catch (error) {
      this.error = errorSentence(error);
    }
  }
}

customElements.define('hs-text-input', TextInput);
