// What is chosen and what is known about it, with a small way to hear of changes.

export const state = {
  applications: new Map(),
  users: [],
  me: null,
  // The page of servers that the list shows, not all of them.
  guilds: [],
  guild: null,
  channel: null,
  // Status by user id, of those who told one.
  presences: new Map(),
  locale: null,
};

export const CHANNEL = { TEXT: 0, DM: 1, VOICE: 2, CATEGORY: 4, NEWS: 5, STAGE: 13, FORUM: 15, MEDIA: 16 };
export const isThread = (channel) => channel?.type >= 10 && channel?.type <= 12;
export const isForum = (channel) => channel?.type === CHANNEL.FORUM || channel?.type === CHANNEL.MEDIA;
export const isVoice = (channel) => channel?.type === CHANNEL.VOICE || channel?.type === CHANNEL.STAGE;

const listeners = new Map();

export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, []);
  listeners.get(topic).push(listener);
}

export function tell(topic, value) {
  for (const listener of listeners.get(topic) ?? []) listener(value);
}

export const displayName = (user, member) => member?.nick || user?.global_name || user?.username || "someone";

const memberMaps = new WeakMap();
function memberMap() {
  const guild = state.guild;
  if (!guild) return new Map();
  if (!memberMaps.has(guild)) {
    memberMaps.set(guild, new Map((guild.members ?? []).map((member) => [member.user.id, member])));
  }
  return memberMaps.get(guild);
}

/** How a channel is called: `#name`, or `@name` for a direct message. */
export const channelName = (channel) => `${channel.type === 1 ? "@" : "#"}${channel.name}`;

export const member = (id) => memberMap().get(id) ?? null;
export const channelById = (id) => state.guild?.channels?.find((channel) => channel.id === id) ?? null;
export const threadsOf = (id) => (state.guild?.channels ?? []).filter((channel) => isThread(channel) && channel.parent_id === id);
export const roleById = (id) => state.guild?.roles?.find((role) => role.id === id) ?? null;

export function userName(id) {
  const known = member(id);
  if (known) return displayName(known.user, known);
  const user = state.users.find((one) => one.id === id);
  return user ? displayName(user) : null;
}

/** What a picker offers: {value, label, note}. `kinds` of user, role, channel. */
export function entities(kinds, channelTypes) {
  const found = [];
  if (kinds.includes("user")) {
    for (const one of state.guild?.members ?? []) {
      found.push({ value: one.user.id, label: displayName(one.user, one), note: `@${one.user.username}`, kind: "user" });
    }
  }
  if (kinds.includes("role")) {
    for (const role of state.guild?.roles ?? []) found.push({ value: role.id, label: role.name, note: "role", kind: "role" });
  }
  if (kinds.includes("channel")) {
    for (const channel of state.guild?.channels ?? []) {
      if (isThread(channel) && !channelTypes?.length) continue;
      if (channelTypes?.length && !channelTypes.includes(channel.type)) continue;
      found.push({ value: channel.id, label: channel.name, note: "channel", kind: "channel" });
    }
  }
  return found;
}

/** Whether the chosen person may do this in the chosen channel, or in the server where there is none. */
export function may(bit, channel = state.channel) {
  if (!state.guild || state.guild.permissions === undefined) return false;
  if (state.guild.owner_id === state.me) return true;
  const own = BigInt(channel?.permissions ?? state.guild.permissions ?? 0);
  return Boolean(own & 8n) || Boolean(own & (1n << BigInt(bit)));
}

/** The roles of a member, highest first. */
export function rolesOf(one) {
  const held = new Set(one?.roles ?? []);
  return (state.guild?.roles ?? []).filter((role) => held.has(role.id)).sort((a, b) => b.position - a.position || (a.id < b.id ? -1 : 1));
}

/** The colour of a member's name: that of the highest role that has one. */
export const nameColour = (one) => rolesOf(one).find((role) => role.color)?.color ?? 0;
