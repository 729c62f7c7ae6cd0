// A request of the journal as a curl command. Tokens stay out: the bot's is read from $BOT_TOKEN, one in
// the path is for the reader to put in.

const SECRET = /^(\/api(?:\/v\d+)?\/(?:interactions|webhooks)\/\d+\/)[^/]+/;

const quote = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;

export function curl(entry, origin) {
  const [method, path] = String(entry.label).split(" ");
  const query = entry.detail?.query ? `?${entry.detail.query}` : "";
  const parts = ["curl -sS", `-X ${method}`, quote(origin + path.replace(SECRET, "$1TOKEN") + query)];
  if (!SECRET.test(path)) parts.push("-H \"Authorization: Bot $BOT_TOKEN\"");
  if (entry.body) parts.push("-H 'Content-Type: application/json'", `-d ${quote(entry.body)}`);
  return parts.join(" \\\n  ");
}
