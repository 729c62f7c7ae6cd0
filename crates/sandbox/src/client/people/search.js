// Members beyond those that the page has, where the server has more.

import * as api from "../core/api.js";
import { state } from "../core/state.js";
import { DMS } from "../places/dms.js";

const MOST = 100;

export async function findMembers(query) {
  const guild = state.guild;
  if (!query || !guild || guild.id === DMS || guild.member_count <= guild.members.length) return [];
  return api.rest(state.me, "GET", `guilds/${guild.id}/members/search?${new URLSearchParams({ query, limit: MOST })}`);
}
