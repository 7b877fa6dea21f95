// The description of the API (OpenAPI 3.1), made from the table of routes: what checks the input and the answer is what is described.
import { z } from 'zod'
import { ApiKey, keyScopeHelp, keyScopes } from '../model/api-key.ts'
import { AuditEvent } from '../model/audit.ts'
import { Change, Proposal } from '../model/change.ts'
import { Connection, Overview } from '../model/connection.ts'
import { CredentialInfo, Verdict } from '../model/credential.ts'
import { Invitation } from '../model/invitation.ts'
import { Job, JobResult, JobStep, Problem } from '../model/job.ts'
import { Identity } from '../model/identity.ts'
import { Facets } from '../model/list.ts'
import { Member } from '../model/member.ts'
import { Notice, NoticeSetting } from '../model/notice.ts'
import { Partner } from '../model/partner.ts'
import { Passkey, Settings } from '../model/person.ts'
import { Access, Principal } from '../model/principal.ts'
import { Resource } from '../model/resource.ts'
import { Workspace } from '../model/workspace.ts'
import { ErrorAnswer, statusOf } from './errors.ts'
import type { Route } from './route.ts'
import { summaryOf, tagOf, tags } from './route-words.ts'

export type JsonSchema = { [name: string]: unknown }

export interface Parameter {
  name: string
  in: 'path' | 'query'
  required: boolean
  schema: JsonSchema
}

interface Content {
  content: Record<string, { schema: JsonSchema }>
}

export interface Operation {
  operationId: string
  summary: string
  description: string
  tags: [string]
  parameters: Parameter[]
  requestBody?: Content & { required: true }
  responses: Record<string, ({ description: string } & Partial<Content>) | { $ref: string }>
  security: Record<string, string[]>[]
}

export interface Description {
  openapi: '3.1.0'
  jsonSchemaDialect: string
  info: { title: string; version: string; description: string }
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  /** Address → method → operation. */
  paths: Record<string, Record<string, Operation>>
  components: {
    securitySchemes: Record<string, object>
    schemas: Record<string, JsonSchema>
    responses: Record<string, { description: string } & Content>
  }
}

/** Shapes that are named once; all others are told where they are used. */
const named = {
  ApiKey,
  AuditEvent,
  Access,
  Change,
  Connection,
  CredentialInfo,
  Facets,
  Identity,
  Invitation,
  Job,
  JobResult,
  JobStep,
  Member,
  Notice,
  NoticeSetting,
  Overview,
  Partner,
  Passkey,
  Principal,
  Problem,
  Proposal,
  Resource,
  Settings,
  Verdict,
  Workspace,
  Error: ErrorAnswer,
}

const COMPONENTS = '#/components/schemas/'

const about = `Everything that the console does, but for identity, keys, roles, ownership, secrets and setup, can be done by a program.
Make an API key in the console (Settings, API keys) and send it with each request: \`Authorization: Bearer glk_…\`.
A key does what its scopes say, as far as its maker's role in the workspace goes at that moment.
${keyScopes.map((scope) => `- \`${scope}\`: ${keyScopeHelp[scope]}`).join('\n')}`

/** The description of these routes, which all stand below /api/v1. */
export function descriptionOf(routes: readonly Route[], version: string): Description {
  const shapes = namedShapes()
  const paths: Description['paths'] = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: operationOf(route, shapes) }
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: { title: 'Guestlist', version, description: about },
    servers: [{ url: '/api/v1' }],
    tags: tags.filter(({ name }) => routes.some((route) => tagOf(route) === name)),
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, with the scope that is named.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'guestlist.session_token',
          description: 'A signed-in person.',
        },
      },
      schemas: shapes.schemas,
      responses: failures(),
    },
  }
}

interface Shapes {
  schemas: Record<string, JsonSchema>
  /** The schema of an answer; named shapes are pointed at. */
  of(schema: z.ZodType): JsonSchema
}

/** What the named shapes are, and a writer of others that points at them. */
function namedShapes(): Shapes {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  const schemas: Record<string, JsonSchema> = {}
  const of = (schema: z.ZodType): JsonSchema => {
    const { $defs, ...rest } = pointing(jsonSchema(schema, 'output', registry))
    Object.assign(schemas, $defs)
    return rest
  }
  for (const [id, schema] of Object.entries(named)) {
    // One that is asked for by itself is written out, not pointed at.
    schemas[id] = of(schema)
  }
  return {
    schemas,
    of: (schema) => {
      const id = registry.get(schema)?.id
      return id === undefined ? of(schema) : { $ref: COMPONENTS + id }
    },
  }
}

function jsonSchema(
  schema: z.ZodType,
  io: 'input' | 'output',
  registry = z.registry<{ id: string }>(),
): JsonSchema {
  const written: JsonSchema = z.toJSONSchema(schema, {
    io,
    metadata: registry,
    unrepresentable: 'any',
    override: ({ jsonSchema: part }) => {
      // The format says it, and a reader can read it.
      if (part.format !== undefined) delete part.pattern
      delete part.id
    },
  })
  delete written.$schema
  delete written.id
  return written
}

function pointing(schema: JsonSchema): JsonSchema & { $defs?: Record<string, JsonSchema> } {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', `"${COMPONENTS}`)) as JsonSchema
}

function operationOf(route: Route, shapes: Shapes): Operation {
  const { endpoint, right, scope } = route
  return {
    operationId: operationId(route),
    summary: summaryOf(route),
    description: whoMay(route),
    tags: [tagOf(route)],
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(endpoint.body === null
      ? {}
      : { requestBody: { required: true as const, ...jsonContent(jsonSchema(endpoint.body, 'input')) } }),
    responses: { ...success(route, shapes), ...failuresOf(route) },
    security: right === 'open' ? [] : [{ session: [] }, ...(scope === null ? [] : [{ apiKey: [scope] }])],
  }
}

const jsonContent = (schema: JsonSchema): Content => ({ content: { 'application/json': { schema } } })

/** As `getWorkspacesConnectionsPartnersCsv`: what generators of clients name their functions by. */
function operationId({ method, path }: Route): string {
  const words = path.replaceAll(/:(\w+)/g, 'by-$1').split(/[^A-Za-z0-9]+/)
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function whoMay({ right, scope }: Route): string {
  if (right === 'open') return 'For everybody who reaches the server.'
  if (right === 'signed-in') return 'For a signed-in person, about that person. Not with an API key.'
  const key = scope === null ? 'Not with an API key.' : `With an API key: the scope \`${scope}\`.`
  return `Takes the right \`${right}\`. ${key}`
}

function pathParameters({ path, endpoint }: Route): Parameter[] {
  const shapes =
    endpoint.params instanceof z.ZodObject ? (endpoint.params.shape as Record<string, z.ZodType>) : {}
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: jsonSchema(shapes[name] ?? z.uuid(), 'input'),
  }))
}

function queryParameters({ endpoint }: Route): Parameter[] {
  const { properties = {}, required = [] } = jsonSchema(endpoint.query, 'input') as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

const texts = {
  csv: { description: 'The rows, as a file', type: 'text/csv' },
  jsonl: { description: 'The rows, one JSON object per line', type: 'application/jsonl' },
  events: { description: 'Events as they happen, until the caller goes', type: 'text/event-stream' },
}

function success({ endpoint }: Route, shapes: Shapes): Operation['responses'] {
  const { answer } = endpoint
  if (answer === 'nothing') return { 204: { description: 'Done' } }
  if (typeof answer !== 'string')
    return { 200: { description: 'The answer', ...jsonContent(shapes.of(answer)) } }
  const { description, type } = texts[answer]
  return { 200: { description, content: { [type]: { schema: { type: 'string' } } } } }
}

const failureWords: Record<number, string> = {
  400: 'Something in the request is missing or not as expected; `fields` says what.',
  401: 'Nobody is signed in, or the API key is not known or has ended.',
  403: 'The role, the scope of the key or a missing second factor does not allow this.',
  404: 'There is no such thing, or the caller may not know of it.',
  409: 'It cannot be done as things are now.',
  429: 'Too many requests. Wait as long as `Retry-After` says.',
  500: 'Something went wrong on the side of the server; `reference` finds the line of its log.',
  503: 'A part that this needs does not answer now: the provider, the database or the activity log.',
}

function failures(): Description['components']['responses'] {
  const error = jsonContent({ $ref: `${COMPONENTS}Error` })
  const statuses = [...new Set<number>(Object.values(statusOf))]
  return Object.fromEntries(
    statuses.map((status) => [
      `Status${String(status)}`,
      { description: failureWords[status] ?? 'A failure', ...error },
    ]),
  )
}

function failuresOf({ right, method }: Route): Operation['responses'] {
  const statuses = [
    400,
    ...(right === 'open' ? [] : [401]),
    403,
    404,
    ...(method === 'get' ? [] : [409]),
    429,
    500,
    503,
  ]
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/Status${String(status)}` }]),
  )
}
