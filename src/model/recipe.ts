// How a provider's pages are found and used: locators as data, and the hand that uses them. A recipe holds no page's own text but the
// labels that it knows; nothing else of a page is ever shown or stored.
import { z } from 'zod'
import type { Redacted } from './redacted.ts'

/** Found by its role and name, or as the field with a label. `start`: the name begins so; without a name any of the role. */
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
      'row',
      'status',
      'table',
    ]),
    name: z.string().min(1).optional(),
    match: z.enum(['exact', 'start']).optional(),
  }),
  z.strictObject({ label: z.string().min(1) }),
])
export type Locator = z.infer<typeof Locator>

/** Places of a language: each name has its alternatives, the likeliest first. */
const Words = z.record(z.string(), z.array(Locator).min(1))

export const Recipe = z.strictObject({
  id: z.string(),
  /** Raised with every change. */
  version: z.number().int().positive(),
  /** Addresses after the base, with {business}. */
  places: z.record(z.string(), z.string().startsWith('/')),
  /** By language, as the page names it. */
  words: z.record(z.string(), Words),
})
export type Recipe = z.infer<typeof Recipe>

/** Every label that a recipe knows, and so may be shown. */
export function labelsOf(recipe: Recipe): string[] {
  const locators = Object.values(recipe.words).flatMap((words) => Object.values(words).flat())
  const names = locators.map((one) => ('label' in one ? one.label : one.name))
  return [...new Set(names.filter((name) => name !== undefined))]
}

/** A locator as a person reads it. */
export function describeLocator(locator: Locator): string {
  if ('label' in locator) return `field “${locator.label}”`
  return locator.name === undefined ? locator.role : `${locator.role} “${locator.name}”`
}

/**
 * Why a page could not be used. `missing`: a place was not found. `refused`: the sign-in was. `no-login`: none is there, or it may not be
 * used. `no-answer`: a person was asked and did not answer. `unchanged`: a press was taken and nothing came of it. `limit`: too long or
 * too large. `gone`: the browser ended by itself.
 */
export type PagesProblem = 'missing' | 'refused' | 'no-login' | 'no-answer' | 'unchanged' | 'limit' | 'gone'

/** The message and the fix are for a person; neither holds a page's own text. */
export class PagesError extends Error {
  readonly problem: PagesProblem
  readonly fix: string
  constructor(problem: PagesProblem, sentence: string, fix: string) {
    super(sentence)
    this.name = 'PagesError'
    this.problem = problem
    this.fix = fix
  }
}

/** Where within a page a place is looked for: in a dialog, or in the row of a table that has all these texts as cells. */
export type Within = { dialog: string } | { table: string; cells: readonly string[] }

/** What uses the pages. Places are named as in the recipe. Everything throws PagesError. */
export interface Hand {
  /** Does a part of the work and keeps its picture, also where it fails. `label` is shown to people. */
  step<T>(label: string, fn: () => Promise<T>): Promise<T>
  /** The same for what changes nothing: its picture is kept only where it fails. */
  look<T>(label: string, fn: () => Promise<T>): Promise<T>
  open(place: string): Promise<void>
  /** Waits until one of the places shows, and says which. */
  first(names: readonly string[]): Promise<string>
  /** True where the place shows now. */
  sees(name: string): Promise<boolean>
  /** Throws where one of the texts does not stand in the dialog. */
  confirm(dialog: string, texts: readonly string[]): Promise<void>
  press(name: string, within?: Within): Promise<void>
  fill(name: string, text: Redacted): Promise<void>
  /** All rows of a table, over all its pages, as fields by the columns' places. A table that is not there has none where `optional`. */
  rows<F extends string>(
    table: string,
    columns: Readonly<Record<F, string>>,
    next: string,
  ): Promise<Record<F, string>[]>
  /** A place as a picture, for the eyes of the person who answers. Never stored. */
  picture(name: string): Promise<Buffer>
}

/** What is asked of a person while the browser waits. */
export const questionKinds = ['code', 'captcha', 'confirm'] as const
export type QuestionKind = (typeof questionKinds)[number]
