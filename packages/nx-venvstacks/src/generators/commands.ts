import { currentFolder } from '../current-folder';
import { nxCommand, pluginCommand } from '../nx-command';

/** How the user calls Nx from the folder that the user is in. @param root absolute path of the workspace */
export function nxHere(root: string): string {
  return nxCommand(root, currentFolder(root));
}

/** How the user calls the plugin's own program from there. */
export function pluginHere(root: string): string {
  return pluginCommand(root, currentFolder(root));
}
