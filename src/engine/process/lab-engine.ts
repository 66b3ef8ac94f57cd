/** A running lab as the clients of the engine see it. */
import type { LabSnapshot, Reply, Request, Timeline } from '../api.ts';
import type {
  CloneQuestion,
  ControlledEngine,
  Mounted,
  MountQuestion,
  Progress,
} from '../control/controlled-engine.ts';
import {
  QuestionError,
  type CloneAnswer,
  type ComponentVerb,
  type EngineInfo,
  type LinkDegradation,
  type ServedDisk,
  type ServedImage,
} from '../control/questions.ts';
import type { RealLab } from '../lab/real-lab.ts';
import { LabError } from '../lab/types.ts';
import type { Topology, Vpg } from '../../topology/model.ts';
import { checkCloneTarget, writeClone } from './clone-files.ts';
import { checkVpg, componentNamed, linkNamed, siteNamed } from './components.ts';
import type { ServedDisks } from './served-disks.ts';

export interface LabEngineParts {
  readonly topology: Topology;
  readonly lab: RealLab;
  readonly served: ServedDisks;
  readonly info: EngineInfo;
  stop(): void;
  readonly report: (problem: string) => void;
}

export class LabEngine implements ControlledEngine {
  readonly #parts: LabEngineParts;

  constructor(parts: LabEngineParts) {
    this.#parts = parts;
  }

  info(): EngineInfo {
    return this.#parts.info;
  }

  snapshot(): LabSnapshot {
    return this.#parts.lab.snapshot();
  }

  timeline(): Timeline {
    return this.#parts.lab.timeline();
  }

  disks(): readonly ServedDisk[] {
    return this.#parts.served.disks;
  }

  images(): readonly ServedImage[] {
    return this.#parts.served.images;
  }

  async request(site: string | undefined, request: Request): Promise<Reply> {
    if (request.kind === 'mount') {
      // Nobody would know when to close what it opens.
      throw new QuestionError('not-supported', 'A mount is a question of its own, not a request.');
    }
    const reply = await this.#ask(site, request);
    if (reply.result === 'refused' || !reply.images) return reply;
    const images: Record<string, string> = {};
    for (const [disk, image] of Object.entries(reply.images)) {
      const uri = this.#parts.served.uriOf(image, disk);
      if (uri !== undefined) images[disk] = uri;
    }
    return { ...reply, images };
  }

  power(component: string, verb: ComponentVerb): void {
    const found = componentNamed(this.#parts.topology, component);
    this.#acts(`${verb} of ${component}`, () => {
      this.#parts.lab.power(found, verb);
    });
  }

  cutLink(link: string): void {
    const found = linkNamed(this.#parts.topology, link);
    this.#acts(`cut of ${link}`, () => {
      this.#parts.lab.cutLink(found);
    });
  }

  healLink(link: string): void {
    const found = linkNamed(this.#parts.topology, link);
    this.#acts(`heal of ${link}`, () => {
      this.#parts.lab.healLink(found);
    });
  }

  degradeLink(link: string, change: LinkDegradation): void {
    const found = linkNamed(this.#parts.topology, link);
    this.#acts(`degrade of ${link}`, () => {
      this.#parts.lab.degradeLink(found, change);
    });
  }

  async clone(
    { vpg, site, checkpoint, vms, to, format }: CloneQuestion,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<CloneAnswer> {
    checkVpg(this.#parts.topology, vpg);
    const target = { folder: to, format };
    await checkCloneTarget(target, disksOf(this.#parts.topology.vpgs.get(vpg), vms));
    const reply = await this.#ask(site, { kind: 'clone', vpg, checkpoint, vms });
    if (reply.result === 'refused') return reply;
    const { images = {}, ...rest } = reply;
    const { lab, served } = this.#parts;
    const copies = lab.takeCopies(images);
    const exported = served.offer(copies.disks, `${reply.operation ?? vpg} copy`);
    try {
      const { disks } = copies;
      const lost = Object.keys(images).filter((disk) => !disks.has(disk));
      if (lost.length > 0) {
        const why = `The copy of ${lost.join(', ')} is gone: its VRA has ended meanwhile.`;
        throw new QuestionError('not-possible', why);
      }
      const uriOf = (disk: string): string => exported.uriOf(disk);
      const files = await writeClone(target, { disks, uriOf, signal, progress });
      return { ...rest, files };
    } finally {
      await exported.remove();
      await copies.discard();
    }
  }

  async mount({ site, ...question }: MountQuestion): Promise<Mounted> {
    const { vpg } = question;
    const reply = await this.#ask(site, question);
    if (reply.result === 'refused') return { answer: reply, close: () => undefined };
    const { operation: mount, checkpoint, images = {} } = reply;
    if (mount === undefined || !checkpoint)
      throw new Error('A mount has neither name nor checkpoint');
    const { lab, served, report } = this.#parts;
    const taken = lab.takeMounts(images);
    const lost = Object.keys(images).filter((disk) => !taken.disks.has(disk));
    if (lost.length > 0) {
      taken.close();
      const why = `${lost.join(', ')} cannot be mounted: its VRA has ended meanwhile.`;
      throw new QuestionError('not-possible', why);
    }
    const offered = served.offer(taken.disks, `${mount} mount`);
    const disks = [...taken.disks].map(([disk, { size }]) => ({
      disk,
      size,
      uri: offered.uriOf(disk),
    }));
    const close = (): void => {
      void offered.remove();
      taken.close();
      report(`unmount of ${vpg}: done (${mount})`);
    };
    return { answer: { result: 'success', mount, checkpoint, disks }, close };
  }

  stop(): void {
    this.#parts.stop();
  }

  report(problem: string): void {
    this.#parts.report(problem);
  }

  async #ask(site: string | undefined, request: Request): Promise<Reply> {
    const { topology, lab, served, report } = this.#parts;
    const asked = site === undefined ? undefined : siteNamed(topology, site);
    if ('vpg' in request) checkVpg(topology, request.vpg);
    const what = 'vpg' in request ? `${request.kind} of ${request.vpg}` : request.kind;
    const reply = await lab.request(asked, request);
    served.renew();
    report(
      reply.result === 'refused'
        ? `${what}: refused: ${reply.reason}`
        : `${what}: done${reply.operation === undefined ? '' : ` (${reply.operation})`}`,
    );
    return reply;
  }

  #acts(what: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (error instanceof LabError) throw new QuestionError('not-possible', error.message);
      throw error;
    }
    this.#parts.served.renew();
    this.#parts.report(what);
  }
}

function disksOf(vpg: Vpg | undefined, vms: readonly string[] | undefined): readonly string[] {
  const meant = [...(vpg?.vms.values() ?? [])].filter(({ name }) => vms?.includes(name) ?? true);
  return meant.flatMap(({ name, vm }) =>
    [...(vm.target?.disks.keys() ?? [])].map((disk) => `${name}/${disk}`),
  );
}
