/// The pages of what waits, runs and was left behind.
extension ConsoleScript {
    static let work = #"""
        const jobTone = job => job.state === "ended" ? tone(job.outcome) : job.state === "running" ? "good" : "soft";
        function jobRows(jobs, empty) {
          return table([["Submitted"], ["Tool"], ["State"], ["Legs", "wide"], ["Worker"], ["Job"], [""]], jobs.map(job => [h("span", { title: job.submitted || "" }, job.submitted ? ago(job.submitted) : "–"),
            job.tool, h("span", {}, pill(job.outcome || job.state, jobTone(job)), job.attempt > 1 ? h("span", { class: "small soft" }, " start " + job.attempt) : null),
            job.queued_us === null ? "" : legs([["waiting", job.queued_us, "waited"], ...(job.run_us === null ? [] : [["running", job.run_us, "ran"]])]),
            job.worker ? h("code", {}, job.worker) : "", h("code", {}, job.job || "–"), job.id && job.state !== "ended"
              ? action("Take back", () => ask("jobs/" + encodeURIComponent(job.id), { method: "DELETE" }), "Take this call back?") : " "]), empty);
        }
        /// Of everybody where the key operates the space; else what it has left behind.
        async function jobCards() {
          if (!has("listJobs")) return [];
          const list = async query => (await get("jobs?limit=50" + query)).jobs;
          const cards = [];
          try {
            const [running, queued] = await Promise.all([list("&all=true&state=running"), list("&all=true&state=queued")]);
            cards.push(card("Running", jobRows(running, "Nothing runs.")), card("Queued, newest first", jobRows(queued, "Nothing waits.")));
          } catch (error) { if (error.status !== 403) throw error; }
          try {
            const own = await list("");
            cards.push(card("Left behind over REST", jobRows(own, "No jobs: POST jobs leaves one behind, and its outcome is kept for 24 hours.")));
          } catch (error) { if (error.status !== 403) throw error; }
          return cards;
        }
        const batchTone = status => ({ finished: "good", running: "good", uploading: "soft", cancelling: "warn", stopped: "warn", silent: "bad", cancelled: "soft" })[status] || "soft";
        function progress(batch) {
          const all = batch.total || batch.read || batch.answered || 1, good = batch.outcomes.ok || 0, bad = batch.answered - good;
          return h("div", {}, h("svg", { class: "bar", viewBox: "0 0 300 12", preserveAspectRatio: "none", role: "img", "aria-label": batch.answered + " of " + all + " answered" },
              h("rect", { class: "f-none", x: 0, y: 0, width: 300, height: 12 }), h("rect", { class: "f-ran", x: 0, y: 0, width: 300 * good / all, height: 12 }),
              h("rect", { class: "f-bad", x: 300 * good / all, y: 0, width: 300 * bad / all, height: 12 })),
            h("span", { class: "small" }, number(batch.answered) + (batch.total ? " of " + number(batch.total) : " of " + number(batch.read) + " and more")));
        }
        async function batchPage() {
          if (!has("listBatches")) return [h("h1", {}, "Batches"), card(null, h("p", {}, "This gateway has no batches over REST (no operation listBatches)."),
            h("p", { class: "soft" }, "On the command line: mcpstore batch list."))];
          const batches = (await get("batches")).batches;
          const order = (b, name, word, sure) => action(name, async () => { const a = await ask("batches/" + encodeURIComponent(b.id) + "/" + word, { method: "POST" });
            note(a.body.retried === undefined ? "Batch " + b.id + " is " + a.body.status + "." : a.body.retried + " calls are asked again."); }, sure);
          const save = b => action("Answers", async () => {
            const answer = await fetch(root() + "batches/" + encodeURIComponent(b.id) + "/answers", { headers: state.key ? { Authorization: "Bearer " + state.key } : {}, cache: "no-store" });
            if (!answer.ok) throw new Refusal(answer.status, {});
            const url = URL.createObjectURL(await answer.blob()), a = h("a", { href: url, download: b.id + ".jsonl" });
            a.click(); URL.revokeObjectURL(url);
          });
          const ended = b => b.status === "finished" || b.status === "cancelled";
          return [h("h1", {}, "Batches"), card(null, table([["Batch"], ["State"], ["Progress", "wide"], ["Outcomes"], ["News"], [""]], batches.map(b => [
            h("code", {}, b.id), pill(b.status, batchTone(b.status)), progress(b), h("span", { class: "line" }, Object.entries(b.outcomes).filter(([, n]) => n).map(([k, n]) => pill(k + " " + number(n), tone(k)))),
            h("span", { title: b.updated }, ago(b.updated) + (b.uploaded ? "" : " · " + b.host)), h("span", { class: "line" },
              ended(b) ? null : order(b, "Cancel", "cancel", "Take back what of this batch has no outcome yet?"),
              b.uploaded && b.answered ? save(b) : null,
              b.uploaded && ended(b) && b.failed ? order(b, "Ask failed again", "retry-failed", "Ask all calls again that were not answered with ok? What was interrupted or timed out may have taken effect.") : null)]),
            "No batch in the last seven days: POST batches takes a file of calls, and so does mcpstore batch run."))];
        }

        """#
}
