/** Names that Hyper-V refuses: VMs, VPGs and their folders may hold none of these (ZDOC, Hyper-V). */
const refusedByHyperV = '*?:<>/|\\".';

/** The characters of the name that Hyper-V refuses, each once, as a sentence has them; empty: none. */
export function refusedIn(name: string): string {
  return [...new Set(name)].filter((each) => refusedByHyperV.includes(each)).join(' ');
}

/** The name with a hyphen for each run of such characters, and none at its ends. */
export function withoutRefused(name: string): string {
  let better = '';
  for (const each of name) {
    if (!refusedByHyperV.includes(each)) better += each;
    else if (better !== '' && !better.endsWith('-')) better += '-';
  }
  return better.endsWith('-') ? better.slice(0, -1) : better;
}
