// A form for a new role.

import * as api from "../core/api.js";
import { formDialog } from "../core/dialog.js";
import { state } from "../core/state.js";
import { permissionOptions, permissionSet } from "./permissions.js";

export const newRole = () => formDialog({
  title: "New role", testid: "new-role-dialog", action: "Make it",
  fields: [
    { name: "name", label: "Name", required: true, maxlength: 100 },
    { name: "color", label: "Colour", kind: "color", value: "#1b674d" },
    { name: "permissions", label: "Permissions", kind: "select", multiple: true, options: permissionOptions(), hint: "Several with Ctrl or Shift" },
    { name: "hoist", label: "Shown apart in the members list", kind: "checkbox" },
    { name: "mentionable", label: "May be mentioned", kind: "checkbox" },
  ],
  submit: ({ name, color, permissions, hoist, mentionable }) => api.rest(state.me, "POST", `guilds/${state.guild.id}/roles`, {
    name, color: parseInt(color.slice(1), 16), permissions: permissionSet(permissions), hoist, mentionable,
  }),
});
