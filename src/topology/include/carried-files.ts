/** The files of a topology as plain data, for a process that reads none itself. */
import { readPart } from '../part.ts';
import type { FoundPart, IncludedFiles } from './files.ts';
import { isFault } from './files.ts';

/** What was found when the topology was read, and nothing else. */
export interface CarriedFiles {
  readonly root: string;
  readonly matches: readonly { readonly pattern: string; readonly paths: readonly string[] }[];
  readonly files: readonly CarriedFile[];
}

export interface CarriedFile {
  readonly path: string;
  readonly identity: string;
  readonly uri: string;
  readonly text: string;
}

/** `files`, and what is asked of them from now on. */
export function carrying(files: IncludedFiles): {
  readonly files: IncludedFiles;
  readonly carried: () => CarriedFiles;
} {
  const matches = new Map<string, readonly string[]>();
  const found = new Map<string, FoundPart>();
  return {
    files: {
      root: files.root,
      matching: (pattern) => {
        const paths = files.matching(pattern);
        if (!isFault(paths)) matches.set(pattern, paths);
        return paths;
      },
      read: (path) => {
        const part = files.read(path);
        if (!isFault(part)) found.set(path, part);
        return part;
      },
    },
    carried: () => ({
      root: files.root,
      matches: [...matches].map(([pattern, paths]) => ({ pattern, paths })),
      files: [...found].map(
        ([
          path,
          {
            identity,
            part: { document },
          },
        ]) => ({
          path,
          identity,
          uri: document.uri,
          text: document.text,
        }),
      ),
    }),
  };
}

/** Answers as the files did that were carried here. */
export function carriedFiles({ root, matches, files }: CarriedFiles): IncludedFiles {
  const missing = {
    fault: 'missing',
    reason: 'it was not there when the topology was read',
  } as const;
  const paths = new Map(matches.map((match) => [match.pattern, match.paths]));
  const parts = new Map(
    files.map(({ path, identity, uri, text }) => [path, { identity, part: readPart(text, uri) }]),
  );
  return {
    root,
    matching: (pattern) => paths.get(pattern) ?? missing,
    read: (path) => parts.get(path) ?? missing,
  };
}
