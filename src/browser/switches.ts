// The switches that Chromium is started with: what a task on a provider's pages does not use is off, so that a run costs little memory. None
// of them touches how pages are kept apart from each other and from the machine.

/**
 * Chromium takes one list of switched-off features, the last one given. The first are those that playwright-core 1.65 switches off,
 * since ours would replace them; the last are pages of the browser's own surface, a process of some 50 MB, and a process kept in reserve.
 */
const featuresOff = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'SpareRendererForSitePerProcess',
]

export const switches: readonly string[] = [
  '--disable-gpu',
  '--disable-software-rasterizer',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--renderer-process-limit=2',
  // A script's heap is looked through often and kept small rather than fast.
  '--js-flags=--max-old-space-size=192 --max-semi-space-size=1 --optimize-for-size',
  `--disable-features=${featuresOff.join(',')}`,
]
