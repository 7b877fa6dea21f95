// For somebody who is signed in and belongs to no workspace, as after the end of a stay.
import { useQuery } from '@tanstack/react-query'
import { Button } from '../components/Button.tsx'
import { meQuery } from '../queries.ts'
import { EntryPage } from './entry.tsx'
import { useLeave } from './leave.ts'

export function NoWorkspaceScreen() {
  const { data: me } = useQuery(meQuery())
  const leave = useLeave()
  return (
    <EntryPage
      title="No workspace"
      heading="You are in no workspace"
      sentence={
        <>
          You are signed in as <bdi className="font-medium text-text">{me?.user.email}</bdi>, and no workspace
          has a place for you now. Your stay may have ended. Ask whoever invited you for a new invitation.
        </>
      }
    >
      <Button size="l" onClick={() => void leave()}>
        Sign out
      </Button>
    </EntryPage>
  )
}
