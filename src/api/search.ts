// The palette's search over everything that a workspace holds.
import { z } from 'zod'
import { jobKindLabels } from '../model/job.ts'
import { search } from '../store/search.ts'
import type { Found } from '../store/search.ts'
import { inWorkspace } from './route.ts'
import { anyTypeLabel } from './words.ts'

export const find = inWorkspace({
  query: z.object({ q: z.string().max(200).optional() }),
  answer: z.object({
    results: z.array(
      z.object({
        kind: z.enum(['connection', 'partner', 'principal', 'resource', 'job']),
        id: z.string(),
        connectionId: z.string().nullable(),
        title: z.string(),
        hint: z.string(),
      }),
    ),
  }),
  handle: async ({ read, query }) => ({
    results: (await read((tx) => search(tx, query.q ?? ''))).map(worded),
  }),
})

function worded(found: Found): Found {
  if (found.kind === 'resource') return { ...found, hint: anyTypeLabel(found.hint) }
  if (found.kind === 'job') return { ...found, title: jobKindLabels[found.title] ?? found.title }
  return found
}
