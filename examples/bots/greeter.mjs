// The same bot as greeter.py, on an unmodified discord.js.

import {
  ActionRowBuilder, ApplicationCommandOptionType, ButtonBuilder, ButtonStyle, Client, Events, GatewayIntentBits,
  LabelBuilder, MessageFlags, ModalBuilder, TextInputBuilder, TextInputStyle,
} from "discord.js";

const COLOURS = ["amber", "azure", "black", "blue", "crimson"];

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
  // The one setting that moves discord.js to another server; the library adds the version.
  rest: { api: process.env.SANDBOX_REST.replace(/\/v10$/, "") },
});

const text = (name, more = {}) =>
  ({ name, description: name, type: ApplicationCommandOptionType.String, required: true, ...more });

client.once(Events.ClientReady, () => client.application.commands.set([
  { name: "echo", description: "Says it again, only to you", options: [text("text")] },
  { name: "wish", description: "Asks by a form" },
  { name: "paint", description: "Paints, which takes a while", options: [text("colour", { autocomplete: true })] },
]));

client.on(Events.MessageCreate, async (message) => {
  if (message.content !== "hello") return;
  const again = new ButtonBuilder().setCustomId("again").setLabel("Again").setStyle(ButtonStyle.Primary);
  await message.channel.send({
    content: `Hello, ${message.author.username}`, components: [new ActionRowBuilder().addComponents(again)],
  });
});

const commands = {
  echo: (interaction) =>
    interaction.reply({ content: interaction.options.getString("text"), flags: MessageFlags.Ephemeral }),
  wish: (interaction) => interaction.showModal(new ModalBuilder().setCustomId("wish").setTitle("A wish")
    .addLabelComponents(new LabelBuilder().setLabel("What")
      .setTextInputComponent(new TextInputBuilder().setCustomId("what").setStyle(TextInputStyle.Short)))),
  paint: async (interaction) => {
    await interaction.deferReply();
    await interaction.followUp(`Painted ${interaction.options.getString("colour")}`);
  },
};

client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isChatInputCommand()) await commands[interaction.commandName](interaction);
  else if (interaction.isButton()) await interaction.update({ content: "Hello again", components: [] });
  else if (interaction.isModalSubmit()) {
    await interaction.reply(`You wish for ${interaction.fields.getTextInputValue("what")}`);
  } else if (interaction.isAutocomplete()) {
    const fitting = COLOURS.filter((name) => name.startsWith(interaction.options.getFocused()));
    await interaction.respond(fitting.map((name) => ({ name, value: name })));
  }
});

await client.login(process.env.DISCORD_TOKEN);
