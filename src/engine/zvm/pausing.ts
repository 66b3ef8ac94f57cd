/** Replication that people pause and resume, as both ZVMs of a VPG have to agree on. */
import type { Reply } from '../api.ts';
import { decline, refuse } from './deployment.ts';
import type { Outbox } from './events.ts';
import { pauseAfter, takesPause } from './pause.ts';
import type { PauseWord } from './pause.ts';
import type { PeerLinks } from './peers.ts';
import type { Vpg } from './vpg.ts';

export class Pausing {
  readonly #outbox: Outbox;
  readonly #peers: PeerLinks;
  readonly #changed: (vpg: Vpg) => void;

  /** `changed` is told of a VPG that has been paused or resumed. */
  constructor(outbox: Outbox, peers: PeerLinks, changed: (vpg: Vpg) => void) {
    this.#outbox = outbox;
    this.#peers = peers;
    this.#changed = changed;
  }

  ask(ticket: number, vpg: Vpg, paused: boolean): void {
    const { peer, cutsHere } = vpg.plan;
    const answer = (reply: Reply): void => {
      this.#outbox.push({ kind: 'answer', ticket, reply });
    };
    if (vpg.paused === paused) {
      answer(decline(`${vpg.name} is ${paused ? 'paused already' : 'not paused'}`));
      return;
    }
    if (peer !== undefined && !cutsHere && !this.#peers.connected(peer)) {
      const what = paused ? 'paused' : 'resumed';
      answer(refuse(`${vpg.name} cannot be ${what}`, [`a connection to the ZVM of ${peer}`]));
      return;
    }
    this.#setPaused(vpg, pauseAfter(vpg.pause, paused));
    this.#tellPause(vpg);
    answer({ result: 'success' });
  }

  #tellPause({ name, plan, pause, life }: Vpg): void {
    if (plan.peer === undefined) return;
    const { generation } = life;
    this.#peers.tell(plan.peer, { kind: 'set-paused', vpg: name, word: pause, generation });
  }

  /** Takes a later word over; to an older one the later is the answer. */
  peerSaid(vpg: Vpg, word: PauseWord, generation: number): void {
    if (generation !== vpg.life.generation) return;
    if (takesPause(vpg.pause, word, vpg.plan.cutsHere)) this.#setPaused(vpg, word);
    else if (takesPause(word, vpg.pause, !vpg.plan.cutsHere)) this.#tellPause(vpg);
  }

  #setPaused(vpg: Vpg, word: PauseWord): void {
    vpg.pause = word;
    this.#changed(vpg);
  }
}
