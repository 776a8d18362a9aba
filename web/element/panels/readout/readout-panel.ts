import { html, nothing, type TemplateResult } from 'lit';
import { countDigits, exactDigits, percent, shareDigits, signedDigits, threeDigits } from '../../../views/numbers.js';
import { MASKED } from '../../../views/pooling.js';
import { entropyOf, isDistribution, rankIn, readLine } from '../../../views/row-statistics.js';
import { composed, itemName } from '../../../views/sentence.js';
import { filled } from '../../../views/words.js';
import { activeCell, activeKeys, activeQueries } from '../../selection.js';
import type { Actions, Frame, Panel } from '../panel.js';
import { missingTogether } from '../missing-together.js';
import { missingWord } from '../missing.js';
import { sentenceTemplate } from '../sentence-template.js';
import { chosenLine } from './chosen-line.js';

/** Keys listed in the read-out. */
const TOP_KEYS = 5;

/** Pinned items that are named one by one; more are counted. */
const MOST_NAMES = 3;

/** What is chosen, in numbers: one cell, or several queries or keys together. */
export class ReadoutPanel implements Panel {
  constructor(private readonly actions: Actions) {}

  /** @param compared what stands beside it in a comparison: the other picture, and the difference */
  template(frame: Frame, compared: readonly Frame[] = []): TemplateResult {
    const { words, selection, explaining } = frame;
    const cell = activeCell(selection);
    const several = activeQueries(selection).length > 1 || activeKeys(selection).length > 1;
    return html`
      <div class="readout" part="readout" role="group" aria-label=${words.thisCell}>
        <div class="where">
          <p class="title">${frame.title}</p>
          ${
            selection.pin === null
              ? html`<span class="quiet">${words.clickToKeep}</span>`
              : html`<button
                  type="button"
                  class="chip"
                  title=${words.unpinTitle}
                  @click=${() => this.actions.release()}
                >
                  <span
                    >${words.unpin}
                    ${this.#names(frame, 'query', selection.pin.queries)}${selection.pin.keys.length > 0 ? ' → ' : ''}${this.#names(frame, 'key', selection.pin.keys)}</span
                  >
                  <span aria-hidden="true">×</span>
                </button>`
          }
        </div>
        ${several && cell === null ? this.#groupTemplate(frame) : this.#cellTemplate(frame)}
        ${cell === null || compared.length === 0 ? nothing : this.#comparedTemplate(compared, cell)}
        <button
          type="button"
          class="explain"
          aria-expanded=${explaining}
          aria-keyshortcuts="E"
          @click=${() => this.actions.explain(!explaining)}
        >
          ${words.explain} <kbd aria-hidden="true">E</kbd>
        </button>
        ${
          // The explainer follows at once then.
          explaining ? nothing : [this.#lineTemplate(frame), this.#headTemplate(frame)]
        }
      </div>
    `;
  }

  paint(_frame: Frame, root: ParentNode): void {
    for (const bar of root.querySelectorAll<HTMLElement>('.readout .share > div')) {
      bar.style.transform = `scaleX(${Math.min(1, Math.max(0, Number(bar.dataset['share']) || 0))})`;
    }
  }

  #names({ scene, words }: Frame, role: 'query' | 'key', chosen: readonly number[]): unknown {
    if (chosen.length > MOST_NAMES) return filled(role === 'query' ? words.queries : words.keys, chosen.length);
    const labels = role === 'query' ? scene.queryLabels : scene.keyLabels;
    return chosen.map((index, i) => [i > 0 ? ', ' : '', sentenceTemplate(itemName(labels, index, role, words))]);
  }

  #place({ scene }: Frame, role: 'query' | 'key', index: number | undefined): unknown {
    const labels = role === 'query' ? scene.queryLabels : scene.keyLabels;
    if (index === undefined) return '–';
    if (!labels.named) return index;
    const label = labels.label(index);
    return html`<bdi title=${label}>${label}</bdi> <span class="quiet">${index}</span>`;
  }

  #cellTemplate(frame: Frame): TemplateResult {
    const { words, selection, weights, scene, settings, picture, scale } = frame;
    const [query] = activeQueries(selection);
    const [key] = activeKeys(selection);
    const row = query === undefined || key === undefined ? null : weights.row(query);
    const weight = row?.[key as number];
    const open = row === null ? 0 : readLine(row, 1).open;
    // A composite or a difference has no score of its own.
    const single = settings.composite === 'none' && !scale.diverging;
    const score =
      row !== null && single ? picture.score(settings.head, query as number, key as number, settings) : null;
    const noScore =
      picture.scene.vectors === null
        ? words.notKnown
        : scene !== picture.scene
          ? words.scoresOfTokens
          : single
            ? null
            : words.scoresOfHeads;
    const { temperature, softcap, positions } = scene.knobs;
    const plain = temperature === 1 && softcap === 0 && positions === 'none';
    const digits = scale.diverging ? signedDigits : threeDigits;
    const special = (value: number): string | null =>
      value === MASKED
        ? missingWord(frame, query as number, key as number)
        : Number.isNaN(value)
          ? words.notFinite
          : null;
    const exact = (value: number | undefined | null): string =>
      value === undefined || value === null ? '–' : (special(value) ?? exactDigits(value));
    return html`
      <dl class="numbers">
        <dt>${words.query}</dt>
        <dd>${this.#place(frame, 'query', query)}</dd>
        <dt>${words.key}</dt>
        <dd>${this.#place(frame, 'key', key)}</dd>
        <dt>${words.weight}</dt>
        <dd class="weight" title=${exact(weight)}>
          ${weight === undefined ? '–' : (special(weight) ?? digits(weight))}
        </dd>
        <dt>${words.score}</dt>
        <dd title=${picture.scene.vectors === null ? words.noScores : exact(score)}>
          ${
            noScore !== null
              ? html`<span class="quiet">${noScore}</span>`
              : score === null
                ? '–'
                : html`${special(score) ?? threeDigits(score)}
                  ${plain ? html`<span class="quiet">${words.scaledDot}</span>` : nothing}`
          }
        </dd>
        <dt>${words.rank}</dt>
        <dd>
          ${
            row !== null && weight !== undefined && Number.isFinite(weight)
              ? html`${rankIn(row, key as number)}
                  <span class="quiet">${filled(words.ofKeys, countDigits(open))}</span>`
              : '–'
          }
        </dd>
      </dl>
      <details>
        <summary>${words.exact}</summary>
        <p class="exact">${words.weight} ${exact(weight)}<br />${words.score} ${exact(score)}</p>
      </details>
    `;
  }

  #comparedTemplate(compared: readonly Frame[], { query, key }: { query: number; key: number }): TemplateResult {
    return html`<dl class="head-facts compared">
      ${compared.map((one) => {
        const { title, weights, scale } = one;
        const weight = weights.row(query)?.[key];
        const digits = scale.diverging ? signedDigits : threeDigits;
        const text = weight === undefined ? '–' : weight === MASKED ? missingWord(one, query, key) : digits(weight);
        return html`<div>
          <dt>${title}</dt>
          <dd>${text}</dd>
        </div>`;
      })}
    </dl>`;
  }

  /** Several queries, several keys, or a block of both: sum and mean of its weights. */
  #groupTemplate(frame: Frame): TemplateResult {
    const { words, selection, scale, settings, picture, weights } = frame;
    const queries = activeQueries(selection);
    const keys = activeKeys(selection);
    const line = chosenLine(frame);
    const within = queries.length > 0 && keys.length > 0 ? keys : null;
    const values =
      line === null ? [] : within === null ? Array.from(line.sum) : within.map((key) => line.sum[key] as number);
    const open = values.filter((weight) => weight !== MASKED);
    const sum = open.reduce((total, weight) => total + weight, 0);
    const cells = values.length * (line?.chosen.length ?? 0);
    const thinned = settings.hide.length > 0 || weights.unfiltered !== undefined;
    const number = (value: number): unknown => {
      if (line === null) return '–';
      if (open.length === 0) {
        const others = within ?? values.map((_, other) => other);
        return [...new Set(others.map((other) => missingTogether(frame, line.of, line.chosen, other)))].join(
          words.comma,
        );
      }
      const text = Number.isNaN(value) ? words.notFinite : scale.diverging ? signedDigits(value) : threeDigits(value);
      return html`<span title=${exactDigits(value)}>${text}</span>`;
    };
    return html`
      <dl class="numbers">
        <dt>${words.query}</dt>
        <dd>${queries.length === 0 ? '–' : this.#names(frame, 'query', queries)}</dd>
        <dt>${words.key}</dt>
        <dd>${keys.length === 0 ? '–' : this.#names(frame, 'key', keys)}</dd>
        <dt>${words.sum}</dt>
        <dd class="weight">${number(sum)}</dd>
        <dt>${words.mean}</dt>
        <dd>
          ${number(sum / cells)}
          <span class="quiet"
            >${filled(thinned ? words.ofCellsMissing : picture.hasMasked ? words.ofCellsMasked : words.ofCells, countDigits(cells))}</span
          >
        </dd>
      </dl>
    `;
  }

  /** The largest weights of the chosen queries (or keys), and how the row is spread. */
  #lineTemplate(frame: Frame): TemplateResult | typeof nothing {
    const { words, scene, selection, scale } = frame;
    const line = chosenLine(frame);
    if (line === null) return nothing;
    const ofKeys = line.of === 'key';
    const row = readLine(line.mean, TOP_KEYS, scale.diverging);
    // Of what is masked or invalid whole the sentence tells.
    if (row.top.length === 0) return nothing;
    const [subjects, objects] = ofKeys ? [scene.keyLabels, scene.queryLabels] : [scene.queryLabels, scene.keyLabels];
    const several = line.chosen.length > 1;
    const title = several
      ? composed(filled(ofKeys ? words.severalGetFrom : words.severalLookAt, line.chosen.length))
      : composed(ofKeys ? words.getsFrom : words.looksAt, itemName(subjects, line.chosen[0] as number, line.of, words));
    const shares = !ofKeys && isDistribution(row);
    const most = Math.abs(row.top[0]?.weight ?? 0);
    const marked = ofKeys ? activeQueries(selection) : activeKeys(selection);
    const digits = scale.diverging ? signedDigits : threeDigits;
    const figure = shares ? shareDigits(most) : digits;
    return html`
      <p class="row-title">${sentenceTemplate(title)}</p>
      ${several ? html`<p class="figures quiet" aria-hidden="true"><span>${words.mean}</span><span>${words.sum}</span></p>` : nothing}
      <ol class="top ${several ? 'summed' : ''}" aria-label=${ofKeys ? words.topQueries : words.topKeys}>
        ${row.top.map(
          ({ key, weight }) => html`
            <li class=${marked.includes(key) ? 'current' : ''}>
              <bdi>${objects.named ? objects.label(key) : filled(ofKeys ? words.queryItem : words.keyItem, key)}</bdi>
              <span class="share" aria-hidden="true"
                ><div data-share=${most > 0 ? Math.abs(weight) / most : 0}></div
              ></span>
              <span class="figure"
                >${several ? html`<span class="visually-hidden">${words.mean}</span> ` : nothing}${figure(weight)}</span
              >
              ${several ? html`<span class="figure"><span class="visually-hidden">${words.sum}</span> ${digits(line.sum[key] as number)}</span>` : nothing}
            </li>
          `,
        )}
      </ol>
      ${
        shares && row.open > 1
          ? html`<p class="entropy">
              <span class="quiet">${words.entropy}</span>
              ${filled(words.ofBits, threeDigits(entropyOf(line.mean)), threeDigits(Math.log2(row.open)))}
            </p>`
          : nothing
      }
    `;
  }

  /** What the head does on average, as far as it is known: weights that are no shares have no entropy, say. */
  #headTemplate({ words, settings, picture, weights, scale }: Frame): TemplateResult | typeof nothing {
    const known = settings.composite === 'none' && !scale.diverging ? picture.statistics(settings.head) : null;
    if (known === null) return nothing;
    const { entropy, meanDistance, firstKey, diagonal, previousToken, invalidRows = 0 } = known;
    const share = Number.isNaN(entropy) ? threeDigits : percent;
    const facts = (
      [
        [words.entropy, entropy, (nats) => filled(words.bits, threeDigits(nats / Math.LN2))],
        [words.distance, meanDistance, threeDigits],
        [words.firstKey, firstKey, share],
        [words.ownPosition, diagonal, share],
        [words.previousPosition, previousToken, share],
      ] as const satisfies readonly (readonly [string, number, (value: number) => string])[]
    ).filter(([, value]) => !Number.isNaN(value));
    if (facts.length === 0) return nothing;
    return html`
      <p class="row-title">
        ${weights === picture.head(settings.head, settings) ? words.onAverage : words.onAverageWhole}
      </p>
      <dl class="head-facts">
        ${facts.map(
          ([name, value, text]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${text(value)}</dd>
            </div>`,
        )}
      </dl>
      ${invalidRows === 0 ? nothing : html`<p class="quiet">${filled(words.withoutRows, invalidRows, weights.rows)}</p>`}
    `;
  }
}
