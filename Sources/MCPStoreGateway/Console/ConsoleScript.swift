/// What the console does, as the text of its script.
enum ConsoleScript {
    static let text = core + widgets + plots + work + pages + forms + start

    /// The API, and what is kept while the page is open.
    private static let core = #"""
        "use strict";
        const begin = JSON.parse(document.getElementById("start").textContent);
        const state = { space: sessionStorage.getItem("space") || begin.space, key: sessionStorage.getItem("key") || "", operations: new Set(),
          samples: [], calls: [], error: null };
        const root = () => "/api/v1/" + state.space.split(":").map(encodeURIComponent).join("/") + "/";

        class Refusal extends Error {
          constructor(status, body) { super(body.detail || "the gateway answered with " + status); this.status = status; this.body = body; }
        }
        async function ask(path, options = {}) {
          const headers = { Accept: "application/json" };
          if (state.key) headers.Authorization = "Bearer " + state.key;
          if (options.body !== undefined) headers["Content-Type"] = "application/json";
          const answer = await fetch(path.startsWith("/") ? path : root() + path, { ...options, headers, cache: "no-store" });
          const text = await answer.text();
          let body = {};
          try { body = text ? JSON.parse(text) : {}; } catch { body = { detail: text.slice(0, 300) }; }
          if (!answer.ok) throw new Refusal(answer.status, body);
          return { body, headers: answer.headers };
        }
        const get = async path => (await ask(path)).body;
        const has = operation => state.operations.has(operation);
        async function learnOperations() {
          const document = await get("/api/v1/openapi.json");
          state.operations = new Set(Object.values(document.paths).flatMap(path => Object.values(path).map(o => o.operationId)));
        }

        // What the plots are made of: the last hour by the minute, as the cluster kept it, and from now on a sample every two seconds.
        const hour = 3600e3;
        async function past() {
          if (!has("showHistory")) return [];
          const now = Date.now();
          // Nothing is missing where it cannot be read but the past.
          return (await get("history").catch(() => [])).map(p => ({ at: now - p.age_ms, calls: p.calls, bad: p.failed, queued: p.queued, running: p.running, past: true }));
        }
        /// Whose figures these are: nobody else's are to be shown with them.
        const who = () => state.space + " " + state.key;
        function isOther() { state.samples = []; state.past = undefined; show(); }
        async function sample() {
          const mine = who(), isFirst = state.past !== mine;
          const [status, stats, before] = await Promise.all([get("status"), get("stats"), isFirst ? past() : []]);
          if (mine !== who()) return;
          const sum = key => status.lanes.reduce((n, lane) => n + lane[key], 0);
          const calls = stats.reduce((n, tool) => n + tool.calls, 0);
          const bad = stats.reduce((n, tool) => n + tool.calls - (tool.outcomes.ok || 0), 0);
          state.status = status; state.stats = stats;
          if (state.past !== mine) [state.past, state.samples] = [mine, before];
          const now = Date.now();
          state.samples.push({ at: now, calls, bad, queued: sum("queued"), running: sum("running") });
          while (state.samples[0].at < now - hour) state.samples.shift();
        }
        // A key without the role operate sees the pages that need no figures.
        async function sampleIfAllowed(again) {
          const mine = who();
          if (state.samples.length && !again || state.unsampled === mine) return;
          state.refusal = undefined;
          try { await sample(); } catch (error) {
            if (mine !== who()) return;
            if (!(error instanceof Refusal) || error.status !== 403) throw error;
            [state.unsampled, state.refusal, state.status, state.samples, state.past] = [mine, error, undefined, [], undefined];
          }
        }
        function rates() {
          const rows = [];
          for (let i = 1; i < state.samples.length; i++) {
            const [a, b] = [state.samples[i - 1], state.samples[i]], seconds = Math.max((b.at - a.at) / 1000, 0.001);
            // The two are counted by different processes.
            if (a.past && !b.past) continue;
            rows.push({ at: b.at, calls: Math.max(b.calls - a.calls, 0) / seconds, bad: Math.max(b.bad - a.bad, 0) / seconds,
              queued: b.queued, running: b.running, isLive: !b.past });
          }
          return rows;
        }

        """#

    /// Elements, tables and words. Text is only ever set as text: what servers say of themselves is no HTML here.
    private static let widgets = #"""
        function h(tag, attributes, ...children) {
          const svg = ["svg", "g", "path", "polyline", "line", "text", "rect", "title"].includes(tag);
          const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
          for (const [name, value] of Object.entries(attributes || {})) {
            if (value === undefined || value === null || value === false) continue;
            if (name.startsWith("on")) element.addEventListener(name.slice(2), value); else element.setAttribute(name, value === true ? "" : value);
          }
          element.append(...children.flat(Infinity).filter(c => c !== null && c !== undefined && c !== false));
          return element;
        }
        const card = (title, ...body) => h("section", {}, title && h("h2", {}, title), body);
        const pretty = value => typeof value === "string" ? value : JSON.stringify(value, null, 2);
        const number = n => n >= 10000 || Number.isInteger(n) ? Math.round(n).toLocaleString("en") : n.toFixed(n < 10 ? 1 : 0);
        function time(us) {
          if (us === null || us === undefined) return "–";
          if (us < 1000) return us + " µs";
          if (us < 1e6) return (us / 1000).toFixed(us < 1e4 ? 1 : 0) + " ms";
          return us < 6e7 ? (us / 1e6).toFixed(1) + " s" : Math.round(us / 6e7) + " min";
        }
        function ago(text) {
          const seconds = Math.round((Date.now() - Date.parse(text)) / 1000);
          if (!(seconds >= 0)) return text || "–";
          return seconds < 60 ? seconds + " s ago" : seconds < 3600 ? Math.round(seconds / 60) + " min ago" : seconds < 172800
            ? Math.round(seconds / 3600) + " h ago" : Math.round(seconds / 86400) + " d ago";
        }
        const tone = status => ({ healthy: "good", ok: "good", approved: "good", running: "good", initializing: "soft", disconnected: "soft" })[status]
          || (["warning", "reconnecting", "changed", "new", "paused", "draining", "toolError"].includes(status) ? "warn" : "bad");
        const pill = (text, kind) => h("span", { class: "pill " + (kind || tone(text)) }, text);
        function table(columns, rows, empty) {
          if (!rows.length) return h("p", { class: "soft" }, empty);
          return h("div", { class: "scroll" }, h("table", {},
            h("thead", {}, h("tr", {}, columns.map(([name, kind]) => h("th", { class: kind }, name)))),
            h("tbody", {}, rows.map(row => h("tr", {}, row.map((cell, i) =>
              h("td", { class: columns[i][1], "data-name": columns[i][0] }, cell === "" || cell === null || cell === undefined ? "–" : cell)))))));
        }
        const tile = (name, value, kind) => h("div", { class: "tile" }, h("span", { class: "soft small" }, name), h("b", { class: kind }, value));
        function problem(error) {
          const hint = error.status === 401 ? h("form", { onsubmit: event => { event.preventDefault(); setKey(event.target.key.value); } },
            h("label", {}, "API key (stays in this tab)", h("input", { name: "key", type: "password", autocomplete: "off" })), h("button", {}, "Use it"))
            : null;
          return h("section", { class: "problem", role: "alert" },
            h("h2", {}, error.status === 401 ? "This gateway wants a key" : "That did not work"), h("p", {}, error.message), hint);
        }
        function setKey(key) { state.key = key; sessionStorage.setItem("key", key); isOther(); }
        /// A button that does something, asks before what cannot be undone, and says what went wrong.
        function action(name, run, sure) {
          const button = h("button", { class: "quiet", type: "button", onclick: async () => {
            if (sure && !confirm(sure)) return;
            button.disabled = true;
            try { await run(); await show(); } catch (error) { button.replaceWith(h("span", { class: "bad small" }, error.message)); }
          } }, name);
          return button;
        }

        """#
}
