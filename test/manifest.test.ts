import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { version } from '../src/engine/version.ts';
import * as ids from '../src/extension/ids.ts';
import { fitsPhase, type VpgPhase, type VpgVerb } from '../src/extension/lab/vpg-phase.ts';
import { run } from './cli/shell-fixture.ts';
import { lensCommands } from '../src/language/code-lenses.ts';

interface Command {
  readonly command: string;
  readonly title: string;
  readonly category?: string;
  readonly icon?: string;
  readonly enablement?: string;
}

interface Menu {
  readonly command: string;
  readonly when?: string;
}

interface Manifest {
  readonly version: string;
  readonly icon: string;
  readonly main: string;
  readonly activationEvents: string[];
  readonly contributes: {
    readonly commands: Command[];
    readonly menus: Record<string, Menu[]>;
    readonly views: Record<string, { id: string; icon: string }[]>;
    readonly viewsWelcome: { view: string; contents: string }[];
    readonly configuration: { properties: Record<string, Record<string, unknown>> }[];
    readonly problemMatchers: [
      { name: string; pattern: { regexp: string; file: number; line: number; code: number } },
    ];
    readonly languages: { id: string; configuration: string }[];
  };
}

const text = readFileSync('package.json', 'utf8');
const manifest = JSON.parse(text) as Manifest;
const { contributes } = manifest;

describe('the manifest', () => {
  it('has the version that the engine and the command line tell', () => {
    assert.equal(manifest.version, version);
  });

  it('declares just the commands that the code registers', () => {
    assert.deepEqual(
      contributes.commands.map(({ command }) => command).sort(),
      Object.values(ids.commands).sort(),
    );
  });

  it('gives every command a category and a title', () => {
    for (const { command, category, title } of contributes.commands) {
      assert.equal(category, 'Tidemark', command);
      assert.ok(title.length > 0, command);
    }
  });

  it('names in menus, welcome views and lenses only commands that exist', () => {
    const known = new Set<string>(Object.values(ids.commands));
    const welcomed = contributes.viewsWelcome.flatMap(({ contents }) =>
      [...contents.matchAll(/command:([\w.]+)/g)].map(([, id]) => id ?? ''),
    );
    const used = [
      ...Object.values(contributes.menus).flatMap((menu) => menu.map(({ command }) => command)),
      ...welcomed.filter((id) => id.startsWith('tidemark.')),
      ...Object.values(lensCommands),
    ];
    for (const command of used) assert.ok(known.has(command), command);
  });

  it('gives every command of a lab an icon, and lets none be called where no lab runs', () => {
    const own = new Set<string>(Object.values(ids.labCommands));
    for (const { command, icon, enablement } of contributes.commands) {
      if (!own.has(command)) continue;
      assert.match(icon ?? '', /^\$\([\w-]+\)$/, command);
      // The one that starts it says itself why it does not, and what helps.
      const needs = command === ids.labCommands.startLab ? undefined : 'tidemark:labRuns';
      assert.equal(enablement, needs, command);
    }
  });

  it('offers each verb on the VPGs that it fits, and on no others', () => {
    const phases: VpgPhase[] = ['protected', 'paused', 'testing', 'undecided', 'busy', 'recovered'];
    const verbs: Record<VpgVerb, string> = {
      'failover-test': ids.labCommands.failoverTest,
      'stop-test': ids.labCommands.stopTest,
      failover: ids.labCommands.failover,
      commit: ids.labCommands.commit,
      rollback: ids.labCommands.rollback,
      move: ids.labCommands.move,
      clone: ids.labCommands.clone,
      'reverse-protect': ids.labCommands.reverseProtect,
      pause: ids.labCommands.pause,
      resume: ids.labCommands.resume,
      'force-sync': ids.labCommands.forceSync,
      checkpoint: ids.labCommands.checkpoint,
      'application-checkpoint': ids.labCommands.applicationCheckpoint,
      boot: ids.labCommands.boot,
      'browse-files': ids.labCommands.browseFiles,
    };
    for (const [verb, command] of Object.entries(verbs) as [VpgVerb, string][]) {
      const menus = (contributes.menus['view/item/context'] ?? []).filter(
        (menu) => menu.command === command && menu.when?.includes('vpg;lab') === true,
      );
      assert.ok(menus.length > 0, command);
      for (const { when = '' } of menus) {
        const [, operator, value = ''] = /viewItem (==|=~) (\S+)$/.exec(when) ?? [];
        const matches = (item: string): boolean =>
          operator === '==' ? item === value : new RegExp(value.slice(1, -1)).test(item);
        assert.deepEqual(
          phases.filter((phase) => matches(`vpg;lab;${phase}`)),
          phases.filter((phase) => fitsPhase(verb, phase)),
          `${command}: ${when}`,
        );
      }
    }
  });

  it('refers only to files that exist', () => {
    const files = [...text.matchAll(/"(?:\.\/)?((?:media|schemas|examples)\/[\w./-]+)"/g)];
    assert.ok(files.length >= 5);
    for (const [, file] of files) assert.ok(existsSync(file ?? ''), file);
  });

  it('has a view, a language and a panel under the ids that the code uses', () => {
    const views = Object.values(contributes.views).flat();
    assert.deepEqual(
      views.map(({ id }) => id),
      Object.values(ids.views),
    );
    assert.deepEqual(
      contributes.languages.map(({ id }) => id),
      [ids.language],
    );
    assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${ids.panels.timeline}`));
  });

  it('has a welcome view for every state in which a tree is empty', () => {
    const count = (id: string): number =>
      contributes.viewsWelcome.filter(({ view }) => view === id).length;
    assert.ok(count(ids.views.topology) >= 3);
    assert.ok(count(ids.views.alerts) >= 3);
  });

  it('matches what the command line prints, column by column', () => {
    const [{ name, pattern }] = contributes.problemMatchers;
    assert.equal(`$${name}`, '$tidemark');
    const { printed } = run(['lint', 'examples/broken-lab.dr.yaml']);
    const lines = printed.split('\n').filter((line) => line.startsWith('examples/'));
    assert.ok(lines.length > 0);
    for (const line of lines) {
      const match = new RegExp(pattern.regexp).exec(line);
      assert.equal(match?.[pattern.file], 'examples/broken-lab.dr.yaml', line);
      assert.ok(Number(match[pattern.line]) > 0);
      assert.match(match[pattern.code] ?? '', /^[a-z]+\/[a-z-]+$/);
    }
  });

  it('describes every setting and gives it a default', () => {
    for (const { properties } of contributes.configuration) {
      for (const [name, setting] of Object.entries(properties)) {
        assert.ok(name.startsWith('tidemark.'), name);
        assert.ok('default' in setting, name);
        assert.ok('markdownDescription' in setting, name);
        assert.ok('scope' in setting, name);
      }
    }
  });
});
