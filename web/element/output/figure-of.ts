import type { Rgb } from '../../views/colour-ramp.js';
import { directionOf, flowingText } from '../../views/flowing-text.js';
import { groupColour, linkLook, strongestLinks, type LinkSource } from '../../views/lines.js';
import { drawPatches, outlinePatch } from '../../views/patch-grid.js';
import { css } from '../../views/palette.js';
import { MASKED } from '../../views/pooling.js';
import { itemName, plainSentence } from '../../views/sentence.js';
import { filled } from '../../views/words.js';
import type { Fill } from '../../views/figure/drawing.js';
import { roomFor, type Figure, type ImageView, type Sides } from '../../views/figure/figure.js';
import type { LinesView } from '../../views/figure/lines-block.js';
import { PIXEL_RATIO, RASTER_SIDE, type MatrixView } from '../../views/figure/matrix-block.js';
import type { TextView } from '../../views/figure/text-block.js';
import { drawable } from '../panels/image/image-panel.js';
import { legendNotes, scaleWords } from '../panels/legend/legend-panel.js';
import { FAINT_LINE, LEAST_SHARE, lineGroups } from '../panels/lines/lines-panel.js';
import { OPACITY } from '../panels/looking.js';
import type { Frame } from '../panels/panel.js';
import { pictureSentence } from '../panels/readout/picture-sentence.js';
import { missingTogether } from '../panels/missing-together.js';
import { RaisedScale } from '../panels/raised-scale.js';
import {
  otherAxis,
  placeOn,
  profileTitle,
  profileWords,
  tokenProfile,
  type Axis,
  type TokenProfile,
} from '../panels/token-profile.js';
import { headName } from '../title.js';

/** Tokens of which lines are drawn, and the most lines. */
const MOST_TOKENS = 64;
const MOST_LINES = 400;

/** Most tokens of a running text. */
const MOST_PIECES = 2000;

/**
 * What an element shows, as a figure; null as long as not all of it is known.
 * @param frames as the element draws them: one, or three that are compared
 */
export function figureOf(frames: readonly [Frame, ...Frame[]]): Figure | null {
  const [frame] = frames;
  const { words, settings, picture, scheme } = frame;
  const several = frames.length > 1;
  const last = frames.at(-1) ?? frame;
  const shown = (view: (typeof settings.view)[number]): readonly Frame[] =>
    settings.view.includes(view) ? frames : [];
  const matrices = shown('matrix').map((one) => matrixView(one, several));
  const lines = shown('lines').map((one) => linesView(one, several));
  const texts = shown('text').map((one) => textViews(one, several));
  const images = shown('image').map((one) => imageView(one, several));
  const sentence = pictureSentence(last);
  // All is asked for before anything is missed.
  if (![matrices, lines, texts, images].every(allKnown) || sentence.length === 0) return null;

  const [down = 1, across = 1] = matrices.length === 0 ? [] : cellsPerPixel(frame);
  const notes = legendNotes(frame);
  const remarks = [
    plainSentence(sentence),
    ...notes.map(({ parts }) => filled(words.spokenHead, plainSentence(parts))),
    ...(picture.hasMasked ? [words.hatched] : []),
    ...(notes.some(({ look }) => look === 'hidden') ? [words.dotted] : []),
    ...(notes.some(({ look }) => look === 'leftOut') ? [words.emptied] : []),
    ...(picture.hasInvalid ? [words.chequered] : []),
    ...(down > 1 || across > 1
      ? [`${words.label_pooling}${words[`pooling_${settings.pooling}`]} ${filled(words.pooledOf, down, across)}`]
      : []),
  ];
  // As the element has them: a picture of the same scale shares the bar of the first one.
  const ends = ({ scale }: Frame): string => scale.domain.join();
  const scales = frames.filter((one, i) => i === 0 || ends(one) !== ends(frame));
  return {
    caption: filled(words.weightsOf, last.title),
    matrices: { heading: '', views: known(matrices) },
    lines: sidesOf(known(lines)),
    texts: [0, 1].map((i) => sidesOf(known(texts).flatMap((views) => views[i] ?? []))),
    images: sidesOf(known(images)),
    bars: scales.map((one, i) => ({
      scale: one.scale,
      upper: one.scale.kind === 'row' ? words.rowMost : null,
      words: [...(i === 0 ? [] : [one.title]), ...scaleWords(one)].join(words.comma),
    })),
    sentences: remarks,
    palette: scheme.palette,
  };
}

/** A view of one picture with what it has in common with those beside it; that is no part of its title. */
type Headed<View> = View & { readonly heading: string };

const allKnown = (views: readonly unknown[]): boolean => !views.includes(null);

const known = <View>(views: readonly View[]): NonNullable<View>[] =>
  views.filter((view) => view !== null && view !== undefined);

const sidesOf = <View>(views: readonly Headed<View>[]): Sides<View> => ({ heading: views[0]?.heading ?? '', views });

/** How many queries and keys a pixel covers at most. */
function cellsPerPixel({ weights }: Frame): [number, number] {
  return [Math.ceil(weights.rows / RASTER_SIDE), Math.ceil(weights.columns / RASTER_SIDE)];
}

function matrixView({ weights, scene, scale, settings, words, title }: Frame, several: boolean): MatrixView | null {
  const { rows, columns, unfiltered } = weights;
  const request = {
    rows: { first: 0, count: rows },
    columns: { first: 0, count: columns },
    height: Math.min(rows, RASTER_SIDE),
    width: Math.min(columns, RASTER_SIDE),
    pooling: settings.pooling,
  };
  const [grid, before] = [weights.tile(request), unfiltered?.tile(request)];
  if (before === null) return null;
  return (
    grid && {
      title: several ? title : null,
      grid,
      missing: (row, column) => {
        if (grid.columns === columns && settings.hide.includes(column)) return 'hidden';
        return (before?.values[row * grid.columns + column] ?? MASKED) === MASKED ? 'masked' : 'leftOut';
      },
      rows,
      columns,
      scale,
      queries: scene.queryLabels,
      keys: scene.keyLabels,
      queryWord: words.queryAxisTurned,
      keyWord: words.keyAxis,
    }
  );
}

/** What a profile shows, and of which picture: beside others that say the same, each has only its own title. */
function titlesOf(frame: Frame, profile: TokenProfile, several: boolean): { heading: string; title: string } {
  const { scene, words } = frame;
  const labels = profile.of === 'query' ? scene.queryLabels : scene.keyLabels;
  const name = itemName(labels, profile.items[0] ?? 0, profile.of, words);
  if (!several) return { heading: '', title: plainSentence(profileTitle(frame, profile, name)) };
  return { heading: plainSentence(profileWords(frame, profile, name)), title: frame.title };
}

function linesView(frame: Frame, several: boolean): Headed<LinesView> | null {
  const { scene, picture, settings, scheme, weights, words, title } = frame;
  const profile = tokenProfile(frame, 'query', 'mean', null);
  if (profile.items.length > 0 && profile.values === null) return null;
  const { of, items } = profile;
  const length = Math.max(weights.rows, weights.columns);
  const from = Math.max(0, Math.min((items[0] ?? 0) - MOST_TOKENS / 2, length - MOST_TOKENS));
  const first = length <= MOST_TOKENS ? 0 : from;
  const end = Math.min(length, first + MOST_TOKENS);
  const groups = lineGroups(frame);
  const heads = groups?.map((head) => picture.head(head, settings)) ?? [weights];
  const rows = Array.from({ length: Math.max(0, Math.min(end, weights.rows) - first) }, (_, i) => first + i);
  const inView = (item: number): boolean => item >= first && item < end;
  const sources = heads.flatMap((head, group) =>
    (items.length > 0 ? items.filter(inView) : rows).map((index) => ({
      ...placeOn(of, index),
      first,
      end,
      group,
      weights: of === 'query' ? head.row(index) : head.column(index),
    })),
  );
  if (sources.some((source) => source.weights === null)) return null;
  const strongest = strongestLinks(sources as readonly LinkSource[], MOST_LINES);
  const all = first === 0 && end === length;
  const most = Math.max(0, ...strongest.map(({ weight }) => Math.abs(weight)));
  const scale = new RaisedScale().of(frame, most, all ? undefined : FAINT_LINE);
  const links =
    all || items.length > 0 ? strongest : strongest.filter((link) => linkLook(scale, link).share >= LEAST_SHARE);
  const many = filled(
    !all ? words.strongestInView : links.length < MOST_LINES ? words.allLinks : words.strongestLinks,
    links.length,
  );
  return {
    ...(items.length > 0 ? titlesOf(frame, profile, several) : { heading: '', title: [many, title].join(words.comma) }),
    queries: scene.queryLabels,
    keys: scene.keyLabels,
    first,
    end,
    links,
    look: (link) => {
      const look = linkLook(scale, link);
      return groups === null ? look : { ...look, colour: groupColour(link.group, scheme.dark) };
    },
    groups:
      groups?.map((head, group) => ({
        name: filled(words.head, headName(scene, head)),
        colour: groupColour(group, scheme.dark),
      })) ?? [],
  };
}

function fillsOf(frame: Frame, profile: TokenProfile): (value: number) => Fill | null {
  const { values, most, of, items } = profile;
  const { words } = frame;
  const scale = new RaisedScale().of(frame, most);
  return (index) => {
    const value = values?.[index];
    if (value === undefined) return null;
    if (value === MASKED) {
      const why = missingTogether(frame, of, items, index);
      return why === words.masked ? 'masked' : why === words.hidden ? 'hidden' : null;
    }
    return Number.isNaN(value) ? 'invalid' : (scale.ramp[scale.index(value, most)] ?? null);
  };
}

/** One text where queries and keys are the same tokens, or else one of each. */
function textViews(frame: Frame, several: boolean): readonly Headed<TextView>[] | null {
  const { scene, words } = frame;
  const profile = tokenProfile(frame, 'query', 'mean');
  if (profile.values === null) return null;
  const { heading, title } = titlesOf(frame, profile, several);
  const fill = fillsOf(frame, profile);
  return (scene.same ? [otherAxis(profile.of)] : (['query', 'key'] as const)).map((axis: Axis, i): Headed<TextView> => {
    const labels = axis === 'query' ? scene.queryLabels : scene.keyLabels;
    const tokens = Array.from({ length: Math.min(MOST_PIECES, labels.count) }, (_, item) => labels.text(item));
    return {
      heading: i === 0 ? heading : '',
      title: [...(i === 0 ? [title] : []), ...(scene.same ? [] : [words[axis]])].join(words.comma),
      pieces: flowingText(tokens),
      fills: tokens.map((_, item) => (scene.same || axis !== profile.of ? fill(item) : null)),
      direction: directionOf(tokens),
    };
  });
}

/** Null as long as it is not known, undefined where there is no image. */
function imageView(frame: Frame, several: boolean): Headed<ImageView> | null | undefined {
  const { scene, weights, scale, scheme } = frame;
  if (scene.image === null) return undefined;
  const { rows, columns, first, source } = scene.image;
  const count = first + rows * columns;
  const same = weights.rows === count && weights.columns === count;
  const profile = tokenProfile(
    frame,
    weights.columns === count ? 'query' : 'key',
    'mean',
    same && first > 0 ? [0] : [],
  );
  const { values, most, of, items } = profile;
  const picture = drawable(source, () => undefined);
  if (values === null || picture === null) return null;
  const shown = (of === 'query' ? weights.columns : weights.rows) === count;
  const side = (roomFor(several ? 2 : 1) * PIXEL_RATIO) / Math.max(picture.width, picture.height);
  const grid = { rows, columns };
  const { palette } = scheme;
  const colour = (value: number): Rgb => scale.ramp[scale.index(value, most)] ?? palette.ground;
  return {
    ...titlesOf(frame, profile, several),
    raster: {
      width: Math.round(picture.width * side),
      height: Math.round(picture.height * side),
      draw(context) {
        context.imageSmoothingEnabled = side < 4;
        context.drawImage(picture.source, 0, 0, context.canvas.width, context.canvas.height);
        if (!shown) return;
        const patches = Array.from({ length: rows * columns }, (_, i) => values[first + i] as number);
        drawPatches(context, grid, patches, colour, palette, OPACITY, PIXEL_RATIO);
        for (const item of same ? items : []) {
          if (item < first) continue;
          outlinePatch(context, grid, item - first, [css(palette.text), css(palette.ground)], PIXEL_RATIO);
        }
      },
    },
  };
}
