// The tenant. Everything that a connection holds belongs to exactly one workspace.
import { z } from 'zod'
import { Role } from './member.ts'

/** `simulator`: its connections talk to the built-in simulator, and every page says so. */
export const Environment = z.enum(['live', 'simulator'])
export type Environment = z.infer<typeof Environment>

export const Workspace = z.object({
  id: z.string(),
  name: z.string(),
  environment: Environment,
  role: Role,
})
export type Workspace = z.infer<typeof Workspace>
