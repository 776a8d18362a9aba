/** One colour as 8-bit red, green, blue. */
export type Rgb = readonly [number, number, number];

/**
 * A point of a ramp in OKLCH: lightness 0..1, chroma, hue in degrees. OKLab is Björn Ottosson's
 * "A perceptual color space for image processing" (2020); equal steps in it look about equal.
 */
interface ControlPoint {
  readonly chroma: number;
  readonly hue: number;
}

/**
 * Both ramps run through the same hues, yellow, green, blue, and their lightness is a straight line, the two things
 * that make cividis (Nuñez, Anderton and Renslow 2018) readable with any kind of colour vision: whoever sees no hue
 * at all still sees the order. On paper, more is darker; on a dark ground, more is lighter.
 */
const LIGHT = {
  lightness: [0.985, 0.27],
  points: [
    { chroma: 0.006, hue: 95 },
    { chroma: 0.055, hue: 150 },
    { chroma: 0.085, hue: 195 },
    { chroma: 0.11, hue: 240 },
    { chroma: 0.1, hue: 275 },
  ],
} as const;

const DARK = {
  lightness: [0.27, 0.955],
  points: [
    { chroma: 0.03, hue: 265 },
    { chroma: 0.085, hue: 250 },
    { chroma: 0.09, hue: 200 },
    { chroma: 0.11, hue: 150 },
    { chroma: 0.1, hue: 105 },
  ],
} as const;

/**
 * A difference is blue below 0 and orange above, the pair of hues that every kind of colour vision tells apart; both
 * sides are equally light at equal distance from 0.
 */
const DIVERGING = {
  light: { lightness: [0.985, 0.36], chroma: [0, 0.085, 0.12] },
  dark: { lightness: [0.25, 0.93], chroma: [0, 0.085, 0.1] },
  below: [250, 252, 258],
  above: [75, 60, 45],
} as const;

/** Number of colours of a ramp. */
export const RAMP_STEPS = 256;

function encode(linear: number): number {
  const clipped = Math.min(1, Math.max(0, linear));
  const value = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.round(255 * value);
}

/** OKLab to sRGB, by the matrices of Ottosson's article. */
function fromOklab(lightness: number, a: number, b: number): Rgb {
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
    encode(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
    encode(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short),
  ];
}

/** The colour at a share t, 0 to 1, of the way through some points. */
type Path = (t: number) => Rgb;

function path(lightness: readonly [number, number], points: readonly ControlPoint[]): Path {
  const axes = points.map(({ chroma, hue }) => {
    const angle = (hue * Math.PI) / 180;
    return [chroma * Math.cos(angle), chroma * Math.sin(angle)] as const;
  });
  return (t) => {
    const position = t * (axes.length - 1);
    const left = Math.min(axes.length - 2, Math.floor(position));
    const [a0, b0] = axes[left] ?? [0, 0];
    const [a1, b1] = axes[left + 1] ?? [0, 0];
    const f = position - left;
    return fromOklab(lightness[0] + t * (lightness[1] - lightness[0]), a0 + f * (a1 - a0), b0 + f * (b1 - b0));
  };
}

function ramp(colour: Path): Rgb[] {
  return Array.from({ length: RAMP_STEPS }, (_, step) => colour(step / (RAMP_STEPS - 1)));
}

/** The ramp for a theme: 256 colours, from nothing to the most. */
export function colourRamp(theme: 'light' | 'dark'): Rgb[] {
  const { lightness, points } = theme === 'light' ? LIGHT : DARK;
  return ramp(path(lightness, points));
}

/** The ramp of differences for a theme: 256 colours, from the lowest through 0 to the highest. */
export function divergingRamp(theme: 'light' | 'dark'): Rgb[] {
  const { lightness, chroma } = DIVERGING[theme];
  const side = (hues: readonly number[]): Path =>
    path(
      lightness,
      hues.map((hue, i) => ({ hue, chroma: chroma[i] ?? 0 })),
    );
  const below = side(DIVERGING.below);
  const above = side(DIVERGING.above);
  return ramp((t) => (t < 0.5 ? below(1 - 2 * t) : above(2 * t - 1)));
}

/** A ramp between two given colours, for systems that force their own (forced-colors). */
export function rampBetween(nothing: Rgb, most: Rgb): Rgb[] {
  return ramp((t) => {
    const mix = (from: number, to: number): number => Math.round(from + t * (to - from));
    return [mix(nothing[0], most[0]), mix(nothing[1], most[1]), mix(nothing[2], most[2])];
  });
}

/** Relative luminance of an sRGB colour, 0..1 (WCAG 2.2). */
export function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast ratio of two sRGB colours, 1..21 (WCAG 2.2). */
export function contrast(one: Rgb, other: Rgb): number {
  const a = luminance(one);
  const b = luminance(other);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
