// A request of the journal as a curl command. The token stays out: it is read from $BOT_TOKEN.

const quote = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;

export function curl(entry, origin) {
  const [method, path] = String(entry.label).split(" ");
  const query = entry.detail?.query ? `?${entry.detail.query}` : "";
  const parts = ["curl -sS", `-X ${method}`, quote(origin + path + query), "-H \"Authorization: Bot $BOT_TOKEN\""];
  if (entry.body) parts.push("-H 'Content-Type: application/json'", `-d ${quote(entry.body)}`);
  return parts.join(" \\\n  ");
}
