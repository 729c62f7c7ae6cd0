// The control interface, one function for each route this page uses.

export class ApiError extends Error {
  constructor(status, error, hint) {
    super(error);
    this.status = status;
    this.hint = hint;
  }
}

async function call(method, path, body, signal) {
  let response;
  try {
    response = await fetch(`/control${path}`, {
      method,
      signal,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
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
  if (!response.ok) {
    throw new ApiError(response.status, value?.error ?? `the sandbox answered ${response.status}`, value?.hint);
  }
  return value;
}

function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

const channelPath = (user, channel) => `/as/${user}/channels/${channel}`;

export const state = () => call("GET", "/state");
export const guilds = (user) => call("GET", `/as/${user}/guilds`);
export const guild = (user, id) => call("GET", `/as/${user}/guilds/${id}`);
export const dms = (user) => call("GET", `/as/${user}/dms`);
export const openDm = (user, recipient) => call("POST", `/as/${user}/dms`, { recipient_id: recipient });
export const messages = (user, channel, page) => call("GET", `${channelPath(user, channel)}/messages${query(page)}`);
export const send = (user, channel, content, replyTo) =>
  call("POST", `${channelPath(user, channel)}/messages`, replyTo ? { content, reply_to: replyTo } : { content });
export const edit = (user, channel, id, content) => call("PATCH", `${channelPath(user, channel)}/messages/${id}`, { content });
export const remove = (user, channel, id) => call("DELETE", `${channelPath(user, channel)}/messages/${id}`);
export const commands = (user, channel) => call("GET", `${channelPath(user, channel)}/commands`);
export const interact = (user, channel, body, signal) => call("POST", `${channelPath(user, channel)}/interactions`, body, signal);
export const interaction = (id, wait) => call("GET", `/interactions/${id}${query({ wait })}`);
export const journal = (after, kind, limit) => call("GET", `/journal${query({ after, kind, limit })}`);
export const journalWait = (after, kind, signal) =>
  call("GET", `/journal/wait${query({ after, kind, timeout_ms: 20000 })}`, undefined, signal);
export const eventsUrl = (user) => `/control/as/${user}/events`;
