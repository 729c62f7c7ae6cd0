// The control interface, one function for each route this page uses. What a person may do by
// Discord's own routes goes through `rest`, with the same paths and bodies as a bot's request.

export class ApiError extends Error {
  constructor(status, error, hint, code) {
    super(error);
    this.status = status;
    this.hint = hint;
    this.code = code;
  }
}

async function call(method, path, body, signal) {
  const form = body instanceof FormData;
  let response;
  try {
    response = await fetch(`/control${path}`, {
      method,
      signal,
      headers: body === undefined || form ? {} : { "content-type": "application/json" },
      body: body === undefined || form ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "the sandbox cannot be reached", "is it still running?");
  }
  const text = await response.text();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    value = null;
  }
  if (!response.ok) throw refusal(response.status, value);
  return value;
}

/** Both shapes of errors: the control interface's `{error, hint}` and Discord's `{message, code, errors}`. */
function refusal(status, value) {
  if (value?.error) return new ApiError(status, value.error, value.hint, value.code);
  if (value?.message) {
    const fields = fieldErrors(value.errors, []);
    return new ApiError(status, value.message, fields.join("; ") || null, value.code);
  }
  return new ApiError(status, `the sandbox answered ${status}`);
}

/** `content: Must be 2000 or fewer in length.` for each leaf of Discord's error tree. */
function fieldErrors(tree, path) {
  if (!tree || typeof tree !== "object") return [];
  if (Array.isArray(tree._errors)) return tree._errors.map((one) => `${path.join(".")}: ${one.message}`);
  return Object.entries(tree).flatMap(([key, inner]) => fieldErrors(inner, [...path, key]));
}

function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

const channelPath = (user, channel) => `/as/${user}/channels/${channel}`;

export const state = () => call("GET", "/state?guilds=false");
export const guilds = (user, page) => call("GET", `/as/${user}/guilds${query(page)}`);
export const guild = (user, id) => call("GET", `/as/${user}/guilds/${id}`);
export const dms = (user) => call("GET", `/as/${user}/dms`);
export const openDm = (user, recipient) => call("POST", `/as/${user}/dms`, { recipient_id: recipient });
export const messages = (user, channel, page) => call("GET", `${channelPath(user, channel)}/messages${query(page)}`);
export const edit = (user, channel, id, content) => call("PATCH", `${channelPath(user, channel)}/messages/${id}`, { content });
export const remove = (user, channel, id) => call("DELETE", `${channelPath(user, channel)}/messages/${id}`);
export const commands = (user, channel) => call("GET", `${channelPath(user, channel)}/commands`);
export const interact = (user, channel, body, signal) => call("POST", `${channelPath(user, channel)}/interactions`, body, signal);
export const interaction = (id, wait) => call("GET", `/interactions/${id}${query({ wait })}`);
export const presence = (user, body) => call("PUT", `/as/${user}/presence`, body);
export const eventsUrl = (user) => `/control/as/${user}/events`;

export const vote = (user, channel, message, answers) => call("PUT", `${channelPath(user, channel)}/polls/${message}/vote`, { answer_ids: answers });

/** Discord's own routes as a person: rest(me, "PUT", `channels/${id}/messages/...`). */
export const rest = (user, method, path, body) => call(method, `/as/${user}/api/${path}`, body);
export const segment = encodeURIComponent;
export const typing = (user, channel) => rest(user, "POST", `channels/${channel}/typing`);
export const leave = (user, guild) => rest(user, "DELETE", `users/@me/guilds/${guild}`);

export const join = (user, code) => call("POST", `/as/${user}/invites/${segment(code)}`, {});
export const joinVoice = (user, channel, body) => call("POST", `${channelPath(user, channel)}/voice`, body);
export const leaveVoice = (user, guild) => call("DELETE", `/as/${user}/guilds/${guild}/voice`);
export const buy = (user, sku) => call("POST", `/as/${user}/purchases`, { sku_id: sku });
export const passScreening = (user, guild) => call("POST", `/as/${user}/guilds/${guild}/screening`, {});
export const interest = (user, guild, event, wanted) => call(wanted ? "PUT" : "DELETE", `/as/${user}/guilds/${guild}/scheduled-events/${event}/interest`);

export const createUser = (body) => call("POST", "/users", body);
export const createApplication = (body) => call("POST", "/applications", body);
export const createGuild = (body) => call("POST", "/guilds", body);
export const deleteGuild = (id) => call("DELETE", `/guilds/${id}`);
export const outage = (id, unavailable) => call("POST", `/guilds/${id}/outage`, { unavailable });
export const addMember = (guild, user) => call("PUT", `/guilds/${guild}/members/${user}`, {});
export const addBot = (guild, application, permissions) => call("POST", `/guilds/${guild}/bots/${application}`, permissions ? { permissions } : {});
export const removeBot = (guild, application) => call("DELETE", `/guilds/${guild}/bots/${application}`);

export const journal = (wanted) => call("GET", `/journal${query(wanted)}`);
export const journalWait = (wanted, signal) => call("GET", `/journal/wait${query({ ...wanted, timeout_ms: 20000 })}`, undefined, signal);
export const sessions = () => call("GET", "/sessions");
export const poke = (session, what, body = {}) => call("POST", `/sessions/${segment(session)}/${what}`, body);
export const buckets = () => call("GET", "/limits/buckets");
export const counters = () => call("GET", "/counters");
export const faults = () => call("GET", "/faults");
export const addFault = (body) => call("POST", "/faults", body);
export const clearFaults = (id) => call("DELETE", `/faults${query({ id })}`);
export const clearJournal = () => call("DELETE", "/journal");
export const clock = () => call("GET", "/clock");
export const advance = (ms) => call("POST", "/clock/advance", { ms });
