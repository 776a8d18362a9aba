// FlatBuffers (https://flatbuffers.dev/internals/), as much of it as a .tflite file needs: tables, vectors and strings, written front to
// back, each followed by what it refers to.

/** What a table's field or a vector's element holds. */
export type Value = Int | Float | Text | Table | Vector | Bytes | Ints;

interface Int {
  readonly kind: 'int';
  readonly size: 1 | 4;
  readonly value: number;
}
interface Float {
  readonly kind: 'float';
  readonly value: number;
}
interface Text {
  readonly kind: 'text';
  readonly value: string;
}
interface Table {
  readonly kind: 'table';
  readonly fields: readonly (Value | undefined)[];
}
interface Vector {
  readonly kind: 'vector';
  readonly tables: readonly Table[];
}
interface Ints {
  readonly kind: 'ints';
  readonly values: readonly number[];
}
interface Bytes {
  readonly kind: 'bytes';
  readonly values: Uint8Array;
}

export const byte = (value: number): Int => ({ kind: 'int', size: 1, value });
export const int = (value: number): Int => ({ kind: 'int', size: 4, value });
export const float = (value: number): Float => ({ kind: 'float', value });
export const text = (value: string): Text => ({ kind: 'text', value });
/** Fields in the order of the schema; undefined has the schema's default. */
export const table = (...fields: readonly (Value | undefined)[]): Table => ({ kind: 'table', fields });
export const vector = (...tables: readonly Table[]): Vector => ({ kind: 'vector', tables });
export const ints = (values: readonly number[]): Ints => ({ kind: 'ints', values });
export const bytes = (values: Uint8Array): Bytes => ({ kind: 'bytes', values });

/** A file whose root is the table. `identifier` has four letters. */
export function flatbuffer(root: Table, identifier: string): Uint8Array {
  const writer = new Writer();
  const rootOffset = writer.place(4);
  writer.bytes(new TextEncoder().encode(identifier));
  writer.refer(rootOffset, root);
  return writer.finished();
}

class Writer {
  #view = new DataView(new ArrayBuffer(1 << 12));
  #length = 0;

  /** Room for `size` bytes, aligned to 4 unless it is narrower. Fresh memory is zero. */
  place(size: number): number {
    const alignment = Math.min(size, 4);
    const start = Math.ceil(this.#length / alignment) * alignment;
    this.#length = start + size;
    if (this.#length > this.#view.byteLength) {
      const grown = new Uint8Array(2 * this.#length);
      grown.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(grown.buffer);
    }
    return start;
  }

  bytes(values: Uint8Array): void {
    const start = this.place(values.length);
    new Uint8Array(this.#view.buffer).set(values, start);
  }

  /** Writes a value, and at `from` the distance to it. */
  refer(from: number, value: Exclude<Value, Int | Float>): void {
    const start = this.#write(value);
    this.#view.setUint32(from, start - from, true);
  }

  finished(): Uint8Array {
    return new Uint8Array(this.#view.buffer, 0, this.#length);
  }

  #write(value: Exclude<Value, Int | Float>): number {
    switch (value.kind) {
      case 'table':
        return this.#table(value);
      case 'vector': {
        const start = this.#count(value.tables.length);
        const places = value.tables.map(() => this.place(4));
        value.tables.forEach((element, index) => this.refer(places[index] as number, element));
        return start;
      }
      case 'ints': {
        const start = this.#count(value.values.length);
        for (const element of value.values) this.#view.setInt32(this.place(4), element, true);
        return start;
      }
      case 'bytes': {
        const start = this.#count(value.values.length);
        if (value.values.length > 0) this.bytes(value.values);
        return start;
      }
      case 'text': {
        const encoded = new TextEncoder().encode(`${value.value}\0`);
        const start = this.#count(encoded.length - 1);
        this.bytes(encoded);
        return start;
      }
    }
  }

  #count(count: number): number {
    const start = this.place(4);
    this.#view.setUint32(start, count, true);
    return start;
  }

  /** The vtable (its size, the table's size, the place of each field in the table or 0), then the table: its distance from the vtable, its fields. */
  #table({ fields }: Table): number {
    const vtable = this.place(4);
    fields.forEach(() => this.place(2));
    const start = this.place(4);
    const set = (place: number, value: number): void => {
      this.#view.setUint16(vtable + 2 * place, value, true);
    };
    const references: [number, Exclude<Value, Int | Float>][] = [];
    fields.forEach((field, index) => {
      if (field === undefined) return;
      const place = this.place(field.kind === 'int' ? field.size : 4);
      set(2 + index, place - start);
      if (field.kind === 'float') this.#view.setFloat32(place, field.value, true);
      else if (field.kind !== 'int') references.push([place, field]);
      else if (field.size === 1) this.#view.setUint8(place, field.value);
      else this.#view.setInt32(place, field.value, true);
    });
    set(0, 4 + 2 * fields.length);
    set(1, this.#length - start);
    this.#view.setInt32(start, start - vtable, true);
    for (const [place, value] of references) this.refer(place, value);
    return start;
  }
}
