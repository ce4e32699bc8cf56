import { HubError } from '../../errors/hub-error.ts';
import { databasePath } from '../../store/database-path.ts';
import { fileIdentity } from '../../store/file-identity.ts';
import { type MonitorReader, openMonitorReader } from '../../store/monitor-reader.ts';

/** The log of a state directory, which may not be there yet, may go while it is read, and may come again. */
export interface HeldLog {
  /** The reader; undefined while there is no log. */
  reader(): MonitorReader | undefined;
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
  let reader = openMonitorReader(stateDir);
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
      reader = openMonitorReader(stateDir);
      version = reader?.dataVersion();
      wasThere ||= reader !== undefined;
    } catch (error) {
      trouble = sentence(error);
    }
    if (reader === undefined && trouble === undefined && wasThere)
      trouble = `${path} was removed: the next call makes a new one, of a client or by mcp-hub call`;
  };

  return {
    reader: () => reader,
    hasChanged: () => {
      // A file without a reader is being made, or cannot be read yet.
      if (fileIdentity(path) !== identity || (reader === undefined && identity !== undefined)) {
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
