import { join, posix } from 'node:path';
import { typedPath } from '../paths';
import { pathFrom, repositoryAround } from '../repository';

/** Where a workspace lies in its repository: providers look for workflows at the repository's root, and start there. */
export interface Place {
  /** The workspace's folder, from the root of the repository; empty where that is the workspace. */
  readonly folder: string;
  /** What tells the workspace's workflow and jobs from those of others: `-services-ml`; empty as above. */
  readonly suffix: string;
  /** The way to a file of the workspace, from the root of the repository. */
  readonly fromRepository: (file: string) => string;
  /** The way to a file of the repository as a tree of Nx takes it: from the workspace. */
  readonly inTree: (file: string) => string;
  /** The same as the user would type it. */
  readonly typed: (file: string) => string;
}

/** @param root absolute path of the workspace. Without a repository it is taken for the root of one. */
export function placeOf(root: string): Place {
  const repository = repositoryAround(root) ?? { root, folder: '' };
  const { folder } = repository;
  return {
    folder,
    suffix: folder === '' ? '' : `-${folder.replace(/[^\w-]+/g, '-').replace(/^-+|-+$/g, '') || 'workspace'}`,
    fromRepository: (file) => posix.join(folder, file),
    inTree: (file) => (folder === '' ? file : pathFrom(root, join(repository.root, file))),
    typed: (file) => typedPath(join(folder === '' ? root : repository.root, file), root),
  };
}
