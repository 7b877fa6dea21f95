// A text that must not leave the step that opened it: prints as [redacted] wherever it is logged, joined or serialised.

const inspect = Symbol.for('nodejs.util.inspect.custom')

export class Redacted {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  /** The text itself. Call it only where the text is used: in a header, a signature, a seal. */
  reveal(): string {
    return this.#text
  }
  toString(): string {
    return '[redacted]'
  }
  toJSON(): string {
    return '[redacted]'
  }
  [inspect](): string {
    return '[redacted]'
  }
}
