// What Guestlist does on Meta's pages, for what the API cannot do.
import type { Pages } from '../../connector.ts'
import { recipe } from './recipe.ts'
import { answerRequest, waitingRequests } from './requests.ts'

export const pages: Pages = { recipe, waitingRequests, answerRequest }
