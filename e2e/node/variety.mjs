// A bot on an unmodified discord.js with every kind of option, menus of several values, commands on
// users and messages, and direct messages. It speaks the same JSON lines as bot.mjs.

import { createInterface } from "node:readline";
import {
  ActionRowBuilder, ApplicationCommandOptionType as Kind, ApplicationCommandType, ChannelType, Client, EmbedBuilder, Events,
  GatewayIntentBits, InteractionContextType, Partials, StringSelectMenuBuilder, UserSelectMenuBuilder,
} from "discord.js";

const { SANDBOX_REST, SANDBOX_TOKEN, SANDBOX_GUILD, HOSTILE } = process.env;
const say = (event, values = {}) => process.stdout.write(`${JSON.stringify({ event, ...values })}\n`);

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers, GatewayIntentBits.DirectMessages],
  partials: [Partials.Channel],
  rest: { api: SANDBOX_REST.replace(/\/v10$/, "") },
});

const option = (name, type, more = {}) => ({ name, type, description: `A ${name}`, required: true, ...more });
const HERE = [
  {
    name: "everything",
    description: HOSTILE,
    options: [
      option("who", Kind.User),
      option("role", Kind.Role),
      option("where", Kind.Channel, { channel_types: [ChannelType.GuildText] }),
      option("mention", Kind.Mentionable),
      option("weight", Kind.Number, { min_value: 0.5, max_value: 2.5 }),
      option("count", Kind.Integer, { min_value: 1, max_value: 9 }),
      option("sure", Kind.Boolean),
      option("size", Kind.String, { choices: [{ name: "Small", value: "s" }, { name: HOSTILE, value: "hostile" }] }),
      option("level", Kind.Integer, { required: false, choices: [{ name: "Low", value: 1 }, { name: "High", value: 3 }] }),
    ],
  },
  { name: "menus", description: "Shows menus" },
  { name: "Who is this", type: ApplicationCommandType.User },
  { name: "Quote", type: ApplicationCommandType.Message },
  { name: "<b>Bold</b>", type: ApplicationCommandType.Message },
];
const EVERYWHERE = [{ name: "hello", description: "Says hello", contexts: [InteractionContextType.Guild, InteractionContextType.BotDM] }];

const FRUIT = ["apple", "banana", "cherry", "damson"];
const menus = () => [
  new ActionRowBuilder().addComponents(new StringSelectMenuBuilder().setCustomId("fruit").setPlaceholder(HOSTILE).setMinValues(2).setMaxValues(3)
    .addOptions(FRUIT.map((one) => ({ label: one, value: one, description: "A fruit" })))),
  new ActionRowBuilder().addComponents(new UserSelectMenuBuilder().setCustomId("people").setPlaceholder("Who")),
];

const commands = {
  everything(interaction) {
    const { options } = interaction;
    const mention = options.getMentionable("mention");
    return interaction.reply([
      options.getMember("who").user.username, options.getRole("role").name, options.getChannel("where").name,
      mention.name ?? mention.user.username, options.getNumber("weight"), options.getInteger("count"),
      options.getBoolean("sure"), options.getString("size"), options.getInteger("level"),
    ].join(" | "));
  },
  menus: (interaction) => interaction.reply({ content: "Choose", components: menus() }),
  hello: (interaction) => interaction.reply(`Hello ${interaction.user.username}, ${interaction.inGuild() ? "in a server" : "between us"}`),
};

async function interacted(interaction) {
  if (interaction.isChatInputCommand()) await commands[interaction.commandName](interaction);
  else if (interaction.isUserContextMenuCommand()) await interaction.reply(`This is ${interaction.targetMember.displayName}, called ${interaction.targetUser.username}`);
  else if (interaction.isMessageContextMenuCommand()) await interaction.reply(`${interaction.targetMessage.author.username} wrote "${interaction.targetMessage.content}"`);
  else if (interaction.isStringSelectMenu()) await interaction.reply(`Fruit: ${interaction.values.join(", ")}`);
  else if (interaction.isUserSelectMenu()) await interaction.reply(`People: ${interaction.users.map((user) => user.username).join(", ")}`);
}

async function heard(message) {
  if (message.author.bot || message.inGuild()) return;
  const embed = new EmbedBuilder().setTitle(HOSTILE).setDescription(HOSTILE).setFooter({ text: HOSTILE })
    .setAuthor({ name: HOSTILE }).addFields({ name: HOSTILE, value: HOSTILE });
  await message.reply({ content: `You said: ${message.content}`, embeds: [embed] });
}

client.on(Events.ClientReady, async () => {
  await client.application.commands.set(EVERYWHERE);
  await client.application.commands.set(HERE, SANDBOX_GUILD);
  say("ready");
  const lines = createInterface({ input: process.stdin });
  lines.on("close", () => client.destroy().then(() => process.exit(0)));
  lines.resume();
});
const guarded = (run) => (given) => run(given).catch((error) => say("error", { text: String(error) }));
client.on(Events.InteractionCreate, guarded(interacted));
client.on(Events.MessageCreate, guarded(heard));
client.on(Events.Error, (error) => process.stderr.write(`error ${error.stack}\n`));

await client.login(SANDBOX_TOKEN);
