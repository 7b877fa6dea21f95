// Which version answers a call. https://developers.facebook.com/docs/graph-api/guides/versioning
import { errors } from './errors.ts'

const usable = ['v21.0', 'v22.0', 'v23.0', 'v24.0', 'v25.0', 'v26.0', 'v27.0']

function order(version: string): number {
  return Number(version.slice(1))
}

/**
 * The version that answers: an expired one is served by the next one that is usable.
 * @throws GraphError 2500 for a version that does not exist yet: it is taken for a node.
 */
export function answeringVersion(asked: string | null, standard: string, rest: string): string {
  if (asked === null) return standard
  const served = usable.find((version) => order(version) >= order(asked))
  if (served === undefined) throw errors.unknownPath(rest)
  return served
}

/** Takes the version off a path. */
export function splitVersion(path: string): { version: string | null; rest: string } {
  const found = /^\/(v\d+\.\d+)(?=\/|$)/.exec(path)
  const version = found?.[1] ?? null
  return { version, rest: version === null ? path : path.slice(version.length + 1) || '/' }
}
