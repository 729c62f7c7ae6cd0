// Who is in which voice channel. The sound itself is no part of the sandbox.

import * as api from "../core/api.js";
import { isVoice, state } from "../core/state.js";

const states = () => state.guild?.voice_states ?? [];

export const inVoice = (channel) => states().filter((one) => one.channel_id === channel);
export const myVoice = () => states().find((one) => one.user_id === state.me) ?? null;
export const hasVoice = () => (state.guild?.channels ?? []).some(isVoice);

export const joinVoice = (channel) => api.joinVoice(state.me, channel, {});
export const leaveVoice = () => api.leaveVoice(state.me, state.guild.id);
export const setVoice = (given) => api.joinVoice(state.me, myVoice().channel_id, given);
