// Durable work as a person sees it in Automation ("automation task" on the screen).
import { z } from 'zod'
import type { Failure } from './error.ts'
import { AppRequestInfo, JobPicture, JobQuestion } from './automation.ts'

export const jobStatuses = [
  'queued',
  'running',
  'retrying',
  'waiting',
  'complete',
  'not_completed',
  'cancelled',
] as const
export const JobStatus = z.enum(jobStatuses)
export type JobStatus = z.infer<typeof JobStatus>

export const jobStatusLabels: Record<JobStatus, string> = {
  queued: 'Queued',
  running: 'Running',
  retrying: 'Retrying',
  waiting: 'Waiting for you',
  complete: 'Complete',
  not_completed: 'Not completed',
  cancelled: 'Cancelled',
}

/** Every kind of durable work that a person sees, with its name on the screen. */
export const jobKindLabels: Record<string, string> = {
  'check-for-updates': 'Check for updates',
  'check-token': 'Check token',
  'approve-app-requests': 'Approve app requests',
  'approve-app-requests-dry': 'Approve app requests (dry run)',
  'read-pages-dry': 'Read people and partners (dry run)',
}

export const openJobStatuses: readonly JobStatus[] = ['queued', 'running', 'retrying', 'waiting']

export const JobTrigger = z.enum(['person', 'schedule', 'api', 'setup'])
export type JobTrigger = z.infer<typeof JobTrigger>

/** Something that went wrong, told so that a person can mend it. */
export const Problem = z.object({
  /** Where: the step and the partner or edge, in words. */
  where: z.string(),
  sentence: z.string(),
  fix: z.string(),
  code: z.string().nullable(),
  trace: z.string().nullable(),
})
export type Problem = z.infer<typeof Problem>

/** How the read of one business ended, for the summary of its job. `notes` are told and do not fail the run. */
export interface StepOutcome {
  problems: Problem[]
  notes: string[]
  /** What the problems come from, where another path may still read it. */
  failures?: { scopes: string[]; failure: Failure; optional?: boolean }[]
  /** Of pages: one of the lists did not tell how many rows it has. */
  uncounted?: boolean
  /** Of pages: scopes in which rows that are stored were not shown, with a digest of what these are. */
  short?: Record<string, string>
}

export const JobStep = z.object({
  id: z.string(),
  /** Stable name, as `read-own`; the label is what a person reads. */
  name: z.string(),
  label: z.string(),
  status: z.enum(['waiting', 'running', 'retrying', 'done', 'failed', 'skipped']),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  attempts: z.number(),
  /** Of `retrying`: when the next try is. */
  retryAt: z.string().nullable(),
  /** Work known so far, and done; null where it is not counted. */
  total: z.number().nullable(),
  done: z.number().nullable(),
  /** What is counted, as "assets". */
  unit: z.string().nullable(),
  problem: Problem.nullable(),
})
export type JobStep = z.infer<typeof JobStep>

export const PartnerResult = z.object({
  partnerId: z.string().nullable(),
  name: z.string().nullable(),
  peopleAdded: z.number(),
  peopleRemoved: z.number(),
  peopleChanged: z.number(),
  /** People of this business without access to our assets: counted, not stored. */
  skipped: z.number(),
  /** People of this business who are assigned to assets and stand in no list of its people; absent in old results. */
  unlisted: z.number().optional(),
})

/** Something that two paths told differently in one run. Holds no name and no address of a person. */
export const PathDifference = z.object({
  noun: z.enum(['principal', 'partner', 'share', 'grant']),
  /** The provider's id of the person or of the partner. */
  externalId: z.string(),
  /** Of a share and of a right: the asset. */
  type: z.string().nullable(),
  resource: z.string().nullable(),
  /** What differs; null where only one path saw it at all, which then says `seen`. */
  field: z.string().nullable(),
  api: z.string().nullable(),
  browser: z.string().nullable(),
})
export type PathDifference = z.infer<typeof PathDifference>

/** What a check for updates found. */
export const JobResult = z.object({
  partners: z.array(PartnerResult),
  assetsAdded: z.number(),
  assetsRemoved: z.number(),
  sharesAdded: z.number(),
  sharesRemoved: z.number(),
  grantsAdded: z.number(),
  grantsRemoved: z.number(),
  grantsChanged: z.number(),
  /** Shares that two lists of the provider tell differently; absent in old results. */
  sharesUnlike: z.number().optional(),
  /** Requests used: HTTP calls, and logical calls (items of a batch counted). */
  httpCalls: z.number(),
  logicalCalls: z.number(),
  /** Partners that were not read, and why, in words. */
  notRead: z.array(
    z.object({ partnerId: z.string().nullable(), name: z.string().nullable(), reason: z.string() }),
  ),
  heldRemovals: z.number(),
  /** What the API and the pages told differently: the first hundred, and how many there are. Absent where not both were read. */
  differences: z.object({ total: z.number(), first: z.array(PathDifference) }).optional(),
})
export type JobResult = z.infer<typeof JobResult>

/** The part of the result that comparing and applying gives. */
export type AppliedResult = Omit<JobResult, 'httpCalls' | 'logicalCalls' | 'notRead'>

export const Job = z.object({
  id: z.string(),
  kind: z.string(),
  /** As "Check for updates". */
  label: z.string(),
  connectionId: z.string().nullable(),
  connectionLabel: z.string().nullable(),
  partnerId: z.string().nullable(),
  partnerName: z.string().nullable(),
  status: JobStatus,
  trigger: JobTrigger,
  /** Who started it: the person's name, or null for the schedule. */
  actor: z.string().nullable(),
  actorId: z.string().nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  updatedAt: z.string(),
  finishedAt: z.string().nullable(),
  /** Of `retrying`: when the next try is. */
  retryAt: z.string().nullable(),
  /** The step that runs, in words, as "assets 340 of 1,000". */
  progress: z.string().nullable(),
  problems: z.array(Problem),
  result: JobResult.nullable(),
})
export type Job = z.infer<typeof Job>

export const JobDetails = Job.extend({
  steps: z.array(JobStep),
  /** What it asks a person now; null where nothing. */
  question: JobQuestion.nullable(),
  /** Pictures of its steps on a provider's pages, oldest first. */
  pictures: z.array(JobPicture),
  /** Requests for our app that it found; a person decides about those that wait. */
  requests: z.array(AppRequestInfo),
})
export type JobDetails = z.infer<typeof JobDetails>
