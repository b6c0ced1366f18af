import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where this platform keeps the data of applications, for the user as whom this process runs. */
export function dataDirectory(platform = process.platform, env: NodeJS.ProcessEnv = process.env): string {
  if (platform === 'win32') return env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support');
  // XDG Base Directory Specification: a relative path is to be ignored
  const { XDG_DATA_HOME: chosen = '' } = env;
  return isAbsolute(chosen) ? chosen : join(homedir(), '.local', 'share');
}
