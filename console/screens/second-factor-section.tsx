// The second factor in one's own settings: set up, new backup codes, switched off where nobody asks for it.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { newBackupCodes, stopSecondFactor } from '../actions.ts'
import { Button } from '../components/Button.tsx'
import { Dialog, DialogActions, DialogBody } from '../components/Dialog.tsx'
import { SettingsSection } from '../components/SettingsSection.tsx'
import { StatusDot } from '../components/StatusDot.tsx'
import { toast } from '../components/Toast.tsx'
import type { Security } from '../queries-beside.ts'
import { BackupCodes } from './backup-codes.tsx'
import { PasswordDialog } from './password-dialog.tsx'
import { SecondFactorSetup } from './second-factor-setup.tsx'

type Open = 'set-up' | 'codes' | 'stop' | null

export function SecondFactorSection({ security }: { security: Security }) {
  const [open, setOpen] = useState<Open>(null)
  const client = useQueryClient()
  const fresh = () => {
    void client.invalidateQueries({ queryKey: ['security'] })
    void client.invalidateQueries({ queryKey: ['sessions'] })
    void client.invalidateQueries({ queryKey: ['me'] })
  }
  const { twoFactor, requiredBy } = security
  const close = (next: boolean) => {
    if (!next) setOpen(null)
  }
  return (
    <SettingsSection
      id="second-factor"
      title="Second factor"
      text="A code from an authenticator app, asked for after the password."
    >
      <StatusDot tone={twoFactor ? 'ok' : 'wait'}>{twoFactor ? 'On' : 'Off'}</StatusDot>
      <p className="mt-1 text-muted text-pretty">
        {requiredBy.length > 0 ? (
          <>
            Asked of your role by <bdi>{requiredBy.join(', ')}</bdi>
            {twoFactor && ', so it stays on'}.
          </>
        ) : twoFactor ? (
          'Whoever learns your password still cannot get in.'
        ) : (
          'Whoever learns your password gets in.'
        )}
      </p>
      <div className="mt-4 flex flex-wrap gap-2">
        {twoFactor ? (
          <>
            <Button onClick={() => setOpen('codes')}>Make new backup codes</Button>
            {requiredBy.length === 0 && <Button onClick={() => setOpen('stop')}>Switch off</Button>}
          </>
        ) : (
          <Button kind="primary" onClick={() => setOpen('set-up')}>
            Set up second factor
          </Button>
        )}
      </div>
      <Dialog
        open={open === 'set-up'}
        onOpenChange={(next) => {
          close(next)
          if (!next) fresh()
        }}
        title="Set up second factor"
        keep
      >
        <div className="px-5 pt-3 pb-5">
          <SecondFactorSetup
            onDone={() => {
              setOpen(null)
              fresh()
              toast({ title: 'Your second factor is on', text: 'You are signed out everywhere else.' })
            }}
            onCancel={() => setOpen(null)}
          />
        </div>
      </Dialog>
      <NewCodes open={open === 'codes'} onOpenChange={close} />
      <Stop open={open === 'stop'} onOpenChange={close} onDone={fresh} />
    </SettingsSection>
  )
}

interface Part {
  open: boolean
  onOpenChange: (open: boolean) => void
}

function NewCodes({ open, onOpenChange }: Part) {
  const make = useMutation({ mutationFn: newBackupCodes, gcTime: 0 })
  return (
    <>
      <PasswordDialog
        open={open && !make.isSuccess}
        onOpenChange={(next) => {
          onOpenChange(next)
          if (!next) make.reset()
        }}
        title="Make new backup codes"
        action="Make new codes"
        busy={make.isPending}
        error={make.error}
        onAction={(password) => make.mutate(password)}
      >
        The codes that you have now stop working at once.
      </PasswordDialog>
      <Dialog
        open={open && make.isSuccess}
        onOpenChange={onOpenChange}
        onClosed={() => make.reset()}
        title="Your new backup codes"
        description="Each works once. They are not shown again, and the earlier ones are void."
        size="s"
        keep
      >
        <DialogBody>
          <BackupCodes codes={make.data?.backupCodes ?? []} />
        </DialogBody>
        <DialogActions>
          <Button kind="primary" onClick={() => onOpenChange(false)}>
            I have kept them
          </Button>
        </DialogActions>
      </Dialog>
    </>
  )
}

function Stop({ open, onOpenChange, onDone }: Part & { onDone: () => void }) {
  const stop = useMutation({
    mutationFn: stopSecondFactor,
    onSuccess: () => {
      onOpenChange(false)
      onDone()
      toast({ title: 'Your second factor is off' })
    },
    gcTime: 0,
  })
  return (
    <PasswordDialog
      open={open}
      onOpenChange={(next) => {
        onOpenChange(next)
        if (!next) stop.reset()
      }}
      title="Switch the second factor off"
      action="Switch off"
      tone="danger"
      busy={stop.isPending}
      error={stop.error}
      onAction={(password) => stop.mutate(password)}
    >
      From then on your password alone opens your account. The key in your authenticator app and the backup
      codes become useless.
    </PasswordDialog>
  )
}
