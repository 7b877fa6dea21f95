// The list of durable work. One file per kind; a new kind is a file and a line here.
import { approveAppRequests, tryAppRequests } from './approve-app-requests.ts'
import { checkForUpdates } from './check-for-updates.ts'
import { checkToken } from './check-token.ts'
import { readPartner } from './read-business.ts'
import { tryReadPages } from './try-read-pages.ts'
import type { Work } from './work.ts'

export const works: Work[] = [
  checkForUpdates,
  readPartner,
  checkToken,
  approveAppRequests,
  tryAppRequests,
  tryReadPages,
]
