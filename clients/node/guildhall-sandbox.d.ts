// Types of guildhall-sandbox.mjs.

export interface Message { id: string; channel: string; text: string; json: Record<string, any> }
export interface Interaction {
  id: string; channel: string;
  state: "responded" | "deferred" | "acknowledged" | "modal" | "expired" | "failed" | "pending";
  json: Record<string, any>;
  message?: Message; text?: string; ephemeral: boolean; modal?: Record<string, any>;
}
export interface Bot { id: string; user: string; token: string; environment: Record<string, string> }
export interface Guild { id: string; channels: Record<string, string>; roles: Record<string, string> }
export interface Entry {
  seq: number; at: string; kind: string; application_id: string | null; shard: number | null; subject: string | null;
  label: string; status: number | null; s: number | null; body: string; answer: string; detail: unknown;
}
export class Refused extends Error { status: number; error: string; hint?: string }
export class Unmet extends Error {}

export class Person {
  readonly sandbox: Sandbox; readonly id: string; readonly name: string;
  act(method: string, path: string, body?: unknown): Promise<any>;
  calls(method: string, path: string, body?: unknown): Promise<any>;
  says(channel: string, text?: string, more?: { replyTo?: Message; files?: Record<string, string | Uint8Array> }): Promise<Message>;
  edits(on: Message, text: string): Promise<Message>;
  deletes(on: Message): Promise<void>;
  messages(channel: string, limit?: number): Promise<Message[]>;
  reacts(on: Message, emoji: string): Promise<void>;
  unreacts(on: Message, emoji: string): Promise<void>;
  types(channel: string): Promise<void>;
  joins(guild: Guild): Promise<void>;
  leaves(guild: Guild): Promise<void>;
  dm(other: Person | Bot): Promise<string>;
  runs(channel: string, bot: Bot, command: string, options?: Record<string, unknown>, within?: number): Promise<Interaction>;
  suggestions(channel: string, bot: Bot, command: string, option: string, options?: Record<string, unknown>):
    Promise<Array<{ name: string; value: string | number }>>;
  clicks(on: Message, button: string): Promise<Interaction>;
  selects(on: Message, menu: string, values: string[]): Promise<Interaction>;
  submits(opener: Interaction, fields: Record<string, unknown>): Promise<Interaction>;
  interacts(channel: string, body: unknown, within?: number): Promise<Interaction>;
}

export class Sandbox {
  constructor(address: string);
  static start(options?: { program?: string; args?: string[] }): Promise<Sandbox>;
  readonly address: string;
  readonly restUrl: string;
  readonly gatewayUrl: string;
  stop(): void;
  call(method: string, path: string, body?: unknown): Promise<any>;
  reset(seed?: "empty" | "example"): Promise<void>;
  person(username: string): Promise<Person>;
  bot(name: string): Promise<Bot>;
  guild(name: string, plan: {
    owner: Person; members?: Person[]; bots?: Bot[]; channels?: Array<string | Record<string, unknown>>;
    roles?: Array<Record<string, unknown>>; botPermissions?: number | bigint;
  }): Promise<Guild>;
  fault(kind: string, rule?: Record<string, unknown>): Promise<{ id: number }>;
  clearFaults(): Promise<void>;
  advance(ms: number): Promise<void>;
  drop(bot: Bot): Promise<void>;
  journal(query?: Record<string, string | number>): Promise<Entry[]>;
  until<T>(look: () => Promise<T | undefined> | T | undefined, wanted: string, within?: number): Promise<T>;
  expectConnected(bot: Bot, within?: number): Promise<void>;
  expectMessage(channel: string, wanted: {
    seenBy: Person; by: Bot | Person; text?: string; contains?: string; within?: number;
  }): Promise<Message>;
  expectRequest(route: string, wanted?: { times?: number; status?: number; ever?: boolean; within?: number }): Promise<Entry[]>;
}
