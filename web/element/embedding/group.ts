import type { Selection } from '../selection.js';
import type { Display } from '../settings.js';

/** What elements of a group share. */
export interface Shared {
  readonly selection?: Selection;
  readonly display?: Partial<Display>;
}

/** An element of a group. */
export interface GroupMember {
  /** Takes over what another member's reader did, without telling it on. */
  follow(news: Shared): void;
}

interface Group {
  readonly members: Set<GroupMember>;
  /** All that was told so far, for those who come later. */
  known: Shared;
}

const groups = new Map<string, Group>();

/** Makes an element one of a group, and has it follow what the group knows already. */
export function joinGroup(name: string, member: GroupMember): void {
  const group = groups.get(name) ?? { members: new Set(), known: {} };
  groups.set(name, group);
  group.members.add(member);
  if (group.known.selection ?? group.known.display) member.follow(group.known);
}

/** A group that nobody is in is forgotten. */
export function leaveGroup(name: string, member: GroupMember): void {
  const members = groups.get(name)?.members;
  if (members?.delete(member) === true && members.size === 0) groups.delete(name);
}

/** Tells the others of a group what a member's reader did. */
export function tellGroup(name: string, member: GroupMember, news: Shared): void {
  const group = groups.get(name);
  if (group?.members.has(member) !== true) return;
  const { known } = group;
  group.known = { ...known, ...news, ...(news.display && { display: { ...known.display, ...news.display } }) };
  for (const other of group.members) if (other !== member) other.follow(news);
}
