import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { msg, str } from '@lit/localize';
import { LARGEST_FILE, READABLE_EXTENSIONS, type LabelRole, type TensorRole } from 'headscope/readers';
import type { Controls } from '../controls.js';
import { errorSentence } from '../error-sentence.js';
import type { Feed } from '../feed.js';
import { formStyles } from '../form-styles.js';
import { grouped } from '../three-digits.js';
import {
  batchesOf,
  readFileChoice,
  roleName,
  ROLES_OF,
  shapeText,
  type FileChoice,
  type Reading,
} from './file-choice.js';
import type { FileSummary } from './file-messages.js';
import { FILE_SAMPLES, type FileSample } from './file-samples.js';
import { FileSession } from './file-session.js';
import { fileStyles } from './file-styles.js';

/** Nothing that takes less time, in milliseconds, shows a bar. */
const PROGRESS_DELAY = 150;
/** More tensors, or more choices in a list, are not shown one by one. */
const SHOWN_TENSORS = 200;
/** The page's own limit on a head's width. */
const WIDEST_HEAD = 256;

const READINGS: readonly (readonly [Reading, string])[] = [
  ['qkv', msg('queries and keys')],
  ['weights', msg('ready attention weights')],
  ['vectors', msg('vectors x')],
];

/** What a link keeps: a sample by name; of a visitor's own files only what they were called. */
export interface FileState {
  readonly sample: string | null;
  readonly files: readonly string[];
  readonly choice: FileChoice | null;
}

interface Progress {
  readonly name: string;
  readonly fraction: number;
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return msg(str`${bytes} bytes`);
  const power = Math.min(3, Math.floor(Math.log2(bytes) / 10));
  const scaled = bytes / 1024 ** power;
  return `${scaled < 100 ? Number(scaled.toPrecision(2)) : Math.round(scaled)} ${['', 'KiB', 'MiB', 'GiB'][power]}`;
}

function isState(value: unknown): value is FileState {
  if (typeof value !== 'object' || value === null) return false;
  const { sample, files } = value as Partial<Record<keyof FileState, unknown>>;
  const named = Array.isArray(files) && files.every((name) => typeof name === 'string');
  return named && (sample === null || typeof sample === 'string');
}

/** The File tab: tensors from a file, and what each of them is taken for. */
export class FileInput extends LitElement {
  static override properties = {
    over: { state: true },
    progress: { state: true },
    error: { state: true },
    choiceError: { state: true },
    sentence: { state: true },
    note: { state: true },
    summary: { state: true },
    choice: { state: true },
    files: { state: true },
    sample: { state: true },
  };

  static override styles = [formStyles, fileStyles];

  declare private over: boolean;
  declare private progress: Progress | null;
  declare private error: TemplateResult | string;
  declare private choiceError: TemplateResult | string;
  declare private sentence: string;
  declare private note: string;
  declare private summary: FileSummary | null;
  declare private choice: FileChoice | null;
  declare private files: readonly { readonly name: string; readonly size: number }[];
  declare private sample: FileSample | null;

  private session: FileSession | null = null;
  private opening: AbortController | null = null;
  private turn = 0;
  /** From a link to files that are not here: applied when files of these names are chosen. */
  private remembered: FileState | null = null;

  constructor() {
    super();
    this.over = false;
    this.progress = null;
    this.error = '';
    this.choiceError = '';
    this.sentence = '';
    this.note = '';
    this.summary = null;
    this.choice = null;
    this.files = [];
    this.sample = null;
  }

  get state(): FileState {
    if (this.remembered) return this.remembered;
    return { sample: this.sample?.id ?? null, files: this.files.map(({ name }) => name), choice: this.choice };
  }

  set state(value: unknown) {
    if (!isState(value)) return;
    const choice = readFileChoice(value.choice);
    const sample = FILE_SAMPLES.find(({ id }) => id === value.sample);
    if (sample) {
      void this.open([sample.make()], sample, choice);
      return;
    }
    if (value.files.length === 0) return;
    this.opening?.abort();
    this.opening = null;
    this.remembered = { sample: null, files: value.files, choice };
    this.note = msg(
      str`This link was made with ${value.files.join(', ')}. A link cannot hold a file: choose it again to see the same.`,
    );
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const first = FILE_SAMPLES[0];
    if (first && !this.session && !this.opening && !this.remembered) void this.open([first.make()], first, null);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.opening?.abort();
    this.opening = null;
    this.session?.dispose();
    this.session = null;
  }

  protected override render(): TemplateResult {
    return html`
      <div
        class=${this.over ? 'drop over' : 'drop'}
        @dragenter=${this.onDragOver}
        @dragover=${this.onDragOver}
        @dragleave=${this.onDragLeave}
        @drop=${this.onDrop}
      >
        <p>
          <button class="choose" aria-describedby="kinds" @click=${this.onChoose}>${msg('Choose files…')}</button>
          ${msg('or drop them here.')}
        </p>
        <p class="note" id="kinds">
          ${msg(
            '.npy, .npz, .safetensors, .csv, .tsv or .json with q, k, v, with x, or with attention weights. Nothing leaves this page.',
          )}
        </p>
        <input
          class="hidden"
          type="file"
          multiple
          tabindex="-1"
          aria-hidden="true"
          accept=${READABLE_EXTENSIONS.join(',')}
          @change=${this.onFiles}
        />
      </div>
      ${this.progressBar()} ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : nothing}
      <p class="links">
        <span class="note">${msg('Examples:')}</span>
        ${FILE_SAMPLES.map(
          (sample) =>
            html`<button
              class="plain"
              aria-pressed=${this.sample === sample ? 'true' : 'false'}
              @click=${() => this.open([sample.make()], sample, null)}
            >
              ${sample.name}
            </button>`,
        )}
      </p>
      ${this.note ? html`<p role="status">${this.note}</p>` : nothing}
      ${this.summary && this.choice ? this.content(this.summary, this.choice) : nothing}
    `;
  }

  private progressBar(): TemplateResult | typeof nothing {
    const { progress } = this;
    if (!progress) return nothing;
    const percent = Math.floor(100 * progress.fraction);
    const what =
      percent < 100 ? msg(str`Reading ${progress.name}: ${percent} %`) : msg(str`Unpacking ${progress.name}`);
    return html`<p id="progress-text">${what}</p>
      <p class="progress">
        <progress max="1" aria-labelledby="progress-text" .value=${percent < 100 ? progress.fraction : 1}></progress>
        <button class="plain" @click=${this.cancel}>${msg('cancel')}</button>
      </p>`;
  }

  private content(summary: FileSummary, choice: FileChoice): TemplateResult {
    return html`
      ${this.tensorList(summary)}
      <div class="choices" role="group" aria-label=${msg('What the tensors are')}>
        <label for="reading">${msg('read as')}</label>
        <select id="reading" @change=${(event: Event) => this.change({ reading: chosen(event) as Reading })}>
          ${READINGS.map(
            ([reading, name]) =>
              html`<option value=${reading} .selected=${live(reading === choice.reading)}>${name}</option>`,
          )}
        </select>
        ${ROLES_OF[choice.reading].map(({ role, optional }) => this.tensorSelect(summary, choice, role, optional))}
        ${this.orientation(choice)} ${this.batches(summary, choice)}
        ${summary.labels.length > 0 ? this.labelSelect(summary, choice, 'tokens') : nothing}
        ${
          summary.labels.length > 0 && choice.reading !== 'vectors'
            ? this.labelSelect(summary, choice, 'keyTokens')
            : nothing
        }
      </div>
      ${
        this.choiceError
          ? html`<p class="error" id="choice-error" role="alert">${this.choiceError}</p>`
          : html`<p role="status">${this.sentence}</p>`
      }
    `;
  }

  private tensorList({ tensors }: FileSummary): TemplateResult {
    const shown = tensors.slice(0, SHOWN_TENSORS);
    const names = this.files.map(({ name }) => name).join(', ');
    const size = this.files.reduce((sum, file) => sum + file.size, 0);
    return html`<div class="scroll" tabindex="0" role="group" aria-label=${msg('Tensors of the file')}>
      <table translate="no">
        <caption>
          ${names}
          <span class="note">${sizeText(size)}</span>
        </caption>
        <tbody>
          ${shown.map(
            ({ name, shape, dtype }) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td>${shapeText(shape)}</td>
                <td>${dtype}</td>
              </tr>`,
          )}
        </tbody>
      </table>
      ${
        tensors.length > shown.length
          ? html`<p class="note">${msg(str`and ${grouped(tensors.length - shown.length)} more`)}</p>`
          : nothing
      }
    </div>`;
  }

  private tensorSelect(summary: FileSummary, choice: FileChoice, role: TensorRole, optional: boolean): TemplateResult {
    const now = choice.roles[role];
    const options = summary.tensors.filter(({ name }, index) => index < SHOWN_TENSORS || name === now);
    return html`<label for=${role}>${roleName(role)}</label>
      <select
        id=${role}
        aria-invalid=${!optional && now === undefined ? 'true' : nothing}
        aria-describedby=${this.choiceError ? 'choice-error' : nothing}
        @change=${(event: Event) => this.changeRole(role, chosen(event))}
      >
        <option value="" .selected=${live(now === undefined)}>${optional ? msg('none') : msg('choose…')}</option>
        ${options.map(
          ({ name, shape }) =>
            html`<option translate="no" value=${name} .selected=${live(name === now)}>
              ${name} ${shapeText(shape)}
            </option>`,
        )}
      </select>`;
  }

  private labelSelect(summary: FileSummary, choice: FileChoice, role: LabelRole): TemplateResult {
    const now = choice.roles[role];
    return html`<label for=${role}>${roleName(role)}</label>
      <select
        id=${role}
        aria-describedby=${this.choiceError ? 'choice-error' : nothing}
        @change=${(event: Event) => this.changeRole(role, chosen(event))}
      >
        <option value="" .selected=${live(now === undefined)}>
          ${role === 'keyTokens' ? msg('as the queries, else numbered') : msg('numbered')}
        </option>
        ${summary.labels.map(
          ({ name, count }) =>
            html`<option translate="no" value=${name} .selected=${live(name === now)}>
              ${msg(str`${name}, ${grouped(count)} words`)}
            </option>`,
        )}
      </select>`;
  }

  /** How the projections are stored, where there are any. */
  private orientation({ reading, roles, transposed }: FileChoice): TemplateResult | typeof nothing {
    if (reading !== 'vectors' || (roles.wQuery ?? roles.wKey ?? roles.wValue) === undefined) return nothing;
    return html`<label for="transposed">${msg('stored as')}</label>
      <select id="transposed" @change=${(event: Event) => this.change({ transposed: chosen(event) === 'linear' })}>
        <option value="plain" .selected=${live(!transposed)}>(in, out): Q = X W</option>
        <option value="linear" .selected=${live(transposed)}>(out, in): Q = X Wᵀ, nn.Linear</option>
      </select>`;
  }

  /** Which of several sequences, where a tensor has a dimension for them. */
  private batches(summary: FileSummary, choice: FileChoice): TemplateResult | typeof nothing {
    const count = batchesOf(summary.tensors, choice);
    if (count <= 1) return nothing;
    return html`<label for="batch">${msg('sequence')}</label>
      <span>
        <input
          id="batch"
          type="number"
          min="0"
          max=${count - 1}
          .value=${live(String(choice.batch))}
          @change=${this.onBatch}
        />
        ${msg(str`of 0 to ${grouped(count - 1)}`)}
      </span>`;
  }

  private change(part: Partial<FileChoice>): void {
    if (!this.choice) return;
    this.choice = { ...this.choice, ...part };
    void this.read(false);
  }

  private changeRole(role: TensorRole | LabelRole, name: string): void {
    if (!this.choice) return;
    const roles: Partial<Record<TensorRole | LabelRole, string>> = { ...this.choice.roles };
    if (name === '') delete roles[role];
    else roles[role] = name;
    this.change({ roles: roles });
  }

  private onBatch(event: Event): void {
    const input = event.target as HTMLInputElement;
    const batch = input.valueAsNumber;
    if (Number.isInteger(batch) && batch >= 0) this.change({ batch });
    else this.choiceError = msg(str`sequence: expected a whole number from 0 to ${input.max}, got “${input.value}”.`);
  }

  private onChoose(): void {
    this.renderRoot.querySelector<HTMLInputElement>('input[type=file]')?.click();
  }

  private onFiles(event: Event): void {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    // So that the same file can be chosen again after it was changed.
    input.value = '';
    if (files.length > 0) void this.open(files, null, null);
  }

  private onDragOver(event: DragEvent): void {
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    this.over = true;
  }

  private onDragLeave(event: DragEvent): void {
    const zone = event.currentTarget as HTMLElement;
    if (!zone.contains(event.relatedTarget as Node | null)) this.over = false;
  }

  private onDrop(event: DragEvent): void {
    event.preventDefault();
    this.over = false;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) void this.open(files, null, null);
    else this.error = msg('Expected one or more files, got something else.');
  }

  private readonly cancel = (): void => {
    this.opening?.abort();
    this.opening = null;
    this.progress = null;
  };

  /** Opens files in a worker of their own. What was open before stays until that has worked. */
  private async open(files: readonly File[], sample: FileSample | null, given: FileChoice | null): Promise<void> {
    this.cancel();
    this.error = '';
    const size = files.reduce((sum, file) => sum + file.size, 0);
    if (size > LARGEST_FILE) {
      this.error = msg(str`Expected at most ${sizeText(LARGEST_FILE)} in all, got ${sizeText(size)}.`);
      return;
    }
    const opening = new AbortController();
    this.opening = opening;
    let progress: Progress = { name: files[0]?.name ?? '', fraction: 0 };
    let slow = false;
    const timer = setTimeout(() => {
      slow = true;
      this.progress = progress;
    }, PROGRESS_DELAY);
    try {
      const session = await FileSession.open(files, {
        signal: opening.signal,
        onProgress: (name, fraction) => {
          progress = { name, fraction };
          if (slow && !opening.signal.aborted) this.progress = progress;
        },
      });
      this.adopt(session, files, sample, given);
    } catch (error) {
      if (!opening.signal.aborted) this.error = errorSentence(error);
    } finally {
      clearTimeout(timer);
      if (this.opening === opening) {
        this.opening = null;
        this.progress = null;
      }
    }
  }

  private adopt(
    session: FileSession,
    files: readonly File[],
    sample: FileSample | null,
    given: FileChoice | null,
  ): void {
    this.session?.dispose();
    this.session = session;
    const { remembered } = this;
    const same = remembered?.files.join('\n') === files.map(({ name }) => name).join('\n');
    const choice = given ?? (same ? (remembered?.choice ?? null) : null);
    this.remembered = null;
    this.note = '';
    this.files = files.map(({ name, size }) => ({ name, size }));
    this.sample = sample;
    this.summary = session.summary;
    this.choice = choice ?? session.summary.guess;
    void this.read(choice === null);
  }

  /** Hands the chosen tensors to the page; `fresh` for new files, whose controls start anew. */
  private async read(fresh: boolean): Promise<void> {
    const { session, choice } = this;
    if (!session || !choice) return;
    const turn = ++this.turn;
    try {
      const { feed, sentence } = await session.read(choice);
      if (turn !== this.turn) return;
      this.choiceError = '';
      this.sentence = sentence;
      if (fresh && feed.kind === 'vectors') this.suggest(feed);
      this.dispatchEvent(new CustomEvent<Feed>('feed', { detail: feed, bubbles: true, composed: true }));
    } catch (error) {
      if (turn !== this.turn) return;
      this.choiceError = errorSentence(error);
    }
  }

  /** Without projections of their own, vectors are compared as they are. */
  private suggest({ x, projections }: Feed & { readonly kind: 'vectors' }): void {
    const detail: Partial<Controls> = projections
      ? { projections: 'own', heads: this.sample?.heads ?? 1 }
      : { projections: 'identity', heads: 1, headDim: Math.min(x.shape[1] ?? 1, WIDEST_HEAD) };
    this.dispatchEvent(
      new CustomEvent<Partial<Controls>>('suggest-controls', { detail, bubbles: true, composed: true }),
    );
  }
}

function chosen(event: Event): string {
  return (event.target as HTMLSelectElement).value;
}

customElements.define('hs-file-input', FileInput);
