// A guest's first page: who invited them, for what, until when, and what there is to do. What others ask of a guest is added as sections.
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { KeyRound, ShieldCheck } from 'lucide-react'
import { buttonClass } from '../components/Button.tsx'
import { ErrorState } from '../components/ErrorState.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Name } from '../components/PersonCell.tsx'
import { RelativeTime } from '../components/RelativeTime.tsx'
import { Facts, SettingsSection } from '../components/SettingsSection.tsx'
import { Bone, Skeleton } from '../components/Skeleton.tsx'
import { meQuery, workspaceQuery } from '../queries.ts'
import { day } from '../words.ts'
import { AskedOfYou, TakenOfYou } from './guest-tasks.tsx'

export function GuestHomeScreen() {
  const { workspace } = useParams({ from: '/signed-in/w/$workspace' })
  const info = useQuery(workspaceQuery(workspace))
  const { data: me } = useQuery(meQuery())
  if (info.data === undefined && info.error !== null) {
    return (
      <ErrorState
        title="This page could not be loaded"
        error={info.error}
        onRetry={() => void info.refetch()}
      />
    )
  }
  if (info.data === undefined) {
    return (
      <Skeleton label="Loading" className="max-w-5xl pt-2">
        <Bone className="h-7 w-80" />
        <Bone className="mt-8 h-28" />
      </Skeleton>
    )
  }
  const { stay, workspace: place } = info.data
  const inviter = stay.invitedBy?.name ?? null
  return (
    <div className="w-full max-w-5xl">
      <PageHead
        title={
          <>
            You are a guest of <Name none="this workspace">{place.name}</Name>
          </>
        }
        line="As a guest you see only what is addressed to you, and nothing else of this workspace."
      />
      <div className="-mt-5">
        <AskedOfYou workspace={workspace} />
        <TakenOfYou workspace={workspace} />
        <SettingsSection title="Your stay" text="It ends by itself. Whoever invited you can extend it.">
          <Facts
            facts={[
              ['Invited by', <Name none="Somebody who has left">{inviter}</Name>],
              [
                'For what',
                <>
                  To hand over what <Name none="the workspace">{inviter}</Name> asks you for: an access token
                  of your business, or a secret.
                </>,
              ],
              ['Since', day(stay.joinedAt)],
              [
                'Until',
                stay.endsAt === null ? (
                  'No end is set'
                ) : (
                  <>
                    {day(stay.endsAt)} (<RelativeTime at={stay.endsAt} />)
                  </>
                ),
              ],
            ]}
          />
        </SettingsSection>
        <SettingsSection
          title="Secrets"
          text="Encrypted in your browser to the people whom you choose; the server cannot read them."
        >
          <p className="text-pretty">
            Hand over a token, a password or a note as a secret. You need no vault to send one; to open what
            others share with you, you make one first.
          </p>
          <Link
            to="/w/$workspace/secrets"
            params={{ workspace }}
            className={`${buttonClass('secondary')} mt-4`}
          >
            <KeyRound aria-hidden />
            Go to secrets
          </Link>
        </SettingsSection>
        {me?.user.twoFactor === false && (
          <SettingsSection
            title="Protect your account"
            text="What you hand over here is worth a second look at sign-in."
          >
            <p className="text-pretty">
              Your password is all that protects your account now. A second factor or a passkey keeps others
              out, even if they learn it.
            </p>
            <Link
              to="/w/$workspace/settings/security"
              params={{ workspace }}
              className={`${buttonClass('secondary')} mt-4`}
            >
              <ShieldCheck aria-hidden />
              Set up a second factor
            </Link>
          </SettingsSection>
        )}
      </div>
    </div>
  )
}
