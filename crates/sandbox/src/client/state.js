// What is chosen and what is known about it, with a small way to hear of changes.

export const state = {
  applications: new Map(),
  users: [],
  me: null,
  guilds: [],
  guild: null,
  channel: null,
};

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
      if (channelTypes?.length && !channelTypes.includes(channel.type)) continue;
      found.push({ value: channel.id, label: channel.name, note: "channel", kind: "channel" });
    }
  }
  return found;
}
