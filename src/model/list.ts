// The shape of every list: search, sort, facets and paging happen in the database and live in the address.
import { z } from 'zod'

export const PAGE_SIZE = 100
export const MAX_PAGE_SIZE = 500

/** Query of a list. `sort` is a column name, with a leading `-` for descending. */
export const ListQuery = z.object({
  search: z.string().max(200).optional(),
  sort: z.string().max(40).optional(),
  offset: z
    .string()
    .regex(/^\d{1,7}$/)
    .optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .optional(),
})
export type ListQuery = z.infer<typeof ListQuery>

/** Facets: column → value → how many rows it has under the other filters. */
export const Facets = z.record(
  z.string(),
  z.array(z.object({ value: z.string(), label: z.string(), count: z.number() })),
)
export type Facets = z.infer<typeof Facets>

/** A page of rows with the count of all that match. */
export function listOf<T extends z.ZodType>(row: T) {
  return z.object({ rows: z.array(row), total: z.number(), facets: Facets })
}

export interface List<T> {
  rows: T[]
  total: number
  facets: Facets
}
