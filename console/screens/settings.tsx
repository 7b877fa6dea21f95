// Settings: one's own first, then those of the workspace, for those who may change them.
import { Link, Outlet, useParams } from '@tanstack/react-router'
import { TabBar, tabClass } from '../components/Tabs.tsx'
import { useCan } from '../rights.ts'

export function SettingsScreen() {
  const { workspace } = useParams({ from: '/signed-in/w/$workspace/settings' })
  const can = useCan(workspace)
  const params = { workspace }
  return (
    <div className="w-full max-w-6xl">
      <h1 className="pt-2 pb-3 text-xl font-semibold tracking-tight">Settings</h1>
      <TabBar label="Settings">
        <Link
          to="/w/$workspace/settings"
          params={params}
          activeOptions={{ exact: true }}
          className={tabClass}
        >
          Profile
        </Link>
        <Link to="/w/$workspace/settings/security" params={params} className={tabClass}>
          Security
        </Link>
        <Link to="/w/$workspace/settings/notices" params={params} className={tabClass}>
          Notices
        </Link>
        {can('workspace.change') && (
          <Link to="/w/$workspace/settings/workspace" params={params} className={tabClass}>
            Workspace
          </Link>
        )}
        {can('key.make') && (
          <Link to="/w/$workspace/settings/keys" params={params} className={tabClass}>
            API keys
          </Link>
        )}
      </TabBar>
      <Outlet />
    </div>
  )
}
