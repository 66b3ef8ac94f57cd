import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'mocha';
import * as vscode from 'vscode';
import type { VpgSnapshot } from '../../src/engine/api.ts';
import type { RecoveryData } from '../../src/report/recovery-data.ts';
import type { Lab } from '../../src/extension/lab/lab.ts';
import type { ExtensionApi } from '../../src/extension/main.ts';
import { describeOnPage } from './bridge.ts';
import { exampleUri, extensionApi, until } from './lab.ts';
import { withDisk } from './nbd-disk.ts';
import { drawnMarks, frame, type DrawnMark } from './timeline-page.ts';
import { QuickInput } from './quick-input.ts';
import { useTheme } from './theme.ts';

const mib = 1024 * 1024;
/** Behind the half of a disk that its workload writes to. */
const place = 40 * mib;

/** In a folder of its own, so that its state is nobody else's. */
const file = exampleUri('driven/shop.dr.yaml');

describeOnPage('a lab that is driven from the editor', function (bridge) {
  const uri = file.toString();
  const input = new QuickInput(bridge);
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-clone-'));
  const early = randomBytes(mib);
  const late = randomBytes(mib);
  let api: ExtensionApi;
  let usual: ExtensionApi['dialogs'];
  const confirmed: string[] = [];

  before(async () => {
    api = await extensionApi();
    usual = { ...api.dialogs };
    Object.assign(api.dialogs, {
      confirm: (message: string) => {
        confirmed.push(message);
        return Promise.resolve(true);
      },
      chooseFolder: () => Promise.resolve(folder),
    });
    await bridge.setViewport({ width: 1680, height: 960 });
    await vscode.workspace.fs.copy(exampleUri('small-lab.dr.yaml'), file, { overwrite: true });
    await until('the lab', () => api.outlines.get(uri));
    await vscode.window.showTextDocument(file);
    await vscode.commands.executeCommand('tidemark.status.show');
    await vscode.commands.executeCommand('tidemark.lab.start', { uri, workload: true });
  });

  after(async () => {
    Object.assign(api.dialogs, usual);
    await vscode.commands.executeCommand('tidemark.lab.stop', uri);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.workspace.fs.delete(vscode.Uri.joinPath(file, '..'), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    await useTheme('dark');
  });

  const lab = (): Lab => {
    const running = api.labs.of(uri);
    assert.ok(running, 'the lab does not run');
    return running;
  };
  const shop = (): VpgSnapshot => {
    const [vpg] = lab().snapshot.vpgs;
    assert.ok(vpg);
    return vpg;
  };
  const vpg = { uri, vpg: 'shop' };
  const run = (command: string, argument: object = vpg): Thenable<unknown> =>
    vscode.commands.executeCommand(`tidemark.${command}`, argument);
  const write = async (bytes: Uint8Array): Promise<void> => {
    const disks = await lab().ask({ kind: 'disks' });
    const disk = disks.find((each) => each.disk === 'db/data');
    assert.ok(disk);
    await withDisk(disk.uri, (open) => open.write(place, bytes));
  };
  const recovered = async (): Promise<Uint8Array> => {
    const images = await lab().ask({ kind: 'images' });
    const image = images.find((each) => each.disk === 'db/data');
    assert.ok(image, `db/data is none of ${images.map(({ disk }) => disk).join(', ')}`);
    return withDisk(image.uri, (open) => open.read(place, mib));
  };
  const status = (what: string, holds: (vpg: VpgSnapshot) => boolean): Promise<true> =>
    until(what, () => (holds(shop()) ? true : undefined));
  /** The context of an item of the tree, which its menus go by. */
  const contextOf = (...labels: string[]): string => {
    let node = api.tree
      .getChildren()
      .find((each) => each.kind === 'file' && each.outline.uri === uri);
    for (const label of labels) {
      assert.ok(node, `${labels.join(' > ')} is not in the tree`);
      node = api.tree
        .getChildren(node)
        .find((child) => api.tree.getTreeItem(child).label === label);
    }
    assert.ok(node, `${labels.join(' > ')} is not in the tree`);
    return String(api.tree.getTreeItem(node).contextValue);
  };
  const report = (name: RegExp, says: RegExp): Promise<string> =>
    until(`a report that says ${String(says)}`, () => {
      const open = vscode.workspace.textDocuments.find(
        (document) => document.uri.scheme === 'tidemark-recovery' && name.test(document.uri.path),
      );
      const text = open?.getText();
      return text !== undefined && says.test(text) ? text : undefined;
    });

  /** What the notifications say, when they say that. */
  const told = async (words: string): Promise<string> => {
    await vscode.commands.executeCommand('notifications.showList');
    const all = await until(`“${words}”`, async () => {
      const text = await bridge.evaluate<string>({
        script: `[...document.querySelectorAll('.notification-list-item-message')].map((e) => e.textContent).join(' ')`,
      });
      return text.includes(words) ? text : undefined;
    });
    await vscode.commands.executeCommand('notifications.clearAll');
    return all;
  };

  it('shows what is written as it crosses the wire', async function () {
    this.timeout(90_000);
    await status('a checkpoint', ({ checkpoints }) => checkpoints.count > 0);
    const sent = new Promise<number>((resolve) => {
      const listener = lab().onDidChange(({ sites }) => {
        const vra = sites.flatMap(({ vras }) => vras).find(({ name }) => name === 'Berlin/kvm-b2');
        if (!vra || vra.transmit === 0) return;
        listener.dispose();
        resolve(vra.transmit);
      });
    });
    await write(early);
    assert.ok((await sent) > 0);
    assert.match(contextOf('VPGs', 'shop'), /^vpg;lab;protected$/);
  });

  it('finds a checkpoint again by the tag that was given to it', async () => {
    const tagging = run('vpg.checkpoint');
    await input.answer('Tagged checkpoint of shop', 'before the outage');
    await tagging;
    await status('the tag', ({ checkpoints }) =>
      checkpoints.tagged.some(({ tag }) => tag === 'before the outage'),
    );
  });

  it('has a gap that grows while a ZVM is off, and ends when it is on again', async function () {
    this.timeout(120_000);
    await run('lab.powerOff', { uri, component: 'Berlin/zvm' });
    await until('the tree', () =>
      contextOf('Sites', 'Berlin', 'ZVM') === 'zvm;lab;off' ? true : undefined,
    );
    await write(late);
    const gap = await until('the gap', () => shop().gaps.find(({ to }) => to === undefined));
    assert.equal(gap.cause, 'zvm-down');
    const before = lab().snapshot.now - gap.from;
    await until('the gap to grow', () =>
      lab().snapshot.now - gap.from >= before + 3000 ? true : undefined,
    );
    assert.ok(shop().gaps.some(({ from, to }) => from === gap.from && to === undefined));
    await run('lab.timeline', { uri });
    const drawn = async (): Promise<DrawnMark | undefined> => {
      const marks = await bridge.evaluate<DrawnMark[]>({ frame, script: drawnMarks });
      return marks.findLast(({ kind }) => kind === 'gap');
    };
    await bridge.waitFor({ frame, selector: '.mark[data-kind="gap"]', timeout: 30_000 });
    const first = await drawn();
    assert.equal(first?.from, gap.from);
    const grown = await until('the gap to grow in the timeline', async () => {
      const now = await drawn();
      return now && now.to > first.to ? now : undefined;
    });
    assert.equal(grown.from, gap.from);
    const item = await bridge.evaluate<string>({
      script: `[...document.querySelectorAll('.statusbar-item')].map((e) => e.textContent).join(' ')`,
    });
    assert.match(item, /shop: RpoNotMeetingSLA|shop: NotMeetingSLA/);
    await useTheme('dark');
    await bridge.screenshot({ name: 'lab-gap-dark' });
    await useTheme('light');
    await bridge.screenshot({ name: 'lab-gap-light' });
    const alerts = api.alerts.getChildren().map((node) => api.alerts.getTreeItem(node));
    assert.equal(api.alerts.view.badge?.value, alerts.length);
    const silent = alerts.find(({ label }) => label === 'ZVM0003');
    assert.match(
      String(silent?.description),
      /^no connection to a site · shop · since \d\d:\d\d:\d\d at Bonn$/,
    );
    await run('lab.powerOn', { uri, component: 'Berlin/zvm' });
    await status('the end of the gap', ({ gaps }) => gaps.every(({ to }) => to !== undefined));
    assert.equal(contextOf('Sites', 'Berlin', 'ZVM'), 'zvm;lab;up');
  });

  it('opens the disks of a checkpoint beside the replication, and reports of the test', async function () {
    this.timeout(120_000);
    const testing = run('vpg.failoverTest');
    await input.answer('Which checkpoint of shop?', 'before the outage');
    await input.answer('Which VMs?', '');
    await testing;
    await status('the test', ({ testing }) => testing);
    assert.deepEqual(Buffer.from(await recovered()), early);
    assert.equal(contextOf('VPGs', 'shop'), 'vpg;lab;testing');
    const alert = await until('the alert of the test', () =>
      api.alerts.getChildren().find((node) => api.alerts.getTreeItem(node).label === 'VPG0050'),
    );
    const leads = api.alerts
      .getChildren(alert)
      .map((node) => api.alerts.getTreeItem(node))
      .filter(({ command }) => command !== undefined);
    assert.deepEqual(
      leads.map(({ label, command }) => [label, command?.command]),
      [
        ['shop', 'vscode.open'],
        ['What VPG0050 means', 'tidemark.alerts.explain'],
      ],
    );
    const stopping = run('vpg.stopTest');
    await input.answer('How did it go?', 'success');
    await input.answer('What the report shall note', 'The orders are all there');
    await stopping;
    await status('the end of the test', ({ testing }) => !testing);
    const text = await report(/failover-test/, /passed/);
    assert.match(text, /^# Failover test: shop/);
    assert.match(text, /The orders are all there/);
    await bridge.screenshot({ name: 'lab-report-light' });
    await useTheme('dark');
    await bridge.screenshot({ name: 'lab-report-dark' });
    const opening = run('lab.reportJson');
    await input.answer('Of which operation?', 'failover-test');
    await opening;
    const { document } = vscode.window.activeTextEditor ?? {};
    assert.match(
      document?.uri.path ?? '',
      /\/\.tidemark\/reports\/[\d-]+-failover-test-shop\.json$/,
    );
    const told = JSON.parse(document?.getText() ?? '') as RecoveryData;
    assert.deepEqual([told.outcome, told.notes], ['passed', 'The orders are all there']);
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  const failOver = async (checkpoint: string, end: string): Promise<void> => {
    const failing = run('vpg.failover');
    await input.answer('Which checkpoint of shop?', checkpoint);
    await input.answer('How does it end?', end);
    if (end === 'Roll back by itself') await input.answer('after how long?', '1h');
    await input.answer('What becomes of the protected VMs?', 'Leave');
    await failing;
    await until('the decision', () =>
      contextOf('VPGs', 'shop') === 'vpg;lab;undecided' ? true : undefined,
    );
  };

  it('fails over to one checkpoint, rolls back, and fails over to another', async function () {
    this.timeout(180_000);
    await failOver('before the outage', 'Roll back by itself');
    assert.equal(contextOf('VPGs', 'shop'), 'vpg;lab;undecided');
    await run('vpg.rollback');
    await status(
      'the rollback',
      ({ status, rpo }) => status !== 'FailingOver' && rpo !== undefined,
    );
    await failOver('Latest', 'I decide');
    const committing = run('vpg.commit');
    await input.answer('Are they protected in the other direction?', 'Without reverse');
    await committing;
    await status('the commit', ({ status }) => status === 'Recovered');
    assert.deepEqual(confirmed, [
      'Fail shop over to Bonn?',
      'Roll the recovery of shop back?',
      'Fail shop over to Bonn?',
      'Commit the recovery of shop?',
    ]);
    await report(/-failover-shop/, /committed/);
  });

  it('protects in the other direction, and moves back without losing a byte', async function () {
    this.timeout(240_000);
    assert.equal(contextOf('VPGs', 'shop'), 'vpg;lab;recovered');
    await run('vpg.reverseProtect');
    await status(
      'checkpoints in the other direction',
      ({ from, status, checkpoints }) =>
        from === 'Bonn' && status !== 'Recovered' && checkpoints.count > 0,
    );
    const moving = run('vpg.move');
    await input.answer('How does it end?', 'I decide');
    await input.answer('does not shut down?', 'Switch it off');
    await moving;
    await until('the decision', () =>
      contextOf('VPGs', 'shop') === 'vpg;lab;undecided' ? true : undefined,
    );
    const committing = run('vpg.commit');
    await input.answer('Are they protected in the other direction?', 'With reverse');
    await committing;
    await status(
      'protection from Berlin',
      ({ from, status, checkpoints }) =>
        from === 'Berlin' && status !== 'Moving' && checkpoints.count > 0,
    );
    const [disk] = (await lab().ask({ kind: 'disks' })).filter(({ disk }) => disk === 'db/data');
    assert.ok(disk);
    assert.deepEqual(Buffer.from(await withDisk(disk.uri, (open) => open.read(place, mib))), late);
    // It opens behind the commit, and takes the focus.
    await report(/-move-shop/, /committed/);
  });

  it('clones to files of the format that is chosen', async function () {
    this.timeout(120_000);
    const cloning = run('vpg.clone');
    await input.answer('Which checkpoint of shop?', 'Latest');
    await input.isAsked('Which VMs?');
    await bridge.click({ selector: '.quick-input-list .monaco-list-row:has-text("web")' });
    await input.answer('Which VMs?', '');
    await input.answer('In which format?', 'raw');
    await cloning;
    assert.deepEqual(readdirSync(folder).sort(), ['db-data.raw']);
  });

  it('makes a link worse by the figures that are typed, and by no others', async () => {
    const link = { uri, component: 'fibre' };
    const degrading = run('lab.degradeLink', link);
    await input.isAsked('What of it is worse?');
    await bridge.click({ selector: '.quick-input-list .monaco-list-row:has-text("Latency")' });
    await input.answer('What of it is worse?', '');
    await input.isAsked('Latency: How long a packet takes');
    await input.answer('Latency: How long a packet takes', 'soon');
    await input.isAsked('A duration');
    await bridge.press({ key: 'Control+a' });
    await input.answer('A duration', '80ms');
    await degrading;
    await until('the degraded link', () =>
      contextOf('Links', 'fibre') === 'link;lab;degraded' ? true : undefined,
    );
    await run('lab.healLink', link);
    await until('the whole link', () =>
      contextOf('Links', 'fibre') === 'link;lab;up' ? true : undefined,
    );
  });

  it('refuses to boot a VM where there is no QEMU, and says so', async function () {
    this.timeout(60_000);
    const path = process.env['PATH'];
    const testing = run('vpg.failoverTest');
    await input.answer('Which checkpoint of shop?', 'Latest');
    await input.answer('Which VMs?', '');
    await testing;
    await status('the test', ({ testing }) => testing);
    await vscode.commands.executeCommand('notifications.clearAll');
    process.env['PATH'] = folder;
    try {
      await run('vpg.boot');
    } finally {
      process.env['PATH'] = path;
    }
    await told('qemu-system-x86_64 (of QEMU) is not on the PATH');
    await vscode.commands.executeCommand('notifications.clearAll');
    const stopping = run('vpg.stopTest');
    await input.answer('How did it go?', 'success');
    await input.answer('What the report shall note', '');
    await stopping;
    await status('the end of the test', ({ testing }) => !testing);
  });

  it('asks an application-consistent checkpoint of the engine, which refuses it without a freeze script', async () => {
    await vscode.commands.executeCommand('notifications.clearAll');
    const tagging = run('vpg.applicationCheckpoint');
    await input.answer('Application-consistent checkpoint of shop', 'at rest');
    await tagging;
    await told('Application-consistent checkpoint of shop was refused');
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('shows a refusal with everything that is missing', async function () {
    this.timeout(60_000);
    await status('a checkpoint', ({ checkpoints }) => checkpoints.count > 0);
    await vscode.commands.executeCommand('notifications.clearAll');
    await run('lab.powerOff', { uri, component: 'Bonn/kvm-n1/vra' });
    const testing = run('vpg.failoverTest');
    await input.answer('Which checkpoint of shop?', 'Latest');
    await input.answer('Which VMs?', '');
    await testing;
    assert.match(await told('Failover test of shop was refused'), /kvm-n1/);
    await run('lab.powerOn', { uri, component: 'Bonn/kvm-n1/vra' });
  });
});
