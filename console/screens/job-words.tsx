// A task in words: its status and who started it, the same in the list and in the drawer.
import type { Job, JobStatus } from '../../src/model/job.ts'
import { jobStatusLabels } from '../../src/model/job.ts'
import { StatusDot } from '../components/StatusDot.tsx'
import type { Tone } from '../components/StatusDot.tsx'

const tones: Record<JobStatus, Tone> = {
  queued: 'idle',
  running: 'busy',
  retrying: 'wait',
  waiting: 'wait',
  complete: 'ok',
  not_completed: 'bad',
  cancelled: 'idle',
}

export function JobStatusDot({ job }: { job: Pick<Job, 'status'> }) {
  return <StatusDot tone={tones[job.status]}>{jobStatusLabels[job.status]}</StatusDot>
}

/** The person, or what started it instead. */
export function startedBy(job: Pick<Job, 'actor' | 'trigger'>): string {
  switch (job.trigger) {
    case 'person':
      return job.actor ?? 'A former member'
    case 'schedule':
      return 'Schedule'
    case 'api':
      return job.actor === null ? 'API' : `API, ${job.actor}`
    case 'setup':
      return 'First check'
  }
}
