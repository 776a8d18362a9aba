import { css } from './palette.js';
import type { Rgb } from './colour-ramp.js';
import type { Link } from './summary.js';
import type { ValueScale } from './value-scale.js';

/** A weight as a line from a query to a key. */
export interface GroupedLink extends Link {
  /** Which of several heads it belongs to. */
  readonly group: number;
  /** The largest magnitude among the weights that it was taken from. */
  readonly most: number;
}

/** The weights of one query over the keys, or of one key over the queries: the side that is null runs. */
export interface LinkSource {
  readonly query: number | null;
  readonly key: number | null;
  readonly group: number;
  readonly weights: ArrayLike<number>;
  /** Only the weights [first, end) become links. */
  readonly first?: number;
  readonly end?: number;
}

/**
 * The links that are farthest from 0, at most so many, weakest first (so that the strongest are painted last). What is
 * masked, 0 or not a finite number is no link; of equal ones the first stay.
 */
export function strongestLinks(sources: readonly LinkSource[], count: number): GroupedLink[] {
  const links: GroupedLink[] = [];
  let least = 0;
  const cut = (): void => {
    links.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
    if (links.length > count) links.length = count;
    if (links.length === count) least = Math.abs(links.at(-1)?.weight ?? 0);
  };
  for (const { query, key, group, weights, first = 0, end = weights.length } of sources) {
    let most = 0;
    for (let i = 0; i < weights.length; ++i) {
      const size = Math.abs(weights[i] as number);
      if (size > most && size < Infinity) most = size;
    }
    if (most <= least) continue;
    for (let i = first; i < Math.min(end, weights.length); ++i) {
      const weight = weights[i] as number;
      const size = Math.abs(weight);
      if (!(size > least) || size === Infinity) continue;
      links.push({ query: query ?? i, key: key ?? i, weight, group, most });
      if (links.length === 2 * count) cut();
    }
  }
  cut();
  return links.reverse();
}

/** Where the ends of the links lie. */
export interface LinkField {
  readonly width: number;
  readonly height: number;
  /** Height of a token's row. */
  readonly step: number;
  /** How far the rows are scrolled. */
  readonly scrolled: number;
  /** Number of groups, whose lines lie side by side. */
  readonly groups: number;
}

/** Share of a row's height over which the groups spread. */
const SPREAD = 0.75;

/** Thinnest and thickest line. */
const THIN = 1;
const THICK = 5;

/** Where a group's lines meet a token, as a share of its row's height. */
export function linkMiddle(group: number, groups: number): number {
  return 0.5 + SPREAD * ((group + 0.5) / groups - 0.5);
}

/** How a link is drawn by its share of the scale, 0 to 1. */
export function linkLine(share: number): { readonly opacity: number; readonly thickness: number } {
  return { opacity: Math.sqrt(share), thickness: THIN + (THICK - THIN) * share };
}

/**
 * A link's share of the scale, 0 to 1, and its colour: never paler than halfway to the end of the ramp, because a thin
 * line needs more contrast than a cell; what is less is fainter instead.
 */
export function linkLook(
  { ramp, diverging, index }: ValueScale,
  { weight, most }: GroupedLink,
): { readonly share: number; readonly colour: Rgb } {
  const at = index(weight, most);
  const share = diverging ? Math.abs(at / 127.5 - 1) : at / 255;
  const strong = diverging ? (at < 128 ? Math.min(at, 64) : Math.max(at, 191)) : Math.max(at, 128);
  return { share, colour: ramp[strong] ?? [0, 0, 0] };
}

/**
 * Draws links as curves from the left side (queries) to the right side (keys).
 * @param look a link's colour and its share of the scale, 0 to 1, which makes it thick and opaque
 */
export function drawLinks(
  context: CanvasRenderingContext2D,
  links: readonly GroupedLink[],
  { width, height, step, scrolled, groups }: LinkField,
  look: (link: GroupedLink) => { readonly colour: Rgb; readonly share: number },
): void {
  for (const link of links) {
    const middle = linkMiddle(link.group, groups);
    const from = (link.query + middle) * step - scrolled;
    const to = (link.key + middle) * step - scrolled;
    if (Math.max(from, to) < 0 || Math.min(from, to) > height) continue;
    const { colour, share } = look(link);
    const { opacity, thickness } = linkLine(share);
    context.globalAlpha = opacity;
    context.strokeStyle = css(colour);
    context.lineWidth = thickness;
    context.beginPath();
    context.moveTo(0, from);
    context.bezierCurveTo(0.4 * width, from, 0.6 * width, to, width, to);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/**
 * Eight colours for lines, three hexadecimal digits each: the farthest apart that a search found for ordinary vision
 * and its three dichromacies (Machado, Oliveira and Fernandes 2009), each 3:1 or more on its ground.
 */
const ON_LIGHT = 'b2568f85a428c79f4130f710';
const ON_DARK = '90fb8fe81c434b957afc2bdd';

/** Most heads whose lines are told apart. */
export const MOST_GROUPS = 8;

/** The colour of one of up to eight heads. */
export function groupColour(group: number, dark: boolean): Rgb {
  const digit = (i: number): number => 17 * parseInt((dark ? ON_DARK : ON_LIGHT)[3 * group + i] ?? '0', 16);
  return [digit(0), digit(1), digit(2)];
}
