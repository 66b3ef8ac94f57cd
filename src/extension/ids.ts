/** Every id that the manifest and the code share. A test compares them with package.json. */

/** What is done with a running lab. */
export const labCommands = {
  startLab: 'tidemark.lab.start',
  stopLab: 'tidemark.lab.stop',
  showEngineLog: 'tidemark.lab.log',
  copyDisk: 'tidemark.lab.copyDiskAddress',
  showAlerts: 'tidemark.lab.alerts',
  showEvents: 'tidemark.lab.events',
  showLabTimeline: 'tidemark.lab.timeline',
  powerOff: 'tidemark.lab.powerOff',
  powerOn: 'tidemark.lab.powerOn',
  crash: 'tidemark.lab.crash',
  reboot: 'tidemark.lab.reboot',
  cutLink: 'tidemark.lab.cutLink',
  healLink: 'tidemark.lab.healLink',
  degradeLink: 'tidemark.lab.degradeLink',
  failoverTest: 'tidemark.vpg.failoverTest',
  stopTest: 'tidemark.vpg.stopTest',
  failover: 'tidemark.vpg.failover',
  commit: 'tidemark.vpg.commit',
  rollback: 'tidemark.vpg.rollback',
  move: 'tidemark.vpg.move',
  clone: 'tidemark.vpg.clone',
  reverseProtect: 'tidemark.vpg.reverseProtect',
  pause: 'tidemark.vpg.pause',
  resume: 'tidemark.vpg.resume',
  forceSync: 'tidemark.vpg.forceSync',
  checkpoint: 'tidemark.vpg.checkpoint',
  applicationCheckpoint: 'tidemark.vpg.applicationCheckpoint',
  boot: 'tidemark.vpg.boot',
  browseFiles: 'tidemark.vpg.browseFiles',
} as const;

export const commands = {
  ...labCommands,
  /** Reports are kept with the state: they are read whether the lab runs or not. */
  showReport: 'tidemark.lab.report',
  openReportAsJson: 'tidemark.lab.reportJson',
  explainAlert: 'tidemark.alerts.explain',
  restoreFiles: 'tidemark.files.restore',
  newTopology: 'tidemark.topology.new',
  openExample: 'tidemark.topology.openExample',
  runDrill: 'tidemark.drill.run',
  runAllDrills: 'tidemark.drill.runAll',
  showTimeline: 'tidemark.timeline.show',
  showMoreCheckpoints: 'tidemark.tree.showMoreCheckpoints',
  refreshTree: 'tidemark.tree.refresh',
  showRoutes: 'tidemark.report.routes',
  showPorts: 'tidemark.report.ports',
  showPlan: 'tidemark.report.plan',
  showLog: 'tidemark.log.show',
  showStatus: 'tidemark.status.show',
} as const;

export const views = { topology: 'tidemark.topology', alerts: 'tidemark.alerts' } as const;
export const panels = { timeline: 'tidemark.timeline' } as const;
export const language = 'dr-topology';
export const topologyGlob = '**/*.dr.{yaml,yml}';

/** When-clause contexts. */
export const contexts = {
  /** `searching`, `none` or `some`: what the tree's welcome view goes by. */
  topologies: 'tidemark:topologies',
  /** Whether a lab runs that this window is connected with. */
  labRuns: 'tidemark:labRuns',
} as const;
