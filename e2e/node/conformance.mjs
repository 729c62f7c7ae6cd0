// The conformance bot on an unmodified discord.js. It does what JSON lines on its input ask for and
// tells what it hears as JSON lines, in the words that ../README.md lists.

import { createInterface } from "node:readline";
import {
  ApplicationCommandOptionType, AttachmentBuilder, ChannelType, Client, DiscordAPIError, Events, IntentsBitField, MessageFlags,
  Partials, PollLayoutType, ThreadAutoArchiveDuration,
} from "discord.js";

const { SANDBOX_REST, SANDBOX_TOKEN, SANDBOX_INTENTS } = process.env;

const say = (event, values = {}) => process.stdout.write(`${JSON.stringify({ event, ...values })}\n`);
const told = (message) => ({
  id: message.id, channel: message.channelId, author: message.author?.id ?? null, content: message.content,
  files: [...message.attachments.values()].map((file) => file.name), pinned: message.pinned, components: message.components.length,
});

const OPTIONS = {
  intents: new IntentsBitField(Number(SANDBOX_INTENTS)),
  partials: [Partials.Message, Partials.Reaction, Partials.User, Partials.Channel, Partials.GuildMember, Partials.ThreadMember],
  // The one setting that moves discord.js to another server; the version is added by the library.
  rest: { api: SANDBOX_REST.replace(/\/v10$/, "") },
};

const interactions = new Map();
const hooks = new Map();
let bot = null;
let next = null;

// A message's documented JSON as the library's words. Components it takes as they are.
function content(data, held) {
  const words = {};
  for (const key of ["content", "embeds", "components", "flags", "nonce"]) if (data[key] !== undefined) words[key] = data[key];
  if (data.files) words.files = data.files.map((one) => new AttachmentBuilder(Buffer.from(one.text), { name: one.name }));
  if (data.keep) words.attachments = held.filter((one) => data.keep.includes(one.id)).map((one) => ({ id: one.id }));
  if (data.poll) {
    words.poll = {
      question: { text: data.poll.question.text }, answers: data.poll.answers.map((one) => ({ text: one.poll_media.text })),
      duration: data.poll.duration, allowMultiselect: false, layoutType: PollLayoutType.Default,
    };
  }
  return words;
}

// Interactions: told to the test, which then says what to answer.
function plain(option) {
  switch (option.type) {
    case ApplicationCommandOptionType.User: return option.user.username;
    case ApplicationCommandOptionType.Role: return option.role.name;
    case ApplicationCommandOptionType.Channel: return option.channel.name;
    case ApplicationCommandOptionType.Mentionable: return option.user?.username ?? option.role.name;
    case ApplicationCommandOptionType.Attachment: return option.attachment.name;
    default: return option.value;
  }
}

function leaf(options, path) {
  const [first] = options;
  return first && first.type <= ApplicationCommandOptionType.SubcommandGroup ? leaf(first.options ?? [], [...path, first.name]) : [options, path];
}

function describe(interaction) {
  const kinds = { 2: "application_command", 3: "component", 4: "autocomplete", 5: "modal_submit" };
  const values = { id: interaction.id, kind: kinds[interaction.type], user: interaction.user.username, guild: interaction.guildId };
  if (interaction.isCommand() || interaction.isAutocomplete()) {
    const [options, path] = leaf(interaction.options.data, [interaction.commandName]);
    values.name = path.join(" ");
    const context = interaction.isContextMenuCommand();
    values.options = context ? {} : Object.fromEntries(options.map((one) => [one.name, plain(one)]));
    values.focused = interaction.isAutocomplete() ? interaction.options.getFocused(true).name : null;
  }
  if (interaction.isUserContextMenuCommand()) values.target = interaction.targetUser.username;
  if (interaction.isMessageContextMenuCommand()) values.target = interaction.targetMessage.content;
  if (interaction.customId) {
    values.custom_id = interaction.customId;
    values.values = interaction.values ?? [];
  }
  if (interaction.isModalSubmit()) {
    values.fields = Object.fromEntries([...interaction.fields.fields.values()].map((one) => [one.customId, one.values ?? one.value]));
    values.uploads = [...interaction.fields.fields.values()].flatMap((one) => [...(one.attachments?.values() ?? [])].map((file) => file.name)).sort();
  }
  return values;
}

async function respond({ to, type, data = {} }) {
  const interaction = interactions.get(to);
  const flags = data.flags ?? 0;
  switch (type) {
    case 4: await interaction.reply(content(data)); break;
    case 5: await interaction.deferReply({ flags: flags & MessageFlags.Ephemeral }); break;
    case 6: await interaction.deferUpdate(); break;
    case 7: await interaction.update(content(data)); break;
    case 8: await interaction.respond(data.choices); break;
    case 9: await interaction.showModal(data); break;
    default: throw new Error(`type ${type}`);
  }
}

const channel = (id) => bot.channels.fetch(id);
const message = async (order) => (await channel(order.channel)).messages.fetch({ message: order.message, force: true });
const guild = (order) => bot.guilds.cache.get(order.guild);

const orders = {
  async send(order) {
    const words = content(order);
    if (order.reply_to) words.reply = { messageReference: order.reply_to };
    return told(await (await channel(order.channel)).send(words));
  },
  async edit(order) {
    const held = order.keep ? [...(await message(order)).attachments.values()] : [];
    return told(await (await channel(order.channel)).messages.edit(order.message, content(order, held)));
  },
  delete: async (order) => void (await (await channel(order.channel)).messages.delete(order.message)),
  bulk_delete: async (order) => void (await (await channel(order.channel)).bulkDelete(order.messages)),
  fetch: async (order) => told(await message(order)),
  async history(order) {
    const { messages } = await channel(order.channel);
    const found = [];
    const way = ["before", "after", "around"].find((key) => order[key]);
    let from = way && order[way];
    // The library gives one page; going on is left to its users.
    while (found.length < order.limit) {
      const page = [...(await messages.fetch({ limit: Math.min(100, order.limit - found.length), [way ?? "before"]: from, cache: false })).values()];
      if (way === "after") found.unshift(...page);
      else found.push(...page);
      if (page.length < 100 || way === "around") break;
      from = way === "after" ? found[0].id : found.at(-1).id;
    }
    return { contents: found.map((one) => one.content) };
  },
  react: async (order) => void (await (await message(order)).react(order.emoji)),
  unreact: async (order) => void (await (await message(order)).reactions.resolve(order.emoji).users.remove(bot.user.id)),
  async reactions(order) {
    const reaction = (await message(order)).reactions.resolve(order.emoji);
    return { users: [...(await reaction.users.fetch()).keys()], count: reaction.count };
  },
  pin: async (order) => void (await (await channel(order.channel)).messages.pin(order.message)),
  unpin: async (order) => void (await (await channel(order.channel)).messages.unpin(order.message)),
  pins: async (order) => ({ ids: (await (await channel(order.channel)).messages.fetchPins()).items.map((one) => one.message.id) }),
  crosspost: async (order) => told(await (await message(order)).crosspost()),
  async thread_start(order) {
    const within = await channel(order.channel);
    const autoArchiveDuration = ThreadAutoArchiveDuration.OneDay;
    if (order.message) return { id: (await (await message(order)).startThread({ name: order.name })).id };
    if (order.forum) return { id: (await within.threads.create({ name: order.name, message: { content: order.content } })).id };
    const type = order.private ? ChannelType.PrivateThread : ChannelType.PublicThread;
    return { id: (await within.threads.create({ name: order.name, type, autoArchiveDuration })).id };
  },
  thread_edit: async ({ thread, name, archived, locked }) => void (await (await channel(thread)).edit({ name, archived, locked })),
  thread_add: async (order) => void (await (await channel(order.thread)).members.add(order.user)),
  thread_remove: async (order) => void (await (await channel(order.thread)).members.remove(order.user)),
  thread_join: async (order) => void (await (await channel(order.thread)).join()),
  thread_members: async (order) => ({ ids: [...(await (await channel(order.thread)).members.fetch({ cache: false })).keys()].sort() }),
  role_create: async (order) => ({ id: (await guild(order).roles.create({ name: order.name, permissions: BigInt(order.permissions ?? 0), reason: order.reason })).id }),
  role_edit: async (order) => void (await guild(order).roles.edit(order.role, { name: order.name })),
  role_delete: async (order) => void (await guild(order).roles.delete(order.role)),
  role_give: async (order) => void (await guild(order).members.addRole({ user: order.user, role: order.role })),
  role_take: async (order) => void (await guild(order).members.removeRole({ user: order.user, role: order.role })),
  channel_create: async (order) => ({ id: (await guild(order).channels.create({ name: order.name, type: order.type ?? 0 })).id }),
  channel_edit: async (order) => void (await (await channel(order.channel)).edit({ name: order.name, topic: order.topic })),
  channel_delete: async (order) => void (await (await channel(order.channel)).delete()),
  overwrite: async (order) => void (await bot.rest.put(`/channels/${order.channel}/permissions/${order.target}`, { body: { type: order.type, allow: order.allow, deny: order.deny } })),
  nick: async (order) => void (await guild(order).members.edit(order.user, { nick: order.nick })),
  timeout: async (order) => void (await guild(order).members.edit(order.user, { communicationDisabledUntil: Date.now() + order.seconds * 1000 })),
  kick: async (order) => void (await guild(order).members.kick(order.user)),
  ban: async (order) => void (await guild(order).members.ban(order.user, { reason: order.reason })),
  unban: async (order) => void (await guild(order).members.unban(order.user)),
  bans: async (order) => ({ ids: [...(await guild(order).bans.fetch()).keys()] }),
  guild_edit: async (order) => void (await guild(order).edit({ name: order.name })),
  audit_log: async (order) => ({ reasons: [...(await guild(order).fetchAuditLogs({ limit: 10 })).entries.values()].map((one) => one.reason) }),
  async webhook_create(order) {
    const hook = await (await channel(order.channel)).createWebhook({ name: order.name });
    hooks.set(hook.id, hook);
    return { id: hook.id, token: hook.token };
  },
  webhook_send: async (order) => told(await hooks.get(order.webhook).send({ content: order.content, username: order.username })),
  webhook_edit: async (order) => told(await hooks.get(order.webhook).editMessage(order.message, { content: order.content })),
  webhook_delete: async (order) => void (await hooks.get(order.webhook).delete()),
  invite_create: async (order) => ({ code: (await (await channel(order.channel)).createInvite({ maxUses: order.max_uses ?? 0, unique: true })).code }),
  invite_uses: async (order) => ({ uses: Object.fromEntries((await guild(order).invites.fetch()).map((one) => [one.code, one.uses])) }),
  invite_delete: async (order) => void (await guild(order).invites.delete(order.code)),
  members: async (order) => ({ ids: [...(await guild(order).members.list({ limit: order.limit })).keys()] }),
  async chunk(order) {
    const wish = order.ids ? { user: order.ids } : { query: order.query, limit: order.limit };
    // The library does not tell of those that were not found, its event does.
    const missing = new Promise((resolve) => {
      bot.once(Events.GuildMembersChunk, (_members, _guild, chunk) => resolve((chunk.notFound ?? []).map(String)));
    });
    const found = await guild(order).members.fetch({ ...wish, ...(order.nonce ? { nonce: order.nonce } : {}), time: 15_000 });
    return { users: [...found.keys()].sort(), not_found: await missing };
  },
  async commands(order) {
    const made = await bot.application.commands.set(order.list, order.guild);
    return { names: made.map((one) => one.name).sort(), ids: Object.fromEntries(made.map((one) => [one.name, one.id])) };
  },
  respond,
  async respond_twice(order) {
    // Behind the library's own guard, so that the server has to refuse it.
    const interaction = interactions.get(order.to);
    interaction.replied = false;
    interaction.deferred = false;
    await interaction.reply("again");
  },
  original_get: async (order) => told(await interactions.get(order.to).fetchReply()),
  original_edit: async (order) => told(await interactions.get(order.to).editReply(content(order.data))),
  original_delete: async (order) => void (await interactions.get(order.to).deleteReply()),
  followup: async (order) => told(await interactions.get(order.to).followUp(content(order.data))),
  followup_edit: async (order) => told(await interactions.get(order.to).webhook.editMessage(order.message, content(order.data))),
  followup_delete: async (order) => void (await interactions.get(order.to).webhook.deleteMessage(order.message)),
  typing: async (order) => void (await (await channel(order.channel)).sendTyping()),
  presence: async (order) => void bot.user.setPresence({ status: order.status, activities: [{ name: order.activity }] }),
  dm: async (order) => told(await bot.users.send(order.user, order.content)),
  poll_end: async (order) => told(await (await message(order)).poll.end()),
  async burst(order) {
    const within = await channel(order.channel);
    const sent = await Promise.all(Array.from({ length: order.count }, (_, n) => within.send(`${order.prefix} ${n}`)));
    return { count: sent.length };
  },
  async survey(order) {
    const one = await bot.guilds.fetch({ guild: order.guild, force: true });
    const roles = await one.roles.fetch();
    const channels = await one.channels.fetch();
    const me = await one.members.fetch({ user: bot.user.id, force: true });
    const guilds = await bot.guilds.fetch({ limit: 5 });
    const user = await bot.users.fetch(bot.user.id, { force: true });
    const application = await bot.application.fetch();
    return { roles: roles.size, channels: channels.size, guilds: guilds.size, same: me.id === user.id && application.name !== "" };
  },
  async voice(order) {
    guild(order).shard.send({ op: 4, d: { guild_id: order.guild, channel_id: order.channel, self_mute: true, self_deaf: false } });
  },
  async reshard(order) {
    next = connect("b", { shards: Array.from({ length: order.shards }, (_, n) => n), shardCount: order.shards });
  },
  async retire() {
    const old = bot;
    bot = next;
    await old.destroy();
  },
  async rest(order) {
    return { raw: true, value: await bot.rest.request({ method: order.method, fullRoute: order.path, body: order.body }) };
  },
};

const ERRORS = (ref) => (error) => {
  if (error instanceof DiscordAPIError) say("refused", { ref, status: error.status, code: error.code, text: String(error) });
  else say("error", { ref, text: error.stack ?? String(error) });
};

function listen() {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const order = JSON.parse(line);
    const obey = orders[order.do] ?? (async () => { throw new Error(`unknown order ${order.do}`); });
    obey(order).then((values) => say("done", { ref: order.ref, ...values })).catch(ERRORS(order.ref));
  });
  lines.on("close", () => Promise.all([bot, next].filter(Boolean).map((one) => one.destroy())).then(() => process.exit(0)));
}

// Only the first set of shards tells of everything; a second one tells of messages.
function connect(set, options) {
  const client = new Client({ ...OPTIONS, ...options });
  const hear = (event, t, tell) => client.on(event, (...given) => {
    try {
      const values = tell(...given);
      if (values && (set === "a" || t === "message_create")) say("heard", { t, ...values });
    } catch (error) {
      say("error", { text: error.stack });
    }
  });
  client.on(Events.ClientReady, () => {
    const ready = () => say("ready", { set, user: client.user.id, guilds: client.guilds.cache.map((one) => one.name).sort() });
    ready();
    if (set === "a") listen();
  });
  client.on(Events.ShardResume, () => say("resumed", { set }));
  hear(Events.MessageCreate, "message_create", (one) => ({ set, guild: one.guildId, ...told(one) }));
  hear(Events.MessageUpdate, "message_update", (_before, one) => told(one));
  hear(Events.MessageDelete, "message_delete", ({ id }) => ({ id }));
  hear(Events.MessageBulkDelete, "message_delete_bulk", (all) => ({ count: all.size }));
  hear(Events.MessageReactionAdd, "reaction_add", (one, user) => ({ message: one.message.id, user: user.id, emoji: one.emoji.name }));
  hear(Events.MessageReactionRemove, "reaction_remove", (one, user) => ({ message: one.message.id, user: user.id, emoji: one.emoji.name }));
  hear(Events.ChannelPinsUpdate, "pins_update", (within) => ({ channel: within.id }));
  hear(Events.ThreadCreate, "thread_create", ({ id, name }) => ({ id, name }));
  hear(Events.ThreadUpdate, "thread_update", (_before, { id, archived }) => ({ id, archived }));
  hear(Events.ThreadDelete, "thread_delete", ({ id }) => ({ id }));
  hear(Events.ThreadMembersUpdate, "thread_members", (_added, _removed, { id }) => ({ id }));
  hear(Events.ChannelCreate, "channel_create", ({ id, name }) => ({ id, name }));
  hear(Events.ChannelUpdate, "channel_update", (_before, { id, name }) => ({ id, name }));
  hear(Events.ChannelDelete, "channel_delete", ({ id }) => ({ id }));
  hear(Events.GuildRoleCreate, "role_create", ({ id, name }) => ({ id, name }));
  hear(Events.GuildRoleUpdate, "role_update", (_before, { id, name }) => ({ id, name }));
  hear(Events.GuildRoleDelete, "role_delete", ({ id }) => ({ id }));
  hear(Events.GuildMemberAdd, "member_add", ({ id }) => ({ user: id }));
  hear(Events.GuildMemberUpdate, "member_update", (_before, one) => ({ user: one.id, nick: one.nickname }));
  hear(Events.GuildMemberRemove, "member_remove", ({ id }) => ({ user: id }));
  hear(Events.GuildBanAdd, "ban_add", ({ user }) => ({ user: user.id }));
  hear(Events.GuildBanRemove, "ban_remove", ({ user }) => ({ user: user.id }));
  hear(Events.GuildUpdate, "guild_update", (_before, { name }) => ({ name }));
  hear(Events.GuildCreate, "guild_create", ({ name }) => ({ name }));
  hear(Events.GuildAvailable, "guild_create", ({ name }) => ({ name }));
  hear(Events.GuildDelete, "guild_delete", ({ id }) => ({ id, unavailable: false }));
  hear(Events.GuildUnavailable, "guild_delete", ({ id }) => ({ id, unavailable: true }));
  hear(Events.InviteCreate, "invite_create", ({ code }) => ({ code }));
  hear(Events.InviteDelete, "invite_delete", ({ code }) => ({ code }));
  hear(Events.WebhooksUpdate, "webhooks_update", ({ id }) => ({ channel: id }));
  hear(Events.TypingStart, "typing", (one) => ({ user: one.user.id, channel: one.channel.id }));
  hear(Events.PresenceUpdate, "presence", (_before, one) => ({ user: one.userId, status: one.status }));
  hear(Events.VoiceStateUpdate, "voice_state", (_before, one) => ({ user: one.id, channel: one.channelId }));
  hear(Events.MessagePollVoteAdd, "poll_vote", (answer, user) => ({ user, answer: answer.id }));
  hear(Events.GuildScheduledEventCreate, "scheduled_event_create", ({ name }) => ({ name }));
  hear(Events.GuildAuditLogEntryCreate, "audit_entry", ({ action, reason }) => ({ action, reason }));
  client.on(Events.InteractionCreate, (interaction) => {
    if (set !== "a") return;
    interactions.set(interaction.id, interaction);
    try {
      say("interaction", describe(interaction));
    } catch (error) {
      say("error", { text: error.stack });
    }
  });
  client.on(Events.Error, (error) => process.stderr.write(`error ${error.stack}\n`));
  client.on(Events.ShardReconnecting, () => process.stderr.write("reconnecting\n"));
  client.on(Events.ShardDisconnect, (event) => process.stderr.write(`disconnected ${event.code}\n`));
  client.rest.on("rateLimited", (info) => process.stderr.write(`rate limited: ${JSON.stringify(info)}\n`));
  client.login(SANDBOX_TOKEN).catch((error) => {
    const code = /intents/i.test(error.message) ? 4014 : /token/i.test(error.message) ? 4004 : null;
    if (code) say("closed", { code, text: error.message });
    else say("error", { text: error.stack });
    process.exit(0);
  });
  return client;
}

bot = connect("a", {});
