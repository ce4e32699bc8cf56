import { HubError } from '../../errors/hub-error.ts';
import { databasePath } from '../../store/database-path.ts';
import { fileIdentity } from '../../store/file-identity.ts';
import { type LogReader, openLogReader } from '../../store/log-reader.ts';

/** The log of a state directory, which may not be there yet, may go while it is read, and may come again. */
export interface HeldLog {
  /** The reader; undefined while there is no log. */
  reader(): LogReader | undefined;
  /** Whether something has been written, or the log has gone or come, since the last time. Costs microseconds. */
  hasChanged(): boolean;
  /** What is wrong with it, in a sentence with what to do; undefined where nothing is. */
  trouble(): string | undefined;
  close(): void;
}

/**
 * Opens the log.
 * @throws HubError STORE_UNAVAILABLE where there is one that cannot be read
 */
export const holdLog = (stateDir: string): HeldLog => {
  const path = databasePath(stateDir);
  let reader = openLogReader(stateDir);
  let identity = fileIdentity(path);
  let version = reader?.dataVersion();
  let wasThere = reader !== undefined;
  let trouble: string | undefined;

  const reopen = (): void => {
    reader?.close();
    reader = undefined;
    trouble = undefined;
    identity = fileIdentity(path);
    try {
      reader = openLogReader(stateDir);
      version = reader?.dataVersion();
      wasThere ||= reader !== undefined;
    } catch (error) {
      trouble = sentence(error);
      // It is looked at again when another file has come under the name.
    }
    if (reader === undefined && trouble === undefined && wasThere)
      trouble = `${path} was removed: waiting for a hub to make a new one (mcp-hub call, or any client)`;
  };

  return {
    reader: () => reader,
    hasChanged: () => {
      if (
        fileIdentity(path) !== identity ||
        (reader === undefined && trouble === undefined && identity !== undefined)
      ) {
        const before = trouble;
        reopen();
        return reader !== undefined || trouble !== before;
      }
      if (reader === undefined) return false;
      try {
        const present = reader.dataVersion();
        const hasChanged = present !== version || trouble !== undefined;
        version = present;
        trouble = undefined;
        return hasChanged;
      } catch (error) {
        trouble = sentence(error);
        return true;
      }
    },
    trouble: () => trouble,
    close: () => reader?.close(),
  };
};

const sentence = (thrown: unknown): string => {
  const { message, hint } = HubError.from(thrown, 'STORE_UNAVAILABLE');
  return hint === '' ? message : `${message}; ${hint}`;
};
