/// The pages of the console.
extension ConsoleScript {
    static let plots = #"""
        function plot(title, rows, lines, unit) {
          const [w, height, left, bottom] = [Math.max(300, Math.min(560, innerWidth - 64)), 170, 44, 20];
          if (rows.length < 2) return card(title, h("p", { class: "soft" }, "Two seconds more: nothing is known of the hour before."));
          const top = Math.max(1, ...rows.flatMap(row => lines.map(line => row[line.key]))) * 1.08;
          const [from, to] = [rows[0].at, rows[rows.length - 1].at];
          const x = at => left + (w - left - 6) * (at - from) / Math.max(to - from, 1), y = value => 8 + (height - 8 - bottom) * (1 - value / top);
          // Two pixels a point: minutes of the past are further apart than seconds of the present.
          let at = -2;
          const drawn = rows.filter((row, i) => { const isFar = x(row.at) - at >= 2 || i === rows.length - 1; if (isFar) at = x(row.at); return isFar; });
          const clock = at => new Date(at).toTimeString().slice(0, 8);
          return card(title,
            h("div", {}, lines.map(line => h("span", { class: "key" }, h("span", { class: "dot d-" + line.color }), line.name
              + (rows.at(-1).isLive ? " " + number(rows.at(-1)[line.key]) + (unit || "") : "")))),
            h("svg", { viewBox: `0 0 ${w} ${height}`, role: "img", "aria-label": title },
              [0, 0.5, 1].map(part => h("g", {}, h("line", { class: "axis", x1: left, x2: w - 6, y1: y(top * part / 1.08), y2: y(top * part / 1.08) }),
                h("text", { x: left - 6, y: y(top * part / 1.08) + 4, "text-anchor": "end" }, number(top * part / 1.08)))),
              h("text", { x: left, y: height - 5 }, clock(from)), h("text", { x: w - 6, y: height - 5, "text-anchor": "end" }, clock(to)),
              lines.map(line => h("polyline", { class: "plot c-" + line.color,
                points: drawn.map(row => x(row.at).toFixed(1) + "," + y(row[line.key]).toFixed(1)).join(" ") }))));
        }
        const plotRates = () => plot("Calls per second", rates(), [{ key: "calls", name: "ended", color: "rate" }, { key: "bad", name: "not ok", color: "bad" }], "/s");
        const plotLanes = () => plot("Queued and running", rates(), [{ key: "queued", name: "queued", color: "waited" }, { key: "running", name: "running", color: "ran" }]);
        /// Where the time of a call went.
        function legs(parts) {
          const all = parts.reduce((n, [, us]) => n + us, 0) || 1;
          let x = 0;
          return h("div", {}, h("svg", { class: "bar", viewBox: "0 0 300 12", preserveAspectRatio: "none", role: "img", "aria-label": parts.map(([n, us]) => n + " " + time(us)).join(", ") },
            parts.map(([name, us, color]) => { const width = 300 * us / all; const r = h("rect", { class: "f-" + color, x, width, y: 0, height: 12 }, h("title", {}, name + " " + time(us))); x += width; return r; })),
            parts.map(([name, us, color]) => h("span", { class: "key" }, h("span", { class: "dot d-" + color }), name + " " + time(us))));
        }

        """#

    static let pages = #"""
        const link = (to, text) => h("a", { href: "#/" + to.map(encodeURIComponent).join("/") }, text);
        const lanes = () => table([["Service"], ["Lane"], ["Queued", "n"], ["Running", "n"], ["Oldest wait", "n"]], state.status.lanes
          .filter(lane => lane.queued || lane.running).map(lane => [link(["services", lane.service], lane.service), lane.lane, number(lane.queued), number(lane.running),
          time(lane.oldest_wait_us)]), "Nothing waits and nothing runs.");
        const serviceRows = services => table([["Service"], ["State"], ["Reason", "wide"], ["Tools", "n"], ["Workers", "n"], ["Latency", "n"]], services.map(s => [
          link(["services", s.name], s.name), h("span", {}, pill(s.status), s.hold ? [" ", pill(s.hold)] : null), s.reason || "", number(s.tools),
          number((s.workers || []).length), time(s.latency_us)]), "No services yet: mcpstore service add NAME -- COMMAND.");
        function callRows() {
          return table([["When"], ["Tool"], ["Outcome"], ["Legs", "wide"], ["Worker"]], state.calls.map(call => [call.at, call.tool, pill(call.outcome), call.legs ? legs(call.legs) : "",
            call.worker || ""]), "Call a tool on its page: the call is shown here with its legs.");
        }
        const pages = {
          async overview() {
            const s = state.status, last = rates().filter(row => row.isLive).at(-1), ready = s.services.filter(x => x.ready).length;
            const sum = key => s.lanes.reduce((n, lane) => n + lane[key], 0);
            const sick = s.services.filter(x => !x.ready || x.hold || x.status === "warning" || /held back/.test(x.reason || ""));
            return [h("h1", {}, state.space), h("div", { class: "tiles" },
              tile("Services ready", ready + " of " + s.services.length, ready === s.services.length ? "good" : "bad"),
              tile("Workers", number(s.workers.length), s.workers.length ? "" : "bad"), tile("Calls per second", last ? number(last.calls) : "–"),
              tile("Queued", number(sum("queued"))), tile("Running", number(sum("running"))),
              tile("Coordinator", s.coordinator ? "leads" : "none", s.coordinator ? "good" : "bad")),
              sick.length ? card("Needs a look", serviceRows(sick)) : null, h("div", { class: "two" }, plotRates(), plotLanes()), card("Lanes", lanes())];
          },
          async services(name) {
            if (name) return servicePage(name);
            return [h("h1", {}, "Services"), card(null, serviceRows(state.status ? state.status.services : await get("services")))];
          },
          async tools(name, service) {
            if (name) return toolPage(name, service);
            const tools = await get("tools?held=true");
            const pinned = tools.some(t => t.pin);
            return [h("h1", {}, "Tools"), card(null, table([["Tool"], ["Service"], ...(pinned ? [["Pin"]] : []), ["Says of itself", "wide"]], tools.map(t => [
              link(["tools", t.qualifiedName], t.name), t.service, ...(pinned ? [pill(t.pin || "–", t.pin ? undefined : "soft")] : []), t.tool.description || ""]),
              "No tools: see the services."))];
          },
          async jobs() { return [h("h1", {}, "Jobs"), state.status ? card("Lanes now", lanes()) : null, ...await jobCards(), card("Calls from this page", callRows())]; },
          async batches() { return batchPage(); },
          async dead() {
            const letters = await get("dead?limit=100");
            return [h("h1", {}, "Dead letters"), card(null, h("p", { class: "soft" }, "Calls that were given up. A replay is a new call, and your consent to run it once more."),
              table([["Died"], ["Tool"], ["Service"], ["Reason", "wide"], ["Attempt", "n"], [""]], letters.map(l => [h("span", { title: l.died }, ago(l.died)), l.tool, l.service || "",
                l.reason, number(l.attempt), h("span", { class: "line" },
                  action("Replay", async () => { const a = await ask("dead/" + encodeURIComponent(l.id) + "/replay", { method: "POST" }); note("Replayed as " + a.body.job + "."); },
                    "Run this call once more? It may have taken effect already."),
                  action("Delete", () => ask("dead/" + encodeURIComponent(l.id), { method: "DELETE" }), "Delete this letter? The call cannot be replayed then."))]),
                "None: no call was given up."))];
          },
          async workers() {
            const s = state.status;
            return [h("h1", {}, "Workers and placement"), card("Workers", table([["Worker"], ["Host"], ["Slots", "n"], ["Running", "n"], ["State"], ["Services", "wide"]], s.workers.map(w => [
              h("code", {}, w.id), w.host + " · " + w.pid, number(w.slots), number(w.running), w.draining ? pill("draining") : pill("works", "good"),
              s.services.filter(x => (x.workers || []).includes(w.id)).map((x, i) => [i ? ", " : "", link(["services", x.name], x.name)])]), "No worker serves this space: mcpstore worker.")),
              card("Placement", table([["Service"], ["Workers", "wide"]], s.services.map(x => [link(["services", x.name], x.name), (x.workers || []).join(", ") || pill("nobody", "bad")]), "No services.")),
              card("Coordinator", h("p", {}, s.coordinator ? h("code", {}, s.coordinator) : "None leads: running work goes on, nothing is recovered or placed."))];
          },
          async stats() {
            const rows = [...state.stats].sort((a, b) => b.calls - a.calls);
            const longest = Math.max(1, ...rows.map(t => t.running.p99_us || 0));
            const bar = (us, color) => h("div", {}, h("svg", { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none" }, h("rect", { class: "f-" + color, x: 0, y: 0, height: 8,
              width: us ? Math.max(1, 100 * Math.log10(1 + us) / Math.log10(1 + longest)) : 0 })), h("span", { class: "small" }, time(us)));
            return [h("h1", {}, "Stats"), h("div", { class: "two" }, plotRates(), plotLanes()),
              card("Tools", table([["Tool"], ["Calls", "n"], ["Outcomes"], ["Reused", "n"], ["Wait p50", "n"], ["Wait p99", "n"], ["Run p50", "wide"], ["Run p99", "wide"]], rows.map(t => [
                link(["tools", t.service + "_" + t.tool], t.key), number(t.calls), h("span", { class: "line" }, Object.entries(t.outcomes).map(([k, n]) => pill(k + " " + number(n), tone(k)))),
                number(Object.values(t.reused || {}).reduce((a, b) => a + b, 0)), time(t.waiting.p50_us), time(t.waiting.p99_us), bar(t.running.p50_us, "ran"), bar(t.running.p99_us, "ran")]),
                "No tool was called yet.")), h("p", { class: "soft small" }, "Counts and percentiles are those of all time; bars are logarithmic. Plots are of the last hour: by the minute until this page was opened, then every two seconds.")];
          },
        };
        async function servicePage(name) {
          const s = await get("services/" + encodeURIComponent(name));
          const order = (word, sure) => action(word[0].toUpperCase() + word.slice(1), () => ask("services/" + encodeURIComponent(name) + "/" + word, { method: "POST" }), sure);
          const tools = (await get("tools?held=true&service=" + encodeURIComponent(name)));
          return [h("h1", {}, s.name), card(null, h("p", {}, pill(s.status), s.hold ? [" ", pill(s.hold)] : null, " since ", ago(s.since)), h("p", {}, s.reason || ""),
            h("p", { class: "soft small" }, [s.target, s.checked && "checked " + ago(s.checked), s.latency_us && "latency " + time(s.latency_us)].filter(Boolean).join(" · ")),
            h("p", { class: "line" }, order("restart", "Restart the server of this service?"), s.hold ? order("resume") : order("pause"))),
            s.error ? card("Last error", h("p", { class: "bad" }, s.error)) : null, (s.stderr || []).length ? card("What it wrote last", h("pre", {}, s.stderr.join("\n"))) : null,
            card("Tools", table([["Tool"], ["Says of itself", "wide"]], tools.map(t => [h("span", {}, link(["tools", t.qualifiedName], t.name), t.held ? [" ", pill("held", "bad")] : null),
              t.tool.description || ""]), "None.")), s.config ? card("Configuration", h("pre", {}, pretty(s.config))) : null];
        }

        """#
}
