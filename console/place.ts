// Where the reader is, from the address, and the words of the provider that this place belongs to.
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { Connection } from '../src/model/connection.ts'
import type { Manifest } from '../src/model/manifest.ts'
import { connectionQuery, connectorsQuery } from './queries.ts'
import { fromCode } from './words.ts'

/** The workspace and the app of the address; the app is empty outside of one. */
export function usePlace(): { workspace: string; connection: string } {
  const { workspace = '', connection = '' } = useParams({ strict: false })
  return { workspace, connection }
}

/** The present app, or the one that is named, and its provider's words; undefined while they load, and outside of an app. */
export function useApp(id?: string): { app: Connection | undefined; manifest: Manifest | undefined } {
  const place = usePlace()
  const { workspace } = place
  const connection = id ?? place.connection
  const app = useQuery({ ...connectionQuery(workspace, connection), enabled: connection !== '' }).data
  const manifests = useQuery(connectorsQuery(workspace)).data
  return { app, manifest: manifests?.find((one) => one.id === app?.connector) }
}

/** A permission as a person reads it; one that the provider added later keeps its own name. */
export function entitlementLabel(manifest: Manifest | undefined, type: string | null, name: string): string {
  const types = manifest?.resourceTypes ?? []
  const known =
    types.find((one) => one.type === type) ??
    types.find((one) => one.entitlements.some((e) => e.name === name))
  return known?.entitlements.find((one) => one.name === name)?.label ?? fromCode(name)
}

/** A type of asset as a person reads it. */
export function typeLabel(manifest: Manifest | undefined, type: string): string {
  return manifest?.resourceTypes.find((one) => one.type === type)?.label ?? fromCode(type)
}
