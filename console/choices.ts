// Choices that are shown before the server has taken them. Several may be under way at once: each one that fails takes back itself alone, and
// an answer to an older one does not cover a newer one.

export interface Choices<Values extends object> {
  /** A choice is made over what is shown now; gives what to show. */
  make(shown: Values, choice: Partial<Values>): Values
  /** The server took it and answered with everything that it has. */
  taken(answer: Values, choice: Partial<Values>): Values
  /** The server did not take it. */
  refused(shown: Values, choice: Partial<Values>): Values
}

/** A choice is known by its identity: give the same object again when it is taken or refused. */
export function makeChoices<Values extends object>(): Choices<Values> {
  /** Oldest first. */
  let underWay: Partial<Values>[] = []
  /** What the server has, as far as is known. */
  let kept: Values | undefined
  const over = (values: Values): Values => Object.assign({}, values, ...underWay) as Values
  const end = (choice: Partial<Values>) => (underWay = underWay.filter((one) => one !== choice))
  return {
    make: (shown, choice) => {
      if (underWay.length === 0) kept = shown
      underWay.push(choice)
      return { ...shown, ...choice }
    },
    taken: (answer, choice) => {
      end(choice)
      kept = answer
      return over(answer)
    },
    refused: (shown, choice) => {
      end(choice)
      const before = over(kept ?? shown)
      const back = { ...shown }
      for (const name of Object.keys(choice) as (keyof Values)[]) back[name] = before[name]
      return back
    },
  }
}
