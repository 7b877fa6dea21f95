// The steps of a check for updates that a person follows, and what the run is about.
import type { CheckedPartner } from '../store/checks.ts'

/** The whole connection (`only` null) or one partner; `readable`: partners that were onboarded when the run began. */
export type Extent = { connectionId: string; only: string | null; readable: string[] }

const COMPARE = 1_000_000

export interface PlannedStep {
  name: string
  label: string
  position: number
}

/** The step that reads our own business (null) or a partner's. */
export function readStepName(partnerId: string | null): string {
  return partnerId === null ? 'read-own' : `read-${partnerId}`
}

/** What is said of the step that reads our own business (null) or a partner's. */
export function readLabel(partner: Pick<CheckedPartner, 'name' | 'externalId'> | null): string {
  return partner === null
    ? 'Own people, partners and assets'
    : `People of ${partner.name ?? partner.externalId}`
}

/** A partner's step; steps of equal position stand in the order of their names. */
export function partnerStep(partner: CheckedPartner): PlannedStep {
  return {
    name: readStepName(partner.id),
    label: readLabel(partner),
    position: 2,
  }
}

/** The step that reads a part of the pages, after the API has read our own business. */
export function pagesStep(part: string): string {
  return `${readStepName(null)}-pages-${part}`
}

/** Every step that is known when a run begins. */
export function firstSteps(extent: Extent, partners: CheckedPartner[]): PlannedStep[] {
  return [
    { name: 'inspect', label: 'Inspect tokens', position: 0 },
    ...(extent.only === null ? [{ name: readStepName(null), label: readLabel(null), position: 1 }] : []),
    ...partners.map(partnerStep),
    { name: 'compare', label: 'Compare', position: COMPARE },
    { name: 'apply', label: 'Apply', position: COMPARE + 1 },
  ]
}
