// A bot on an unmodified discord.js that shows what a client must be able to draw and fill in: every
// component of both versions, every field of a modal, polls, files, groups of commands, languages.
// It speaks the same JSON lines as bot.mjs.

import { createInterface } from "node:readline";
import { ApplicationCommandOptionType as Kind, AttachmentBuilder, Client, Events, GatewayIntentBits, MessageFlags, Routes } from "discord.js";

const { SANDBOX_REST, SANDBOX_TOKEN, SANDBOX_GUILD } = process.env;
const say = (event, values = {}) => process.stdout.write(`${JSON.stringify({ event, ...values })}\n`);

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.GuildMessageReactions, GatewayIntentBits.GuildMessagePolls],
  rest: { api: SANDBOX_REST.replace(/\/v10$/, "") },
});

const sub = (name, options = []) => ({ name, type: Kind.Subcommand, description: `Does ${name}`, options });
const COMMANDS = [
  { name: "show", description: "Shows every component of a message" },
  { name: "classic", description: "Shows buttons and menus of the first version" },
  { name: "form", description: "Opens a form with every field" },
  { name: "poll", description: "Asks something" },
  { name: "slow", description: "Never answers" },
  { name: "speak", description: "Says something in the channel" },
  { name: "file", description: "Takes a file", options: [{ name: "document", type: Kind.Attachment, description: "A document", required: true }] },
  {
    name: "shelf", description: "Books on a shelf", options: [
      sub("list"),
      { name: "book", type: Kind.SubcommandGroup, description: "One book", options: [sub("add", [{ name: "title", type: Kind.String, description: "Its title", required: true, min_length: 2 }])] },
    ],
  },
  { name: "hello", description: "Says hello", name_localizations: { de: "hallo" }, description_localizations: { de: "Sagt hallo" } },
];

// A picture of one green pixel.
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const files = () => [new AttachmentBuilder(PIXEL, { name: "green.png" }), new AttachmentBuilder(Buffer.from("one,two\n"), { name: "table.csv" })];

const buttons = () => ({
  type: 1, components: [
    { type: 2, style: 1, label: "Primary", custom_id: "b1" }, { type: 2, style: 2, label: "Secondary", custom_id: "b2" },
    { type: 2, style: 3, label: "Success", custom_id: "b3" }, { type: 2, style: 4, label: "Danger", custom_id: "b4", emoji: { name: "🔥" } },
    { type: 2, style: 5, label: "Link", url: "https://example.org/" },
  ],
});
const menu = (type, id, more = {}) => ({ type: 1, components: [{ type, custom_id: id, placeholder: id, ...more }] });
const OPTIONS = ["red", "green", "blue"].map((value) => ({ label: value, value, description: `The colour ${value}` }));

const shown = () => [
  { type: 10, content: "# Shown\nText with **weight**" },
  {
    type: 17, accent_color: 0x1b674d, components: [
      { type: 9, components: [{ type: 10, content: "Beside a picture" }], accessory: { type: 11, media: { url: "attachment://green.png" }, description: "A green dot" } },
      { type: 14, divider: true, spacing: 2 },
      { type: 9, components: [{ type: 10, content: "Beside a button" }], accessory: { type: 2, style: 1, label: "In a section", custom_id: "in-section" } },
      buttons(),
      menu(3, "colours", { options: OPTIONS, min_values: 1, max_values: 2 }),
    ],
  },
  { type: 14, divider: false },
  { type: 12, items: [{ media: { url: "attachment://green.png" }, description: "One" }, { media: { url: "attachment://green.png" }, description: "Two", spoiler: true }] },
  { type: 13, file: { url: "attachment://table.csv" } },
];

const label = (text, component, description) => ({ type: 18, label: text, description, component });
const form = () => ({
  custom_id: "form", title: "Everything", components: [
    { type: 10, content: "Please fill in **everything**." },
    label("Name", { type: 4, custom_id: "name", style: 1, required: true, max_length: 40 }, "As on your passport"),
    label("Colour", { type: 3, custom_id: "colour", options: OPTIONS }),
    label("Speed", { type: 21, custom_id: "speed", options: [{ label: "Slow", value: "slow" }, { label: "Fast", value: "fast", description: "With care" }] }),
    label("Extras", { type: 22, custom_id: "extras", min_values: 1, max_values: 2, options: OPTIONS }),
  ],
});
const form2 = () => ({
  custom_id: "form2", title: "The rest", components: [
    label("Agreed", { type: 23, custom_id: "agreed" }),
    label("Who", { type: 5, custom_id: "who", max_values: 2 }),
    label("Where", { type: 8, custom_id: "where", required: false }),
    label("Document", { type: 19, custom_id: "document", required: false, max_values: 2 }),
    label("More", { type: 4, custom_id: "more", style: 2, required: false }),
  ],
});

const commands = {
  show: (interaction) => interaction.reply({ flags: MessageFlags.IsComponentsV2, components: shown(), files: files() }),
  classic: (interaction) => interaction.reply({
    content: "Classic", components: [buttons(), menu(5, "users", { max_values: 2 }), menu(6, "roles"), menu(7, "both"), menu(8, "channels", { channel_types: [0] })],
  }),
  form: (interaction) => interaction.showModal(form()),
  poll: (interaction) => interaction.reply({ poll: { question: { text: "Tea or coffee?" }, answers: [{ text: "Tea", emoji: "🍵" }, { text: "Coffee" }], duration: 1, allowMultiselect: false } }),
  slow: () => {},
  async speak(interaction) {
    await interaction.deferReply({ flags: MessageFlags.Ephemeral });
    await interaction.channel.send("Spoken aloud");
    await interaction.editReply("Done");
  },
  file(interaction) {
    const file = interaction.options.getAttachment("document");
    return interaction.reply(`Got ${file.name}, ${file.size} bytes`);
  },
  shelf: (interaction) => interaction.reply(`Shelf: ${[interaction.options.getSubcommandGroup(false), interaction.options.getSubcommand(), interaction.options.getString("title")].filter(Boolean).join(" / ")}`),
  hello: (interaction) => interaction.reply(`Hello in ${interaction.locale}`),
};

/** Values of the fields by their `custom_id`, as the gateway brought them. */
const values = (components) => Object.fromEntries(components.filter((one) => one.component)
  .map(({ component }) => [component.custom_id, component.values ?? component.value]));

async function interacted(interaction) {
  if (interaction.isChatInputCommand()) await commands[interaction.commandName](interaction);
  else if (interaction.isButton() && interaction.customId === "more") await interaction.showModal(form2());
  else if (interaction.isMessageComponent()) await interaction.reply({ content: `Used ${interaction.customId}: ${(interaction.values ?? []).join(", ")}`, flags: MessageFlags.Ephemeral });
}

// Fields that the library does not know yet are read from the packet itself.
async function raw(packet) {
  if (packet.t === "INTERACTION_CREATE" && packet.d.type === 5) {
    const again = packet.d.data.custom_id === "form" ? [{ type: 1, components: [{ type: 2, style: 2, label: "The rest", custom_id: "more" }] }] : [];
    const names = Object.values(packet.d.data.resolved?.attachments ?? {}).map((one) => one.filename);
    const content = `Filled in: ${JSON.stringify(values(packet.d.data.components))} ${names.join(" ")}`;
    await client.rest.post(Routes.interactionCallback(packet.d.id, packet.d.token), { body: { type: 4, data: { content, components: again } }, auth: false });
  }
  if (/^(MESSAGE_REACTION|MESSAGE_POLL|THREAD_CREATE)/.test(packet.t ?? "")) say("packet", { t: packet.t, d: packet.d });
}

client.on(Events.ClientReady, async () => {
  await client.application.commands.set(COMMANDS, SANDBOX_GUILD);
  say("ready");
  const lines = createInterface({ input: process.stdin });
  lines.on("close", () => client.destroy().then(() => process.exit(0)));
  lines.resume();
});
const guarded = (run) => (given) => run(given).catch((error) => say("error", { text: String(error) }));
client.on(Events.InteractionCreate, guarded(interacted));
client.on(Events.Raw, guarded(raw));
client.on(Events.MessageCreate, guarded(async (message) => {
  if (!message.author.bot) say("message", { content: message.content, files: message.attachments.map((one) => one.name) });
}));
client.on(Events.Error, (error) => process.stderr.write(`error ${error.stack}\n`));

await client.login(SANDBOX_TOKEN);
