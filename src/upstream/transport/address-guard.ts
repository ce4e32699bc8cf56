import { type LookupAddress, type LookupAllOptions, lookup as lookUp } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Whether an address is one of the public internet: not of this machine, a private network, the cloud's own services, or any
 * other range with a meaning of its own, in whatever form it is written.
 */
export const isPublicAddress = (address: string): boolean => {
  const bare = address.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'unicast';
};

/** Whether a URL names its host by an address; WHATWG URLs have brought `0x7f.1`, `2130706433` and their kind to one form. */
export const isAddress = (hostname: string): boolean => ipaddr.isValid(hostname.replace(/^\[|\]$/g, ''));

/** Whether a host of a URL is this machine by its name or address. */
export const isLoopbackHost = (hostname: string): boolean => {
  const bare = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  if (bare === 'localhost' || bare.endsWith('.localhost')) return true;
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'loopback';
};

/** The error of a connection that is not made because of where it leads. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';

  constructor(hostname: string) {
    super(`${hostname} is an address of this machine or of a private network`);
  }
}

/**
 * Looks a name up, and fails where one of its addresses is not public. It is used for the connection itself, so that a name
 * cannot have another address a moment later.
 */
export const publicLookup: LookupFunction = (...args) => guardedLookup(lookUp)(...args);

/** Gives all addresses of a name, as `dns.lookup` does. */
export type LookUp = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** @param ask how a name is looked up. */
export const guardedLookup =
  (ask: LookUp): LookupFunction =>
  (hostname, options, callback) => {
    ask(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const [first] = addresses;
      if (first === undefined || addresses.some(({ address }) => !isPublicAddress(address)))
        return callback(new PrivateAddressError(hostname), '', 0);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
