import { type AppsConnect, appsConnect } from '../core/apps-connect.ts';
import type { Check } from '../core/check.ts';
import { exitStatus } from './usage.ts';

const statuses: Readonly<Record<AppsConnect, number>> = {
  yes: exitStatus.ok,
  some: exitStatus.appsFail,
  no: exitStatus.appsFail,
  unknown: exitStatus.undetermined,
};

/** 0: apps can connect, 1: apps would fail, 2: could not be determined. */
export function statusOf(result: Check): number {
  return statuses[appsConnect(result)];
}
