// Which reads a target starts with: everything that is expected to be answered in one expanded read of the business's node, and beside it, in
// the same batch, whatever may be refused and would spoil that read.
import { assignedScope } from '../../model/snapshot.ts'
import type { Context, Read, Target } from '../connector.ts'
import { groupsQuery } from './asset-groups.ts'
import type { AssetKind } from './asset-kind.ts'
import { assignedOf, ownerScope, rowOf } from './asset-lists.ts'
import { partnerEdges, peopleEdges } from './businesses.ts'
import { edgeAnew, edgeOf, holdsOne, maySeePeople, readsAgencies, usualLimit } from './edges.ts'
import { carriedQueries } from './invitations.ts'
import { kinds } from './kinds.ts'
import {
  edgeLevel,
  edgeLimit,
  isAbsent,
  isAlone,
  isKnownEdge,
  refusedCode,
  rootScale,
  wasAnswered,
  wasRefused,
} from './learnt.ts'
import { asRead, groupsEdges, isGroups, readerOf } from './queries.ts'
import type { Query, RootQuery } from './queries.ts'
import { add, results } from './seen.ts'
import { rootEdges } from './steps-down.ts'

/** Up to so many shared assets are asked one by one: lists would save too little to touch what is not ours. */
const FEW_SHARED = 4

/** The first reads for a target, cheapest first. */
export function plan(ctx: Context): Read[] {
  const queries = ctx.target.kind === 'own' ? planOwn(ctx) : planPartner(ctx, ctx.target)
  return queries.map(asRead)
}

const listScope = (ctx: Context, edge: string): string => `${readerOf(ctx)}/${edge}`
const isSealed = (ctx: Context, scope: string): boolean => ctx.sealed?.(scope) === true

function planOwn(ctx: Context): Query[] {
  const lists = [...peopleEdges, ...partnerEdges].map((edge) => edge.edge)
  const parts = divide(ctx, [...lists.filter((edge) => !isSealed(ctx, listScope(ctx, edge))), ...groupsEdges])
  for (const kind of kinds) {
    const names = [kind.owned, kind.client]
    if (holdsOne(ctx, kind.listScopes)) {
      for (const edge of names) {
        const left = leftOf(ctx, edge)
        if (left === null) place(ctx, parts, edge, kind)
        else parts.beside.push(...left)
      }
    } else
      parts.beside.push(
        lacking(
          kind,
          names.map((edge) => listScope(ctx, edge)),
        ),
      )
  }
  return [...carriedQueries(ctx), ...together(ctx, parts.together, {}), ...parts.beside]
}

/**
 * What is still to be asked of the assets of a list that an earlier try has read to its end. Null where the list is asked: it was not read, or is
 * cheaper to read again, or tells what nothing else does.
 */
function leftOf(ctx: Context, name: string): Query[] | null {
  const scope = listScope(ctx, name)
  const edge = edgeOf(name)
  if (!isSealed(ctx, scope) || ctx.listed === undefined || edge.of !== 'assets') return null
  const { kind, relation } = edge
  const ids = [...ctx.listed(scope)]
  // Whether an Instagram account's owner has to be asked for stands in its row.
  const owned = (id: string) => isSealed(ctx, ownerScope(readerOf(ctx), kind.type, id))
  if (relation === 'client' && kind.fields.includes('ig_user_id') && !ids.every(owned)) return null
  const seen = assignedOf(ctx, kind, ids, false)
  if (readsAgencies(ctx, edge)) add(seen, rowOf(ctx, 'agencies', kind, ids, false))
  const calls = seen.next.reduce((sum, query) => sum + 1 + ('rest' in query ? query.rest.length : 0), 0)
  const pages = Math.ceil(ids.length / edgeLimit(ctx, name, usualLimit(edge)))
  return seen.failures.length > 0 || calls > pages ? null : seen.next
}

interface Parts {
  /** Edges of the one expanded read. */
  together: string[]
  beside: Query[]
}

/** Edges that may be asked together, and those that are asked by themselves. */
function divide(ctx: Context, edges: readonly string[]): Parts {
  const parts: Parts = { together: [], beside: [] }
  for (const edge of edges) place(ctx, parts, edge, null)
  return parts
}

function place(
  ctx: Context,
  parts: Parts,
  edge: string,
  kind: AssetKind | null,
  want: string[] | null = null,
): void {
  if (isGroups(edge)) {
    const shared = edge !== groupsEdges[0]
    if (isSealed(ctx, listScope(ctx, edge)) || (shared && isAbsent(ctx, edge))) return
    if (refusedBefore(ctx, parts, edge, shared)) return
    if (isKnownEdge(ctx, edge) && edgeLevel(ctx, edge) === 0 && !wasRefused(ctx, edge) && !isAlone(ctx, edge))
      parts.together.push(edge)
    else parts.beside.push(groupsQuery(ctx, edge))
    return
  }
  if (want === null && refusedBefore(ctx, parts, edge, kind?.beyondGuide ?? false)) return
  if (kind !== null && wasRefused(ctx, `assigned/${kind.type}`)) {
    parts.beside.push(edgeAnew(ctx, edge, { level: 2, want, careful: true }))
    return
  }
  const usual =
    !wasRefused(ctx, edge) && !isAlone(ctx, edge) && (kind?.beyondGuide !== true || isKnownEdge(ctx, edge))
  if (usual && edgeLimit(ctx, edge, usualLimit(edgeOf(edge))) === usualLimit(edgeOf(edge))) {
    parts.together.push(edge)
  } else {
    parts.beside.push(edgeAnew(ctx, edge, { want }))
  }
}

/** An edge that was refused with this token a short while ago is told, not asked. */
function refusedBefore(ctx: Context, parts: Parts, edge: string, beyondGuide: boolean): boolean {
  const absent = isAbsent(ctx, edge)
  if (!absent && refusedCode(ctx, edge) === undefined) return false
  // Meta does not know the edge at all: there is nothing to miss. A refusal is none, whatever its code.
  const optional = beyondGuide || absent
  parts.beside.push({
    q: 'refused',
    scopes: [listScope(ctx, edge)],
    what: `The list ${edge}`,
    lacks: 'a permission that Meta asks for it',
    optional,
    answered: wasAnswered(ctx, edge),
  })
  return true
}

function lacking(kind: AssetKind, scopes: string[]): Query {
  return {
    q: 'refused',
    scopes,
    what: kind.labelPlural,
    lacks: kind.listScopes.join(' or '),
    optional: kind.beyondGuide,
  }
}

/** One expanded read, or its edges one by one where it was refused before. */
function together(ctx: Context, edges: string[], want: RootQuery['want']): Query[] {
  if (edges.length === 0) return []
  const scale = rootScale(ctx, edges)
  if (scale === 0 || edges.length === 1) return rootEdges(ctx, edges, want)
  return [{ q: 'root', edges, want, scale, levels: {} }]
}

function planPartner(ctx: Context, target: Target & { kind: 'partner' }): Query[] {
  if (target.shared.length === 0) return []
  const people = peopleEdges.map((edge) => edge.edge).filter((edge) => !isSealed(ctx, listScope(ctx, edge)))
  // Groups that others share with a partner are mostly those of its other clients.
  const groups = target.sharedOnly ? groupsEdges.slice(0, 1) : groupsEdges
  const parts = divide(ctx, [...people, ...groups])
  const want: RootQuery['want'] = {}
  const open = target.shared.filter(
    (s) => !isSealed(ctx, assignedScope(target.partner, s.type, s.externalId)),
  )
  const byLists = !target.sharedOnly && open.length > FEW_SHARED
  const direct: Query[] = []
  for (const kind of kinds.filter((k) => k.assignable)) {
    for (const direction of ['out', 'in'] as const) {
      const ids = [
        ...new Set(
          open.filter((s) => s.type === kind.type && s.direction === direction).map((s) => s.externalId),
        ),
      ]
      if (ids.length === 0) continue
      const edge = direction === 'out' ? kind.client : kind.owned
      const level = edgeLevel(ctx, edge)
      const beside = kind.beyondGuide && !isKnownEdge(ctx, edge)
      const listable =
        maySeePeople(ctx, kind) &&
        holdsOne(ctx, kind.listScopes) &&
        refusedCode(ctx, edge) === undefined &&
        !wasRefused(ctx, `assigned/${kind.type}`) &&
        level === 0
      if (byLists && listable && !(beside && ids.length < 2)) {
        want[edge] = ids
        place(ctx, parts, edge, kind, ids)
      } else {
        for (const result of results(assignedOf(ctx, kind, ids, false))) {
          if ('next' in result) direct.push(...result.next.map((read) => read.query as Query))
          else
            direct.push({
              q: 'refused',
              scopes: result.scopes,
              what: `Who can use ${kind.labelPlural}`,
              lacks: kind.peopleScopes.join(' or ') || 'a permission',
              optional: result.optional === true,
            })
        }
      }
    }
  }
  return [...together(ctx, parts.together, want), ...parts.beside, ...direct]
}
