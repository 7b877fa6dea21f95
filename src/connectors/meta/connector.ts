// Meta's connector: its manifest, how a token is judged, and how a business is read.
import type { Connector } from '../connector.ts'
import { appRequest } from './app-request.ts'
import { pages } from './browser/pages.ts'
import { manifest } from './manifest.ts'
import { plan, read } from './ladder.ts'
import { check } from './token.ts'
import { renew, revoke } from './token-calls.ts'

export const meta: Connector = { manifest, pages, check, appRequest, renew, revoke, plan, read }
