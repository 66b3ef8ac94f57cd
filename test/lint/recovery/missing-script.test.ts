import { missingScript } from '../../../src/lint/rules/recovery/missing-script.ts';
import { lab } from '../lab.ts';
import { expectFindings, expectNothing } from '../testing.ts';

const scripts = (pre: string, post = 'true'): string =>
  lab({ vpg: `scripts: { pre: { command: ${pre} }, post: { command: ${post} } }` });
const there = { 'scripts/quiesce.sh': '' };

describe('recovery/missing-script', () => {
  it('finds a script that is not beside the file, with arguments or without', () => {
    expectFindings(
      missingScript,
      scripts('«./scripts/quiesc.sh»', '«"scripts/up.sh --fast"»'),
      [
        /^There is no file \.\/scripts\/quiesc\.sh beside this one, so the pre-recovery script of file-server /,
        /^There is no file scripts\/up\.sh beside this one, so the post-recovery script /,
      ],
      there,
    );
  });

  it('is content with a script that is there', () => {
    expectNothing(
      missingScript,
      scripts('./scripts/quiesce.sh', '"scripts/quiesce.sh --undo"'),
      there,
    );
  });

  it('leaves commands of the system, and paths of another machine, alone', () => {
    for (const command of ['systemctl', '/opt/dr/pre.sh', '../pre.sh', "'C:/dr/pre.ps1'"]) {
      expectNothing(missingScript, scripts(command), there);
    }
  });

  it('is silent where nobody can look', () => {
    expectNothing(missingScript, scripts('./scripts/quiesc.sh'));
  });
});
