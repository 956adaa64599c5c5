extension Page {
    static let script = #"""
        "use strict";
        // Addresses are relative to the page's own, which nobody else knows.
        const by = id => document.getElementById(id);
        const chosen = { clip: null, styles: [] };
        const same = (a, b) => a && b && a.shelf === b.shelf && a.name === b.name;
        const fileAddress = choice => `files/${encodeURIComponent(choice.shelf)}/${encodeURIComponent(choice.name)}`;
        const choice = entry => ({ shelf: entry.shelf, name: entry.name });

        function make(tag, words, attributes = {}) {
          const element = document.createElement(tag);
          if (words !== undefined) element.textContent = words;
          for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
          return element;
        }
        function size(bytes) {
          for (const [unit, scale] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
            if (bytes >= scale) return `${(bytes / scale).toPrecision(3)} ${unit}`;
          }
          return `${bytes} bytes`;
        }
        function clock(seconds) {
          const all = Math.round(seconds);
          if (all < 60) return `${all} s`;
          const minutes = Math.floor(all / 60);
          return minutes < 60 ? `${minutes} min ${all % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
        }
        function play(player, entry) {
          player.hidden = false;
          player.src = fileAddress(entry);
        }
        async function ask(address, options) {
          const reply = await fetch(address, options);
          if (!reply.ok) throw new Error((await reply.text()).trim());
          return reply.json();
        }
        function say(words, isBad) {
          by("said").textContent = words;
          by("said").className = isBad ? "bad" : "";
        }

        function line(entry, role) {
          const button = make("button", undefined, role ? { role, "aria-checked": "false" } : {});
          button.append(make("span", entry.name), make("span", size(entry.bytes)));
          return button;
        }
        function showClips(entries) {
          by("clips").replaceChildren(...entries.map(entry => {
            const button = line(entry, "radio");
            button.addEventListener("click", () => {
              chosen.clip = choice(entry);
              for (const other of by("clips").children) other.setAttribute("aria-checked", String(other === button));
              by("clip-words").hidden = true;
              play(by("clip-player"), entry);
              enable();
            });
            return button;
          }));
          if (!entries.length) by("clips").append(make("p", "There are no clips in this folder.", { class: "quiet" }));
        }
        function showStyles(entries) {
          by("styles").replaceChildren(...entries.map(entry => {
            const button = make("button", undefined, { "aria-pressed": "false" });
            const picture = make("img", undefined, { src: fileAddress(entry), alt: "", loading: "lazy" });
            // Browsers show neither TIFF nor PSD; the program reads them.
            picture.addEventListener("error", () => { picture.style.visibility = "hidden"; });
            button.append(picture, make("span", entry.name));
            button.addEventListener("click", () => {
              const without = chosen.styles.filter(style => !same(style, entry));
              const isNew = without.length === chosen.styles.length;
              chosen.styles = isNew ? [...without, choice(entry)] : without;
              button.setAttribute("aria-pressed", String(isNew));
              showShares();
              enable();
            });
            return button;
          }));
          if (!entries.length) by("styles").append(make("p", "There are no pictures.", { class: "quiet" }));
        }
        function showFilms(entries) {
          by("no-films").hidden = entries.length > 0;
          by("films").replaceChildren(...entries.map(entry => {
            const button = line(entry);
            button.addEventListener("click", () => {
              if (entry.name.endsWith(".html")) window.open(fileAddress(entry), "_blank", "noopener");
              else play(by("film-player"), entry);
            });
            return button;
          }));
        }
        async function loadLibrary(all) {
          const library = await ask("library");
          if (all) {
            showClips(library.clips);
            showStyles(library.styles);
            chosen.library = library;
            by("add-region").disabled = !library.styles.length;
          }
          by("films-folder").textContent = library.folders.films;
          showFilms(library.films);
        }

        // How several styles paint one film: "mix", "collage", or "": each its own.
        const together = () => chosen.styles.length > 1 ? by("together").value : "";
        // Equal ones, in hundredths that sum to 1.
        function showShares() {
          const count = chosen.styles.length;
          const isMix = by("together").value === "mix";
          by("shares").hidden = !isMix || count < 2;
          by("no-shares").hidden = !by("together").value || count > 1;
          by("shares").replaceChildren(...chosen.styles.map((style, n) => {
            const label = make("label", `Share of ${style.name} `);
            const hundredths = Math.floor(100 / count) + (n < 100 % count ? 1 : 0);
            label.append(make("input", undefined, { inputmode: "decimal", value: String(hundredths / 100) }));
            return label;
          }));
        }
        function select(label, options) {
          const element = make("label", label + " ");
          const list = make("select");
          options.forEach(([words, value]) => {
            const option = make("option", words);
            option.choice = value;
            list.append(option);
          });
          element.append(list);
          return element;
        }
        function addRegion() {
          const row = make("div", undefined, { class: "row region" });
          const entries = list => list.map(entry => [entry.name, choice(entry)]);
          const remove = make("button", "Remove", { type: "button" });
          remove.addEventListener("click", () => {
            row.remove();
            by("add-region").focus();
            enable();
          });
          row.append(
            select("Mask", [["where the clip is opaque", null], ...entries(chosen.library.masks)]),
            select("Style", entries(chosen.library.styles)), remove);
          by("regions").append(row);
          row.querySelector("select").focus();
          enable();
        }
        const regions = () => [...by("regions").children].map(row => {
          const [mask, style] = [...row.querySelectorAll("select")].map(list => list.selectedOptions[0].choice);
          return { ...(mask ? { mask } : {}), style };
        });

        function enable() {
          const { clip, styles } = chosen;
          const hasRegions = by("regions").children.length > 0;
          by("background-label").hidden = !hasRegions;
          by("preview").disabled = by("paint").disabled = !clip || (!styles.length && !hasRegions);
          by("sheet").disabled = !clip || !styles.length;
          by("info").disabled = !clip;
        }
        function number(words, what, isWhole) {
          if (!(isWhole ? /^[0-9]{1,6}$/ : /^[0-9]{0,4}[.]?[0-9]{1,6}$/).test(words.trim())) {
            throw new Error(`${what} is a number`);
          }
          return Number(words);
        }
        // What is left as usual is not sent: a quality decides of it.
        function wish(kind, styles) {
          const wish = { kind, clip: chosen.clip, styles };
          const isFilm = ["paint", "preview"].includes(kind);
          for (const name of ["quality", "steady"]) if (by(name).value) wish[name] = by(name).value;
          const sizes = [["maxSize", "max-size", "the longer side"], ["styleSize", "style-size", "the style's size"]];
          for (const [name, id, what] of sizes) if (by(id).value.trim()) wish[name] = number(by(id).value, what, true);
          if (Number(by("strength").value) !== 1) wish.strength = Number(by("strength").value);
          for (const name of ["start", "end", "at"]) if (by(name).value.trim()) wish[name] = by(name).value.trim();
          if (isFilm) {
            if (by("colours").value) wish.colours = by("colours").value;
            if (Number(by("brush").value) !== 1) wish.brush = Number(by("brush").value);
            if (styles.length > 1 && together() === "collage") wish.collage = true;
            if (styles.length > 1 && together() === "mix") {
              wish.mix = [...by("shares").querySelectorAll("input")].map(input => number(input.value, "a share"));
            }
            if (regions().length) {
              wish.regions = regions();
              if (by("background").value) wish.background = by("background").value;
            }
          }
          if (by("overwrite").checked) wish.overwrite = true;
          return wish;
        }
        async function start(kind) {
          try {
            const { styles } = chosen;
            const alone = together() || !styles.length ? [styles] : styles.map(style => [style]);
            const many = { info: [[]], sheet: [styles] }[kind] || alone;
            for (const styles of many) await ask("jobs", { method: "POST", body: JSON.stringify(wish(kind, styles)) });
            say("");
            await poll();
          } catch (error) { say(inWords(error.message), true); }
        }

        const verbs = { paint: "Film", preview: "Preview", sheet: "Sheet", info: "A look" };
        function title(job) {
          const pictures = [...job.wish.styles, ...(job.wish.regions || []).map(region => region.style)];
          const styles = pictures.map(style => style.name).join(", ");
          return `${verbs[job.wish.kind]}: ${job.wish.clip.name}${styles ? " by " + styles : ""}`;
        }
        // The program speaks of its flags, where the page has a box.
        const inWords = message => message.replace("--overwrite replaces it", "tick 'Replace a film of the same name'");
        function state(job) {
          if (job.state !== "running") return job.state;
          const parts = [job.stage || "running"];
          if (job.total) parts.push(`${job.done} of ${job.total}`);
          if (job.fps) parts.push(`${job.fps.toFixed(1)} frames a second`);
          if (job.secondsLeft > 0) parts.push(`${clock(job.secondsLeft)} left`);
          return parts.join(", ");
        }
        async function told(job, place) {
          const report = await ask(`reports/${job.id}`);
          if (report.plan) {
            const { width, height, seconds, secondsPerFrame, outputBytes } = report.plan;
            place.textContent = `${report.frames} frames. Painting it at ${width} x ${height} takes about ` +
              `${clock(seconds)} here (${secondsPerFrame.toFixed(2)} s a frame), and ${size(outputBytes)}.`;
          } else if (report.frames && report.seconds && report.seconds.total) {
            const steady = report.temporalLPIPS && report.temporalLPIPS.ratio;
            place.textContent = `${report.frames} frames of ${report.width} x ${report.height} in ` +
              clock(report.seconds.total) + (steady ? `; flicker ${steady.toFixed(2)} times the source's` : "") + ".";
          }
        }
        function card(job) {
          const card = make("div", undefined, { class: "job", "data-id": job.id });
          const row = make("div", undefined, { class: "row" });
          row.append(make("strong", title(job)), make("span", state(job)));
          card.append(row);
          if (["waiting", "running"].includes(job.state)) {
            const bar = make("progress", undefined, { max: "1", "aria-label": title(job) });
            if (job.state === "waiting") bar.value = 0; else if (job.fraction !== undefined) bar.value = job.fraction;
            const cancel = make("button", "Cancel");
            cancel.addEventListener("click", () => {
              ask(`jobs/${job.id}/cancel`, { method: "POST" }).then(poll, () => {});
            });
            card.append(bar, cancel);
          }
          for (const notice of job.notices) card.append(make("p", notice, { class: "quiet" }));
          if (job.message && job.state === "failed") card.append(make("p", inWords(job.message), { class: "bad" }));
          if (job.state === "cancelled" && job.wish.kind === "paint") {
            const kept = "What was finished of a long film is kept: the same film goes on there.";
            card.append(make("p", kept, { class: "quiet" }));
          }
          if (job.state === "done") {
            const words = make("p", undefined, { class: "quiet" });
            card.append(words);
            told(job, words).catch(() => {});
            if (job.result && job.wish.kind === "paint") {
              const show = make("button", "Play");
              show.addEventListener("click", () => {
                play(by("film-player"), job.result);
                by("film-player").scrollIntoView({ block: "nearest" });
                by("film-player").play();
              });
              card.append(show);
            } else if (job.result) {
              card.append(make("img", undefined, { src: fileAddress(job.result), alt: title(job) }));
            }
          }
          return card;
        }

        // Cards whose job has not changed stay as they are, and so does the focus in them.
        const shown = new Map();
        function showJobs(jobs) {
          by("no-jobs").hidden = jobs.length > 0;
          const cards = jobs.slice().reverse().map(job => {
            const text = JSON.stringify(job);
            const old = shown.get(job.id);
            if (old && old.text === text) return old.card;
            const fresh = { text, card: card(job) };
            const hadFocus = old && old.card.contains(document.activeElement);
            if (old) old.card.replaceWith(fresh.card);
            shown.set(job.id, fresh);
            if (hadFocus) fresh.card.querySelector("button")?.focus();
            return fresh.card;
          });
          const place = by("jobs");
          cards.forEach((card, n) => { if (place.children[n] !== card) place.insertBefore(card, place.children[n]); });
          while (place.children.length > cards.length) place.lastChild.remove();
        }
        let finished = 0;
        async function poll() {
          try {
            const jobs = await ask("jobs");
            showJobs(jobs);
            const count = jobs.filter(job => job.state === "done" && job.wish.kind === "paint").length;
            if (count !== finished) { finished = count; await loadLibrary(false); }
            document.body.classList.remove("lost");
            if (by("said").dataset.lost) { delete by("said").dataset.lost; say(""); }
            return jobs.some(job => ["waiting", "running"].includes(job.state));
          } catch (error) {
            by("said").dataset.lost = "1";
            say("The program does not answer. Is 'stylevideo serve' still running?", true);
            return false;
          }
        }
        async function follow() {
          const isBusy = document.hidden ? false : await poll();
          setTimeout(follow, isBusy ? 700 : 2500);
        }

        for (const kind of ["preview", "sheet", "info", "paint"]) by(kind).addEventListener("click", () => start(kind));
        for (const name of ["strength", "brush"]) {
          by(name).addEventListener("input", () => { by(name + "-shown").value = by(name).value; });
        }
        by("together").addEventListener("change", showShares);
        by("add-region").addEventListener("click", addRegion);
        document.querySelector("a[href='#hand']").addEventListener("click", () => { by("hand").open = true; });
        by("clip-player").addEventListener("timeupdate", () => {
          if (by("clip-player").paused || by("clip-player").seeking) return;
          by("at").value = by("clip-player").currentTime.toFixed(2);
        });
        by("clip-player").addEventListener("seeked", () => {
          by("at").value = by("clip-player").currentTime.toFixed(2);
        });
        by("clip-player").addEventListener("error", () => {
          by("clip-player").hidden = true;
          by("clip-words").hidden = false;
          by("clip-words").textContent = "The browser does not play this clip; the program may read it all the same.";
        });
        by("clips").addEventListener("keydown", event => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          const buttons = [...by("clips").querySelectorAll("button")];
          const next = step && buttons[buttons.indexOf(document.activeElement) + step];
          if (next) { event.preventDefault(); next.focus(); }
        });
        enable();
        loadLibrary(true).then(follow, error => say(error.message, true));

        """#
}
