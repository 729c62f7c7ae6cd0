// The commands the chosen user may run in the chosen channel.

import * as api from "../core/api.js";
import { on, state, tell } from "../core/state.js";

const SUB_COMMAND = 1;
const SUB_COMMAND_GROUP = 2;

const USER = 2;
const MESSAGE = 3;

let commands = [];
let generation = 0;

/** A text of a command, option or choice in the chosen person's language, where it has one. */
export const localised = (one, key) => one?.[`${key}_localizations`]?.[state.locale] ?? one?.[key] ?? "";
export const commandName = (command) => localised(command, "name");
export const userCommands = () => commands.filter((command) => command.type === USER);

export const CHAT_INPUT = 1;

export async function loadCommands() {
  const mine = ++generation;
  const channel = state.channel;
  const found = channel ? await api.commands(state.me, channel.id) : [];
  if (mine !== generation) return;
  commands = found;
  tell("commands");
}

/** Commands on a message or on its author. */
export function contextCommands(message) {
  // The author of a plain webhook's message is no user.
  const hasUser = message.author?.id && (!message.webhook_id || message.application_id);
  return commands.filter((command) => command.type === MESSAGE || (command.type === USER && hasUser));
}

/** Every callable slash command, subcommands spelled out: {command, path, name, description, options}. */
export function slashCommands() {
  const found = [];
  for (const command of commands) {
    if ((command.type ?? CHAT_INPUT) === CHAT_INPUT) collect(command, command, [], found);
  }
  return found;
}

function collect(command, level, path, found) {
  const nested = (level.options ?? []).filter((option) => option.type === SUB_COMMAND || option.type === SUB_COMMAND_GROUP);
  if (!nested.length) {
    found.push({
      command,
      path,
      name: [command.name, ...path.map((step) => step.name)].join(" "),
      shown: [commandName(command), ...path.map((step) => step.shown)].join(" "),
      description: localised(level, "description"),
      options: level.options ?? [],
    });
    return;
  }
  for (const option of nested) collect(command, option, [...path, { name: option.name, type: option.type, shown: commandName(option) }], found);
}

/** Those that fit what was typed after the slash; names that begin with it come first. */
export function matching(text) {
  const wanted = text.trim().toLowerCase();
  const names = (entry) => [entry.name.toLowerCase(), entry.shown.toLowerCase()];
  const rank = (entry) => (names(entry).some((name) => name.startsWith(wanted)) ? 0 : names(entry).some((name) => name.includes(wanted)) ? 1 : 2);
  return slashCommands()
    .map((entry) => [rank(entry), entry])
    .filter(([place]) => place < 2)
    .sort(([a, one], [b, other]) => a - b || one.name.localeCompare(other.name))
    .map(([, entry]) => entry);
}

/** The body for the control interface, with the options under their subcommand. */
export function commandBody(entry, options) {
  let inner = options;
  for (const { name, type } of [...entry.path].reverse()) inner = [{ name, type, options: inner }];
  return {
    application_id: entry.command.application_id,
    command_id: entry.command.id,
    name: entry.command.name,
    type: entry.command.type ?? CHAT_INPUT,
    options: inner,
  };
}

export function startCommands(report) {
  on("commands-stale", () => loadCommands().catch(report));
}
