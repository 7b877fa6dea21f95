// What Guestlist does on Meta's pages, for what the API cannot do or may not.
import type { Pages } from '../../connector.ts'
import { assigned } from './assigned.ts'
import { partners } from './partners.ts'
import { people, systemUsers } from './people.ts'
import { recipe } from './recipe.ts'
import { answerRequest, waitingRequests } from './requests.ts'
import { openSignedIn, signedOut } from './sign-in.ts'

export const pages: Pages = {
  recipe,
  signedOut,
  enter: (ctx) => openSignedIn(ctx, 'people', 'people.list.area'),
  waitingRequests,
  answerRequest,
  parts: [people, systemUsers, partners, assigned],
}
