// The names of permissions (Discord docs: Permissions, Bitwise Permission Flags).

const NAMES = [
  "Create Invite", "Kick Members", "Ban Members", "Administrator", "Manage Channels", "Manage Server", "Add Reactions", "View Audit Log",
  "Priority Speaker", "Video", "View Channel", "Send Messages", "Send TTS Messages", "Manage Messages", "Embed Links", "Attach Files",
  "Read Message History", "Mention Everyone", "Use External Emojis", "View Server Insights", "Connect", "Speak", "Mute Members", "Deafen Members",
  "Move Members", "Use Voice Activity", "Change Nickname", "Manage Nicknames", "Manage Roles", "Manage Webhooks", "Manage Expressions", "Use Application Commands",
  "Request to Speak", "Manage Events", "Manage Threads", "Create Public Threads", "Create Private Threads", "Use External Stickers", "Send Messages in Threads", "Use Activities",
  "Moderate Members", "View Monetization Analytics", "Use Soundboard", "Create Expressions", "Create Events", "Use External Sounds", "Send Voice Messages", null,
  null, "Send Polls", "Use External Apps", "Pin Messages", "Bypass Slow Mode",
];

const ADMINISTRATOR = 8n;

/** The names in a permission set, in words. */
export function permissionNames(bits) {
  const set = BigInt(bits ?? 0);
  return NAMES.filter((name, bit) => name && set & (1n << BigInt(bit)));
}

/** Each permission for a list to choose from: {value: its bit, label}. */
export const permissionOptions = () => NAMES.map((label, bit) => ({ value: String(bit), label })).filter((one) => one.label);

/** The set of the chosen bits, as routes take it. */
export const permissionSet = (bits) => String(bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n));

/** What a member may do in the server, from their roles; the owner everything. */
export function memberPermissions(guild, member) {
  if (guild.owner_id === member.user.id) return ["Everything, as the owner"];
  const held = new Set([guild.id, ...(member.roles ?? [])]);
  const bits = (guild.roles ?? []).filter((role) => held.has(role.id)).reduce((sum, role) => sum | BigInt(role.permissions), 0n);
  return bits & ADMINISTRATOR ? ["Everything, as an administrator"] : permissionNames(bits);
}
