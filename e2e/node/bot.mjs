// A small bot on an unmodified discord.js, pointed at the sandbox. It speaks the same
// JSON lines as python/bot.py, so one test drives both.

import { createInterface } from "node:readline";
import {
  ActionRowBuilder, ApplicationCommandOptionType, ButtonBuilder, ButtonStyle, Client, DiscordAPIError, EmbedBuilder,
  Events, GatewayIntentBits, LabelBuilder, MessageFlags, ModalBuilder, Partials, StringSelectMenuBuilder,
  TextInputBuilder, TextInputStyle,
} from "discord.js";

const { SANDBOX_REST, SANDBOX_TOKEN, SANDBOX_GUILD } = process.env;
const FRUIT = ["apple", "apricot", "banana", "cherry", "damson", "elderberry"];

const say = (event, values = {}) => process.stdout.write(`${JSON.stringify({ event, ...values })}\n`);
const told = (message) => ({
  id: message.id, channel: message.channelId, author: message.author?.id ?? null, content: message.content,
});

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
  partials: [Partials.Message],
  // The one setting that moves discord.js to another server; the version is added by the library.
  rest: { api: SANDBOX_REST.replace(/\/v10$/, "") },
});

const COMMANDS = [
  { name: "ping", description: "Answers at once" },
  { name: "slow", description: "Answers later, and then once more" },
  { name: "secret", description: "Answers only to you" },
  { name: "silent", description: "Never answers" },
  { name: "panel", description: "Shows a panel with buttons" },
  {
    name: "fruit",
    description: "Serves fruit",
    options: [
      { name: "name", description: "Which fruit", type: ApplicationCommandOptionType.String, required: true, autocomplete: true },
      { name: "count", description: "How many", type: ApplicationCommandOptionType.Integer, min_value: 1, max_value: 9 },
    ],
  },
];
const HERE = [
  {
    name: "here",
    description: "Only in one server",
    options: [{ name: "who", description: "Who", type: ApplicationCommandOptionType.User, required: true }],
  },
];

let go;
const going = new Promise((resolve) => { go = resolve; });

const buttons = () => new ActionRowBuilder().addComponents(
  new ButtonBuilder().setCustomId("greet").setLabel("Greet").setStyle(ButtonStyle.Primary),
  new ButtonBuilder().setCustomId("ask").setLabel("Ask").setStyle(ButtonStyle.Secondary));

const form = () => new ModalBuilder().setCustomId("more").setTitle("Tell me more").addLabelComponents(
  new LabelBuilder().setLabel("Your name").setDescription("As others know you")
    .setTextInputComponent(new TextInputBuilder().setCustomId("name").setStyle(TextInputStyle.Short).setMaxLength(40)),
  new LabelBuilder().setLabel("A colour")
    .setStringSelectMenuComponent(new StringSelectMenuBuilder().setCustomId("colour")
      .addOptions({ label: "Green", value: "green" }, { label: "Red", value: "red" })));

const commands = {
  ping: (interaction) => interaction.reply("pong"),
  async slow(interaction) {
    await interaction.deferReply();
    say("deferred");
    // Until the test has seen the interim state.
    await going;
    await interaction.editReply("slow answer");
    await interaction.followUp("a follow-up");
  },
  secret: (interaction) => interaction.reply({ content: "a secret", flags: MessageFlags.Ephemeral }),
  silent: async (interaction) => say("silent", { user: interaction.user.id }),
  async panel(interaction) {
    await interaction.reply({
      embeds: [new EmbedBuilder().setTitle("Panel").setDescription("Press **one**").setColor(0x1b674d)
        .addFields({ name: "Left", value: "greets", inline: true }, { name: "Right", value: "asks", inline: true })],
      components: [buttons()],
    });
    say("panel");
  },
  fruit: (interaction) => interaction.reply({
    embeds: [new EmbedBuilder().setTitle("Fruit")
      .setDescription(`${interaction.options.getInteger("count") ?? 1} x ${interaction.options.getString("name")}`)],
  }),
  here: (interaction) => interaction.reply(`${interaction.options.getMember("who").displayName} is here`),
};

async function interacted(interaction) {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused().toLowerCase();
    await interaction.respond(FRUIT.filter((one) => one.startsWith(typed)).map((one) => ({ name: one[0].toUpperCase() + one.slice(1), value: one })));
  } else if (interaction.isChatInputCommand()) {
    await commands[interaction.commandName](interaction);
  } else if (interaction.isButton()) {
    if (interaction.customId === "greet") await interaction.update({ content: `Greeted by ${interaction.user.username}` });
    else await interaction.showModal(form());
    say("button", { id: interaction.customId });
  } else if (interaction.isModalSubmit()) {
    const name = interaction.fields.getTextInputValue("name");
    const colour = interaction.fields.getStringSelectValues("colour")[0];
    say("modal", { name, colour });
    await interaction.reply({ content: `Thank you, ${name} (${colour})`, flags: MessageFlags.Ephemeral });
  }
}

async function survey(channel) {
  const { guild } = channel;
  await guild.fetch();
  const roles = await guild.roles.fetch();
  const channels = await guild.channels.fetch();
  const me = await guild.members.fetch({ user: client.user.id, force: true });
  const members = await guild.members.list({ limit: 10 });
  const history = await channel.messages.fetch({ limit: 5, cache: false });
  const first = history.first();
  const one = first ? await channel.messages.fetch({ message: first.id, force: true }) : null;
  const guilds = await client.guilds.fetch({ limit: 5 });
  const user = await client.users.fetch(client.user.id, { force: true });
  const again = await client.channels.fetch(channel.id, { force: true });
  const application = await client.application.fetch();
  const registered = await client.application.commands.fetch();
  await channel.sendTyping();
  let missing = null;
  try {
    await channel.messages.fetch("175928847299117063");
  } catch (error) {
    missing = error instanceof DiscordAPIError ? error.code : String(error);
  }
  return {
    roles: roles.size, channels: channels.size, members: members.size, history: history.size, guilds: guilds.size,
    commands: registered.size, missing,
    same: again.id === channel.id && user.id === me.id && application.name !== "" && one?.id === first?.id,
  };
}

async function obey(order) {
  const channel = order.channel ? await client.channels.fetch(order.channel) : null;
  switch (order.do) {
    case "go":
      go();
      return {};
    case "send":
      return told(await channel.send(order.content));
    case "edit":
      return told(await channel.messages.edit(order.message, order.content));
    case "delete":
      await channel.messages.delete(order.message);
      return {};
    case "burst": {
      const sent = await Promise.all(Array.from({ length: order.count }, (_, n) => channel.send(`burst ${n}`)));
      return { count: sent.length };
    }
    case "survey":
      return survey(channel);
    default:
      throw new Error(`unknown order ${order.do}`);
  }
}

function listen() {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const order = JSON.parse(line);
    obey(order).then(
      (values) => say("done", { ref: order.ref, ...values }),
      (error) => say("error", { ref: order.ref, text: String(error) }));
  });
  lines.on("close", () => client.destroy().then(() => process.exit(0)));
}

client.on(Events.ClientReady, async () => {
  const everywhere = await client.application.commands.set(COMMANDS);
  const here = await client.application.commands.set(HERE, SANDBOX_GUILD);
  say("synced", { everywhere: everywhere.map((one) => one.name).sort(), here: here.map((one) => one.name) });
  say("ready", { user: client.user.id, guilds: client.guilds.cache.map((guild) => guild.name).sort() });
  listen();
});
client.on(Events.ShardResume, () => say("resumed"));
client.on(Events.MessageCreate, (message) => say("message", told(message)));
client.on(Events.MessageUpdate, (_before, after) => say("edited", told(after)));
client.on(Events.MessageDelete, (message) => say("deleted", { id: message.id }));
client.on(Events.InteractionCreate, (interaction) => interacted(interaction).catch((error) => say("error", { text: String(error) })));
client.on(Events.Error, (error) => process.stderr.write(`error ${error.stack}\n`));
client.on(Events.ShardReconnecting, () => process.stderr.write("reconnecting\n"));
client.rest.on("rateLimited", (info) => process.stderr.write(`rate limited: ${JSON.stringify(info)}\n`));

await client.login(SANDBOX_TOKEN);
