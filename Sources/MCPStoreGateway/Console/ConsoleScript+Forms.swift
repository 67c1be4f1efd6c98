/// The page of a tool, with the form that calls it, and how the console starts.
extension ConsoleScript {
    static let forms = #"""
        /// A field for one argument, and how its value is read: undefined where nothing was said.
        function field(name, schema, required) {
          const id = "a-" + name, about = [Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type, schema.description].filter(Boolean).join(" · ");
          let input, read;
          if (Array.isArray(schema.enum)) {
            input = h("select", { id }, h("option", { value: "" }, ""), schema.enum.map((v, i) => h("option", { value: i }, pretty(v))));
            read = () => input.value === "" ? undefined : schema.enum[Number(input.value)];
          } else if (schema.type === "boolean") {
            input = h("select", { id }, ["", "true", "false"].map(v => h("option", { value: v }, v)));
            read = () => input.value === "" ? undefined : input.value === "true";
          } else if (schema.type === "string") {
            input = h("input", { id, autocomplete: "off" });
            read = () => input.value === "" && !required ? undefined : input.value;
          } else if (schema.type === "integer" || schema.type === "number") {
            input = h("input", { id, inputmode: "decimal", autocomplete: "off" });
            read = () => {
              const text = input.value.trim();
              if (text === "") return undefined;
              if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) throw new Error(name + " must be a number");
              // As it was typed: a large number must not be rounded here.
              return { raw: text };
            };
          } else {
            input = h("textarea", { id, placeholder: "JSON" });
            read = () => { const text = input.value.trim(); if (text === "") return undefined; try { JSON.parse(text); } catch { throw new Error(name + " must be JSON"); } return { raw: text }; };
          }
          if (schema.default !== undefined) input.placeholder = "default: " + pretty(schema.default);
          return { name, read, element: h("label", { for: id }, h("span", {}, h("b", {}, name), required ? " *" : "", about ? " – " + about : ""), input) };
        }
        const written = value => value && typeof value === "object" && "raw" in value ? value.raw : JSON.stringify(value);
        async function toolPage(name) {
          const t = await get("tools/" + encodeURIComponent(name)), schema = t.tool.inputSchema || {}, hints = t.tool.annotations || {};
          const result = h("div", { id: "result", "aria-live": "polite" });
          const simple = schema.type === "object" && schema.properties && Object.keys(schema.properties).length > 0;
          const fields = simple ? Object.entries(schema.properties).map(([n, s]) => field(n, s || {}, (schema.required || []).includes(n))) : [];
          const text = simple ? null : h("textarea", { "aria-label": "Arguments as JSON" }, "{}");
          const button = h("button", {}, "Call");
          const call = async event => {
            event.preventDefault();
            if (hints.destructiveHint && !confirm("This tool says that it may destroy something. Call it?")) return;
            button.disabled = true; result.replaceChildren(h("p", { class: "soft" }, "It runs …"));
            const begun = performance.now(), entry = { at: new Date().toTimeString().slice(0, 8), tool: name, outcome: "?" };
            try {
              let body = text ? text.value : "{" + fields.map(f => [f.name, f.read()]).filter(([, v]) => v !== undefined).map(([n, v]) => JSON.stringify(n) + ":" + written(v)).join(",") + "}";
              const answer = await ask("tools/" + encodeURIComponent(name) + "/call", { method: "POST", body });
              const header = n => Number(answer.headers.get("Mcpstore-" + n) || 0), all = Math.round((performance.now() - begun) * 1000);
              const [waited, ran] = [header("Queued-Us"), header("Run-Us")];
              Object.assign(entry, { outcome: answer.headers.get("Mcpstore-Outcome") || "ok", worker: answer.headers.get("Mcpstore-Worker"),
                legs: [["waiting", waited, "waited"], ["running", ran, "ran"], ["way here", Math.max(all - waited - ran, 0), "back"]] });
              const texts = (answer.body.content || []).filter(c => c.type === "text").map(c => c.text);
              result.replaceChildren(h("p", {}, pill(entry.outcome)), legs(entry.legs), h("pre", {}, texts.length ? texts.join("\n") : pretty(answer.body)),
                h("details", {}, h("summary", { class: "small soft" }, "The whole answer"), h("pre", {}, pretty(answer.body))));
            } catch (error) {
              entry.outcome = error.body && error.body.kind || "error";
              result.replaceChildren(problem(error));
            }
            button.disabled = false; state.calls.unshift(entry); state.calls.length = Math.min(state.calls.length, 50);
          };
          const says = [["read-only", hints.readOnlyHint], ["idempotent", hints.idempotentHint], ["destructive", hints.destructiveHint]].filter(([, v]) => v).map(([n]) => n);
          const words = { total: "deadline", waiting: "limit for waiting", running: "limit for running", mayRunAgain: "runs again when lost",
            sharesInFlight: "shares answers in flight", keeps: "keeps answers" };
          const policy = Object.entries(t.policy || {}).map(([n, p]) => [words[n] || n, String(p.value ?? (p.ms === null || p.ms === undefined ? "–" : p.ms + " ms")), p.source]);
          const a = t.approval;
          return [h("h1", {}, t.name), card(null, h("p", {}, "of ", link(["services", t.service], t.service), " · ", h("code", {}, t.qualifiedName), says.length ? " · says " + says.join(", ") : ""),
              t.tool.description ? h("p", {}, t.tool.description) : null),
            a && a.status !== "approved" ? h("section", { class: "problem" }, h("h2", {}, (a.held ? "Held back: " : "") + (a.status || "not compared")),
              a.differences.map(d => h("div", {}, h("code", {}, d.path || "the tool"), d.old !== null ? h("pre", { class: "bad" }, "- " + d.old) : null, d.new !== null ? h("pre", { class: "good" }, "+ " + d.new) : null)),
              has("approveTool") ? h("p", { class: "line" }, action("Approve", async () => { await ask("tools/" + encodeURIComponent(name) + "/approve",
                { method: "POST", body: JSON.stringify({ hash: a.hash }) }); note("Approved " + t.service + "/" + t.name + "."); }, "Approve this tool as it is now? It can be called again then.")) : null,
              h("p", { class: "soft" }, "mcpstore tool approve " + t.service + "/" + t.name + " --hash " + a.hash)) : null,
            card("Call it", h("form", { onsubmit: call }, fields.map(f => f.element), text ? h("label", {}, "Arguments as JSON", text) : null, h("div", {}, button)), result),
            card("In force", table([["What"], ["Value"], ["Why", "wide"]], policy, "Nothing.")), card("Schema", h("pre", {}, pretty(schema)),
              t.tool.outputSchema ? [h("p", { class: "soft small" }, "of the answer"), h("pre", {}, pretty(t.tool.outputSchema))] : null)];
        }

        """#

    static let start = #"""
        const main = h("main", {}), bar = h("nav", { "aria-label": "Pages" }), live = h("span", { class: "state", role: "status" });
        const names = { overview: "Overview", services: "Services", tools: "Tools", jobs: "Jobs", batches: "Batches", dead: "Dead letters", workers: "Workers", stats: "Stats" };
        const space = h("input", { class: "space", "aria-label": "Space, namespace:dataspace", value: state.space, onchange: () => {
          state.space = space.value.trim(); sessionStorage.setItem("space", state.space); isOther(); } });
        document.body.append(h("div", { class: "top" }, h("div", {}, h("div", { class: "brand" }, h("b", {}, "MCPStore"), space, live), bar)), main);
        const here = () => { const parts = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent); return parts[0] in pages ? parts : ["overview"]; };
        let turn = 0, told = 0;
        function note(text) { told = Date.now(); live.textContent = text; }
        async function show() {
          const mine = ++turn, [page, ...rest] = here();
          bar.replaceChildren(...Object.keys(pages).map(name => h("a", { href: "#/" + name, "aria-current": name === page ? "page" : undefined }, names[name])));
          let content;
          try {
            if (!state.operations.size) await learnOperations();
            await sampleIfAllowed();
            if (state.refusal && ["overview", "workers", "stats"].includes(page)) throw state.refusal;
            content = await pages[page](...rest);
            document.title = names[page] + " · " + state.space;
          } catch (error) {
            if (mine === turn && error instanceof Refusal && error.status === 401) state.operations = new Set();
            content = [problem(error)];
          }
          if (mine !== turn) return;
          main.replaceChildren(...content.flat().filter(Boolean));
          main.dataset.page = page; main.dataset.path = [page, ...rest].join("/");
          const current = bar.querySelector("[aria-current]");
          if (current.offsetLeft < bar.scrollLeft || current.offsetLeft + current.offsetWidth > bar.scrollLeft + bar.clientWidth) bar.scrollLeft = current.offsetLeft - 12;
        }
        // What somebody types into, reads or has focused is not taken away from under him.
        const isBusy = () => here().length > 1 || main.contains(document.activeElement) && document.activeElement !== document.body || String(getSelection()).length > 0;
        async function tick() {
          if (!document.hidden && state.operations.size) {
            try {
              await sampleIfAllowed(true);
              if (Date.now() - told > 8000) live.textContent = "live · " + new Date().toTimeString().slice(0, 8) + " · " + begin.version;
              if (!isBusy()) await show();
            } catch (error) { live.textContent = "not reached: " + error.message; }
          }
          setTimeout(tick, 2000);
        }
        addEventListener("hashchange", () => { scrollTo(0, 0); show(); });
        show().then(() => setTimeout(tick, 2000));
        """#
}
