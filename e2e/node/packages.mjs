// Points bare imports to the prepared packages, so that nothing is installed here.
import { register } from "node:module";
import { pathToFileURL } from "node:url";

const folder = process.env.GUILDHALL_TEST_NODE_MODULES;
if (folder) {
  const base = pathToFileURL(`${folder}/from.mjs`).href;
  const hooks = `
    const base = ${JSON.stringify(base)};
    export async function resolve(name, context, next) {
      const bare = !/^(\\.|\\/|file:|node:|data:)/.test(name);
      const ours = bare && context.parentURL && !context.parentURL.includes("/node_modules/");
      return next(name, ours ? { ...context, parentURL: base } : context);
    }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`, import.meta.url);
}
