/// What the browser is given. Nothing of it comes from elsewhere, and names of files come to it as data alone.
enum Page {
    static let html = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>stylevideo</title>
        <link rel="stylesheet" href="page.css">
        <script src="page.js" defer></script>
        <header><h1>stylevideo</h1><p>Paints a video in the manner of a picture.</p></header>
        <main>
        <section aria-labelledby="clips-title">
          <h2 id="clips-title">1. A clip</h2>
          <div id="clips" class="list" role="radiogroup" aria-labelledby="clips-title"></div>
          <video id="clip-player" controls preload="metadata" hidden></video>
          <p id="clip-words" class="quiet" hidden></p>
        </section>
        <section aria-labelledby="styles-title">
          <h2 id="styles-title">2. A style</h2>
          <div id="styles" class="grid" role="group" aria-labelledby="styles-title"></div>
          <p class="quiet">Several styles: a sheet shows all of them, and a film is painted by each, or
            <a href="#hand">by all together</a>.</p>
        </section>
        <section aria-labelledby="settings-title">
          <h2 id="settings-title">3. How</h2>
          <div class="settings">
            <label>Quality
              <select id="quality"><option value="">as usual</option><option value="draft">draft: small and quick
              </option><option value="best">best: encoded finer</option></select></label>
            <label>Longer side, pixels <input id="max-size" inputmode="numeric" placeholder="as it is"></label>
            <label>Strength <output id="strength-shown">1</output>
              <input id="strength" type="range" min="0" max="1.5" step="0.05" value="1"></label>
            <label>Against flicker
              <select id="steady"><option value="">as the quality has it</option><option value="full">all that can be
              done</option><option value="hold">only what stands still</option><option value="off">nothing</option>
              </select></label>
            <label>From <input id="start" placeholder="the start" inputmode="decimal"></label>
            <label>To <input id="end" placeholder="the end" inputmode="decimal"></label>
            <label>Preview at <input id="at" value="0" inputmode="decimal"></label>
            <label class="check"><input id="overwrite" type="checkbox"> Replace a film of the same name</label>
          </div>
          <details id="hand">
            <summary>By hand</summary>
            <div class="settings">
              <label>Marks: the style's size, pixels
                <input id="style-size" inputmode="numeric" placeholder="512" list="style-sizes"></label>
              <datalist id="style-sizes"><option value="256">short, hard</option><option value="512">as usual</option>
                <option value="1024">broad, soft</option></datalist>
              <label>Brush <output id="brush-shown">1</output>
                <input id="brush" type="range" min="0.5" max="4" step="0.5" value="1"></label>
              <label>Colours
                <select id="colours"><option value="">the style's</option><option value="source">the clip's</option>
                <option value="palette">the style's palette</option></select></label>
              <label>Several styles
                <select id="together"><option value="">a film by each</option><option value="mix">mixed, by shares
                </option><option value="collage">a collage</option></select></label>
            </div>
            <div id="shares" class="settings" role="group" aria-label="Shares of the styles" hidden></div>
            <p id="no-shares" class="quiet" hidden>Choose the styles above; each then gets its share here.</p>
            <h3>Regions</h3>
            <p class="quiet">A part of the picture with a style of its own: white of its mask is painted, greys feather.
              Later ones lie on top.</p>
            <div id="regions"></div>
            <div class="row">
              <button id="add-region" type="button">Add a region</button>
              <label id="background-label" hidden>What none covers
                <select id="background"><option value="">is painted in the style</option>
                <option value="source">stays as it is</option></select></label>
            </div>
            <p class="quiet">A sheet shows styles and strength alone.</p>
          </details>
          <div class="buttons">
            <button id="preview">Preview</button><button id="sheet">Sheet</button>
            <button id="info">How long would it take?</button><button id="paint" class="main">Paint the film</button>
          </div>
          <p id="said" role="status"></p>
        </section>
        <section aria-labelledby="jobs-title">
          <h2 id="jobs-title">What is going on</h2>
          <p id="no-jobs" class="quiet">Nothing yet.</p>
          <div id="jobs"></div>
        </section>
        <section aria-labelledby="films-title">
          <h2 id="films-title">Films</h2>
          <p class="quiet">In <code id="films-folder"></code></p>
          <p id="no-films" class="quiet">None yet.</p>
          <div id="films" class="list"></div>
          <video id="film-player" controls preload="metadata" hidden></video>
        </section>
        </main>
        </html>

        """

    static let style = """
        :root { color-scheme: light dark; --ground: #faf8f4; --card: #fff; --ink: #222; --quiet: #666;
          --line: #d8d4cc; --mark: #1d5fa8; --on-mark: #fff; --bad: #a3261c; }
        @media (prefers-color-scheme: dark) { :root { --ground: #17181a; --card: #212327; --ink: #e8e6e1;
          --quiet: #a3a19b; --line: #3b3e44; --mark: #7db4f0; --on-mark: #10253c; --bad: #ff9a8f; } }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        body { margin: 0 auto; max-width: 64rem; padding: 1rem; background: var(--ground); color: var(--ink);
          font: 1rem/1.45 system-ui, sans-serif; }
        header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 1rem; }
        h1 { margin: 0; font-size: 1.5rem; }
        h2 { margin: 0 0 .6rem; font-size: 1.1rem; }
        header p, .quiet { color: var(--quiet); margin: .3rem 0; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem;
          margin: 1rem 0; }
        .list { max-height: 16rem; overflow: auto; }
        .list button { display: flex; justify-content: space-between; gap: 1rem; width: 100%; text-align: left;
          border: 0; border-radius: .3rem; background: none; padding: .4rem .6rem; }
        .list span:first-child, .job strong { overflow-wrap: anywhere; }
        .list span:last-child { color: var(--quiet); white-space: nowrap; }
        .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); gap: .6rem;
          max-height: 26rem; overflow: auto; padding: .2rem; }
        .grid button { padding: .3rem; background: none; font-size: .8rem; overflow-wrap: anywhere; }
        .grid img { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: .2rem;
          background: var(--line); }
        button[aria-checked=true], button[aria-pressed=true] { outline: 3px solid var(--mark); outline-offset: -2px; }
        button, input, select { font: inherit; color: inherit; background: var(--card);
          border: 1px solid var(--line); border-radius: .3rem; padding: .45rem .7rem; }
        button { cursor: pointer; }
        button:disabled { opacity: .5; cursor: default; }
        :focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
        .main { background: var(--mark); border-color: var(--mark); color: var(--on-mark); font-weight: 600; }
        .settings { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: .7rem; }
        .settings label { display: flex; flex-direction: column; gap: .2rem; font-size: .9rem; }
        .settings .check { flex-direction: row; align-items: center; }
        .settings input[type=range] { padding: 0; }
        .settings input, .settings select { width: 100%; }
        .settings .check input { width: auto; }
        details { border: 1px solid var(--line); border-radius: .3rem; padding: .5rem .7rem; margin-top: 1rem; }
        details .settings { margin-top: .7rem; }
        summary { cursor: pointer; font-weight: 600; }
        h3 { margin: 1rem 0 .2rem; font-size: 1rem; }
        a { color: var(--mark); }
        .region { margin: .5rem 0; justify-content: start; }
        .region label { display: flex; flex: 1 1 12rem; flex-direction: column; gap: .2rem; font-size: .9rem; }
        .region button { align-self: end; }
        .buttons { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: 1rem; }
        .job { border-top: 1px solid var(--line); padding: .7rem 0; }
        .job:first-child { border-top: 0; }
        .row { display: flex; flex-wrap: wrap; gap: .3rem .8rem; align-items: center; justify-content: space-between; }
        progress { width: 100%; accent-color: var(--mark); }
        .bad { color: var(--bad); }
        .job img, video { display: block; min-width: min(20rem, 100%); max-width: 100%; max-height: 32rem;
          margin: .6rem auto 0; border-radius: .3rem; }
        @media (max-width: 30rem) { body { padding: .5rem; } section { padding: .7rem; }
          .buttons button { flex: 1 1 100%; } }

        """
}
