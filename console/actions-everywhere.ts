// Writes that can be made from any page of a workspace: they come with the first script, and the others with the screens that make them.
import type { InferRequestType } from 'hono/client'
import { answer, api, at, inApp } from './client.ts'

export type SettingsPatch = InferRequestType<typeof api.me.settings.$patch>['json']
export const changeSettings = (input: SettingsPatch) => answer(api.me.settings.$patch({ json: input }))
export const putNewsAway = (news: string) => answer(api.me.news[':news'].$delete(at({ news })))
/** Of the whole app, or of one partner's people only. */
export const checkForUpdates = (workspace: string, connection: string, partnerId?: string) =>
  answer(
    inApp['check-for-updates'].$post({
      ...at({ workspace, connection }),
      json: partnerId === undefined ? {} : { partnerId },
    }),
  )
