// How a provider's pages are found and used: locators as data, and the hand that uses them. A recipe holds no page's own text but the
// labels that it knows; nothing else of a page is ever shown or stored.
import { z } from 'zod'
import type { Redacted } from './redacted.ts'

/**
 * Found by its role and name, as the field with a label, or as a text that stands by itself. `start`: the name begins so; without a name any
 * of the role. In a text `{number}` stands for any number.
 */
export const Locator = z.union([
  z.strictObject({
    role: z.enum([
      'alert',
      'button',
      'columnheader',
      'dialog',
      'heading',
      'img',
      'link',
      'navigation',
      'region',
      'row',
      'status',
      'table',
    ]),
    name: z.string().min(1).optional(),
    match: z.enum(['exact', 'start']).optional(),
  }),
  z.strictObject({ label: z.string().min(1) }),
  z.strictObject({ text: z.string().min(1) }),
])
export type Locator = z.infer<typeof Locator>

/** Places of a language: each name has its alternatives, the likeliest first. */
const Words = z.record(z.string(), z.array(Locator).min(1))

export const Recipe = z.strictObject({
  id: z.string(),
  /** Raised with every change. */
  version: z.number().int().positive(),
  /** Addresses after the base, with {business} and what else the place is opened with, as {partner}. */
  places: z.record(z.string(), z.string().startsWith('/')),
  /** By language, as the page names it. */
  words: z.record(z.string(), Words),
})
export type Recipe = z.infer<typeof Recipe>

/** Every label that a recipe knows, and so may be shown. */
export function labelsOf(recipe: Recipe): string[] {
  const locators = Object.values(recipe.words).flatMap((words) => Object.values(words).flat())
  const names = locators.map(nameOf)
  return [...new Set(names.filter((name) => name !== undefined))]
}

/** The words by which a locator finds. */
export function nameOf(locator: Locator): string | undefined {
  return 'label' in locator ? locator.label : 'text' in locator ? locator.text : locator.name
}

/** A locator as a person reads it. */
export function describeLocator(locator: Locator): string {
  if ('text' in locator) return `text “${locator.text}”`
  if ('label' in locator) return `field “${locator.label}”`
  return locator.name === undefined ? locator.role : `${locator.role} “${locator.name}”`
}

/**
 * Why a page could not be used. `missing`: a place was not found. `refused`: the sign-in was. `no-login`: none is there, or it may not be
 * used. `no-answer`: a person was asked and did not answer. `unchanged`: a press was taken and nothing came of it. `limit`: too long or
 * too large. `gone`: the browser ended by itself.
 */
export type PagesProblem = 'missing' | 'refused' | 'no-login' | 'no-answer' | 'unchanged' | 'limit' | 'gone'

/** The message and the fix are for a person; neither holds a page's own text. What the browser itself said is the cause, for the log alone. */
export class PagesError extends Error {
  readonly problem: PagesProblem
  readonly fix: string
  constructor(problem: PagesProblem, sentence: string, fix: string, cause?: Error) {
    super(sentence, { cause })
    this.name = 'PagesError'
    this.problem = problem
    this.fix = fix
  }
}

/**
 * A list, by its places. `table` is there where it has rows; `area` always, and holds the sentence `none` where it has none: a list that
 * neither shows rows nor says that it is empty was not read. `next` leads to its next page; `more` are buttons that would show more of it, which
 * nobody presses: where one can be pressed the list was not read. `count`, where the page has it, ends with the number of all its rows.
 */
export interface List {
  table: string
  area: string
  none: string
  next: string
  more: string
  count: string
}

/** One of several that are looked at each on pages of its own, as a list named it: the provider's id, and what the list told beside. */
export interface PagesItem {
  id: string
  [told: string]: string | number | null
}

/**
 * Where within a page a place is looked for: in a dialog, or in the row of a list, on whichever page of it, that has these texts in its cells, by
 * the columns' places: a name of somebody else's choice may be another one's number.
 */
export type Within = { dialog: string } | { list: List; cells: Readonly<Record<string, string>> }

/** All rows of a list, as fields by the columns' places. `counted`: the page told how many there are, or that there is none. */
export interface Rows<F extends string> {
  rows: Record<F, string>[]
  counted: boolean
}

/** What uses the pages. Places are named as in the recipe. Everything throws PagesError. */
export interface Hand {
  /** Does a part of the work and keeps its picture, also where it fails. `label` is shown to people. */
  step<T>(label: string, fn: () => Promise<T>): Promise<T>
  /** The same for what changes nothing: its picture is kept only where it fails. */
  look<T>(label: string, fn: () => Promise<T>): Promise<T>
  /** `values` fill the address beside {business}. */
  open(place: string, values?: Readonly<Record<string, string>>): Promise<void>
  /** Waits until one of the places shows, and says which. */
  first(names: readonly string[]): Promise<string>
  /** True where the place shows now. */
  sees(name: string): Promise<boolean>
  /** Throws where one of the texts does not stand in the dialog by itself, as more than a part of a longer number or word. */
  confirm(dialog: string, texts: readonly string[]): Promise<void>
  press(name: string, within?: Within): Promise<void>
  fill(name: string, text: Redacted): Promise<void>
  /**
   * A list over all its pages. Throws where neither rows nor the sentence that there are none is found, where a next page cannot be told to belong
   * to this list, and where the page counts other rows than were read.
   */
  rows<F extends string>(list: List, columns: Readonly<Record<F, string>>): Promise<Rows<F>>
  /** Which of these places, as texts, a word on the page is; null where none. */
  meaning(word: string, names: readonly string[]): Promise<string | null>
  /** A place as a picture, for the eyes of the person who answers. Never stored. */
  picture(name: string): Promise<Buffer>
}

/** What is asked of a person while the browser waits. */
export const questionKinds = ['code', 'captcha', 'confirm'] as const
export type QuestionKind = (typeof questionKinds)[number]
