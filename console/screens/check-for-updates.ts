// Starts a check for updates. A second start while one runs begins nothing new: it leads to the running task.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { checkForUpdates } from '../actions-everywhere.ts'
import { toast } from '../components/Toast.tsx'
import { workspaceKey } from '../queries.ts'

/** `mutate({connection, partner?})`. The answer is told by a toast; a running task opens in Automation. */
export function useCheckForUpdates(workspace: string) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const show = (job: string) =>
    void navigate({ to: '/w/$workspace/automation', params: { workspace }, search: { job } })
  return useMutation({
    mutationFn: ({ connection, partner }: { connection: string; partner?: string }) =>
      checkForUpdates(workspace, connection, partner),
    onSuccess: async ({ jobId, existing }) => {
      await client.invalidateQueries({ queryKey: [...workspaceKey(workspace), 'connections'] })
      void client.invalidateQueries({ queryKey: [...workspaceKey(workspace), 'jobs'] })
      if (existing) show(jobId)
      else
        toast({ title: 'Checking for updates', action: { label: 'View task', onPress: () => show(jobId) } })
    },
    onError: (error) => toast({ title: 'The check could not start', text: error.message, failed: true }),
  })
}
