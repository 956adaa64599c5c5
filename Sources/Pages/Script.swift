/// What the page does: two films in step, the charts' clicks, the keys. It reads numbers from the page's data, and no
/// text of a user's.
enum Script {
    static let text = #"""
        "use strict";
        const data = JSON.parse(document.getElementById("data").textContent);
        const $ = id => document.getElementById(id);
        const painting = $("painting"), source = $("source");
        const stage = $("stage"), seek = $("seek"), clock = $("clock");
        // The film that tells the time, and the one that follows it.
        let master = painting || source, follower = painting && source;
        const first = film => film === source ? data.firsts.source : data.firsts.painting;

        // When each frame is shown, in seconds from the first.
        const times = [0];
        let ticks = 0;
        for (const [total, count] of data.times) {
          for (let n = 1; n <= count; n++) times.push((ticks + total * n / count) / 1e6);
          ticks += total;
        }
        const last = times.length - 1;
        const end = n => n < last ? times[n + 1] : Math.max(data.duration, times[last] + 0.001);
        const middle = n => (times[n] + end(n)) / 2;
        function frameAt(time) {
          let low = 0, high = times.length;
          while (high - low > 1) {
            const half = (low + high) >> 1;
            if (times[half] <= time + 1e-6) low = half; else high = half;
          }
          return low;
        }
        function spoken(time) {
          const ms = Math.round(Math.max(0, time) * 1000), rest = ms % 60000;
          return Math.floor(ms / 60000) + ":" + String(Math.floor(rest / 1000)).padStart(2, "0") + "."
            + String(rest % 1000).padStart(3, "0");
        }

        let wanted = 0;
        const now = () => master && master.readyState > 0 ? master.currentTime - first(master) : wanted;
        function show() {
          const time = now(), part = Math.min(1, Math.max(0, time / data.duration));
          for (const line of document.querySelectorAll(".now")) line.style.left = 100 * part + "%";
          if (!clock) return;
          if (document.activeElement !== seek || !master.paused) seek.value = 1000 * part;
          clock.textContent = spoken(time) + " · frame " + frameAt(time);
          seek.setAttribute("aria-valuetext", spoken(time));
          $("play").textContent = master.paused ? "Play" : "Pause";
        }
        function go(time) {
          wanted = Math.min(Math.max(0, time), Math.max(0, data.duration - 0.001));
          for (const film of [master, follower]) {
            if (film && film.readyState > 0) film.currentTime = first(film) + wanted;
          }
          show();
        }
        // In the middle of a frame: at its beginning, rounding shows the one before.
        const goTo = frame => go(middle(Math.min(last, Math.max(0, frame))));

        // The follower is brought near by its speed, and from farther away by a jump.
        function follow() {
          if (!follower || follower.readyState === 0) return;
          const behind = master.currentTime - first(master) - (follower.currentTime - first(follower));
          if (master.paused) {
            if (!follower.paused) follower.pause();
            if (Math.abs(behind) > 0.002 && !follower.seeking) follower.currentTime += behind;
          } else {
            if (follower.paused && !follower.ended) follower.play().catch(() => {});
            if (Math.abs(behind) > 0.25 && !follower.seeking) follower.currentTime += behind;
            const nudge = Math.abs(behind) > 0.01 ? Math.max(-0.2, Math.min(0.2, 2 * behind)) : 0;
            follower.playbackRate = master.playbackRate * (1 + nudge);
          }
        }
        function tick() {
          if (master && !master.paused) {
            follow();
            show();
          }
          requestAnimationFrame(tick);
        }
        function toggle() {
          if (!master) return;
          if (!master.paused) return master.pause();
          if (master.ended || now() >= data.duration - 0.002) go(0);
          master.play().catch(() => {});
        }
        function fail(film) {
          const name = film.id, other = film === painting ? source : painting;
          film.remove();
          [master, follower] = [other && other.isConnected ? other : null, null];
          stage.className = "single";
          for (const part of [$("edge"), $("wipe"), $("view"), ...stage.querySelectorAll(".tag")]) {
            if (part) part.remove();
          }
          const fault = $("fault");
          fault.hidden = false;
          fault.append("This browser cannot play the " + name + ", or does not find it beside this page. ");
          if (master) return;
          stage.remove();
          document.querySelector(".controls").remove();
        }
        for (const film of [painting, source]) {
          if (!film) continue;
          film.addEventListener("error", () => fail(film));
          film.addEventListener("loadedmetadata", () => go(wanted));
          for (const kind of ["play", "pause", "seeked", "timeupdate", "ended"]) {
            film.addEventListener(kind, () => { if (film === master) { follow(); show(); } });
          }
          if (film.error) fail(film);
        }

        const wipe = $("wipe");
        if (wipe) {
          const set = value => {
            wipe.value = value;
            stage.style.setProperty("--at", wipe.value + "%");
          };
          wipe.addEventListener("input", () => set(wipe.value));
          const drag = event => {
            if (!stage.classList.contains("wiped") || !event.buttons) return;
            const box = stage.getBoundingClientRect();
            set(100 * (event.clientX - box.left) / box.width);
          };
          stage.addEventListener("pointerdown", drag);
          stage.addEventListener("pointermove", drag);
        }
        function view() {
          if (!wipe || !wipe.isConnected) return;
          const isTwo = stage.classList.contains("wiped");
          stage.className = isTwo ? "two" : "wiped";
          wipe.hidden = isTwo;
          wipe.style.display = isTwo ? "none" : "";
          $("view").textContent = isTwo ? "One picture" : "Side by side";
        }
        if ($("view")) $("view").addEventListener("click", view);
        if ($("play")) $("play").addEventListener("click", toggle);
        if (seek) seek.addEventListener("input", () => go(seek.value / 1000 * data.duration));
        if ($("speed")) $("speed").addEventListener("change", event => {
          if (master) master.playbackRate = Number(event.target.value);
          if (follower) follower.playbackRate = Number(event.target.value);
        });

        const reading = document.createElement("p");
        reading.id = "reading";
        const charts = document.querySelectorAll("[data-seek]");
        if (charts.length) charts[0].closest("section").querySelector("h2").after(reading);
        for (const plot of charts) {
          const at = event => {
            const box = plot.getBoundingClientRect();
            return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * data.duration;
          };
          plot.addEventListener("click", event => goTo(frameAt(at(event))));
          plot.addEventListener("pointermove", event => {
            const time = at(event);
            let text = spoken(time) + ", frame " + frameAt(time);
            let near = null;
            for (const point of data.curve) {
              if (!near || Math.abs(times[point[0]] - time) < Math.abs(times[near[0]] - time)) near = point;
            }
            if (near && Math.abs(times[near[0]] - time) < data.duration / 100) {
              text += "; temporal LPIPS at frame " + near[0] + ": painting " + near[1]
                + (near[2] === null ? "" : ", source " + near[2]);
            }
            reading.textContent = text;
          });
        }
        if (charts.length) {
          data.worst.forEach(frame => {
            const spot = document.createElement("button");
            spot.type = "button";
            spot.className = "spot";
            spot.style.left = 100 * Math.min(1, times[frame] / data.duration) + "%";
            spot.title = "least steady: frame " + frame + " at " + spoken(times[frame]);
            spot.setAttribute("aria-label", spot.title);
            spot.textContent = "!";
            spot.addEventListener("click", event => { event.stopPropagation(); goTo(frame); });
            if (data.curve.length) charts[0].append(spot);
          });
        }
        for (const button of document.querySelectorAll("[data-frame], [data-time]")) {
          button.addEventListener("click", () => {
            if (button.dataset.frame) goTo(Number(button.dataset.frame)); else go(Number(button.dataset.time));
            if (stage && stage.isConnected) stage.scrollIntoView({ block: "nearest" });
          });
        }

        const copy = $("copy");
        if (copy) copy.addEventListener("click", async () => {
          const line = $("line");
          try {
            await navigator.clipboard.writeText(line.textContent);
            copy.textContent = "Copied";
          } catch {
            getSelection().selectAllChildren(line);
            copy.textContent = document.execCommand("copy") ? "Copied" : "Selected";
          }
          setTimeout(() => { copy.textContent = "Copy"; }, 2000);
        });

        function step(by) {
          if (master) master.pause();
          goTo(frameAt(now()) + by);
        }
        function worst(way) {
          const frame = frameAt(now());
          const ahead = way > 0 ? data.worst.find(n => n > frame) : data.worst.findLast(n => n < frame);
          if (ahead !== undefined) {
            if (master) master.pause();
            goTo(ahead);
          }
        }
        document.addEventListener("keydown", event => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          const own = event.target.closest("input, select");
          if (own && (event.key.startsWith("Arrow") || event.target.tagName === "SELECT")) return;
          if (event.key === " " && event.target.closest("button")) return;
          const act = {
            " ": toggle, "ArrowLeft": () => go(now() - 1), "ArrowRight": () => go(now() + 1), ",": () => step(-1),
            ".": () => step(1), "[": () => worst(-1), "]": () => worst(1), "v": view, "V": view,
          }[event.key];
          if (!act) return;
          event.preventDefault();
          act();
        });
        show();
        requestAnimationFrame(tick);

        """#
}
