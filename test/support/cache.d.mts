export function cacheFolder(part: string, env?: Readonly<Record<string, string | undefined>>): string;
export function underLock<T>(folder: string, wait: () => void, work: () => Promise<T>): Promise<T>;
