// What stands in place of a list of an app's people that has nobody: what it is for, and the next step.
import { Link } from '@tanstack/react-router'
import { Bot, Handshake, MailQuestion, Users } from 'lucide-react'
import type { Connection } from '../../src/model/connection.ts'
import type { PrincipalTab } from '../../src/model/principal.ts'
import { buttonClass } from '../components/Button.tsx'
import { EmptyState } from '../components/EmptyState.tsx'
import { usePlace } from '../place.ts'
import { counted } from '../words.ts'
import { CheckButton } from './check-button.tsx'

export function NoPeople({ tab, app }: { tab: PrincipalTab; app: Connection | undefined }) {
  const { workspace, connection } = usePlace()
  switch (tab) {
    case 'own':
      return (
        <EmptyState icon={<Users aria-hidden />} title="No people yet" action={<CheckButton />}>
          The people of your own business stand here after a check for updates.
        </EmptyState>
      )
    case 'guests':
      return (
        <EmptyState
          icon={<Handshake aria-hidden />}
          title="No partner’s people yet"
          action={
            <Link
              to="/w/$workspace/apps/$connection/partners"
              params={{ workspace, connection }}
              search={{}}
              className={buttonClass('primary')}
            >
              Go to partners
            </Link>
          }
        >
          People of partners who can touch your assets. Connect a partner with its token, then check for
          updates.
          {app !== undefined && app.counts.partnersPending > 0 && (
            <> {counted(app.counts.partnersPending, 'partner is', 'partners are')} pending onboarding.</>
          )}
        </EmptyState>
      )
    case 'system_users':
      return (
        <EmptyState icon={<Bot aria-hidden />} title="No system users" action={<CheckButton />}>
          Programs with access to your assets, yours and your partners’, stand here.
        </EmptyState>
      )
    case 'invitations':
      return (
        <EmptyState icon={<MailQuestion aria-hidden />} title="No pending invitations">
          People who were invited to the business and have not answered yet stand here.
        </EmptyState>
      )
  }
}
