// Words that only a connector has: labels of its kinds of assets. The store knows none of them.
import { connectorOf, connectors } from '../connectors/registry.ts'
import type { Facets } from '../model/list.ts'

/** The label of a resource type, as "Ad account"; the type itself where the connector does not know it any more. */
export function typeLabel(connector: string, type: string): string {
  return connectorOf(connector).manifest.resourceTypes.find((spec) => spec.type === type)?.label ?? type
}

/** The same where the connector is not known, as in a search over all of them. */
export function anyTypeLabel(type: string): string {
  const specs = connectors.flatMap((connector) => connector.manifest.resourceTypes)
  return specs.find((spec) => spec.type === type)?.label ?? type
}

/** Facets with words for the values of one, in their order; a value without words keeps those that it has. */
export function withLabels(
  facets: Facets,
  facet: string,
  labelOf: (value: string) => string | undefined,
): Facets {
  const values = facets[facet]
  if (values === undefined) return facets
  return {
    ...facets,
    [facet]: values
      .map((entry) => ({ ...entry, label: labelOf(entry.value) ?? entry.label }))
      .sort((a, b) => b.count - a.count || a.label.localeCompare(b.label)),
  }
}

/** Facets whose values are resource types, with their labels; `connector`: null where it may be any. */
export function withTypeLabels(facets: Facets, facet: string, connector: string | null): Facets {
  return withLabels(facets, facet, (type) =>
    connector === null ? anyTypeLabel(type) : typeLabel(connector, type),
  )
}
