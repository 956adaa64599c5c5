internal import Machine

extension ReportPage {
    /// The whole file, in UTF-8.
    public var html: String {
        let title = Escape.shown("\(painting.name), from \(source.name)")
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <title>\(title)</title>
            <link rel="icon" href="data:,">
            <style>
            \(Style.text)</style>
            </head>
            <body>
            <header><h1>\(Escape.shown(painting.name))</h1>
            <p>\(Escape.shown(summary))</p></header>
            <main>
            \(warnings)\(player)\(section("curves", "Steadiness and light", charts))\(moments)\
            \(facts("figures", "Figures", figures))\(commandLine)\(facts("settings", "Settings", settings))\
            \(facts("versions", "Versions", versions))\(keys)</main>
            <script type="application/json" id="data">\(json)</script>
            <script>
            \(Script.text)</script>
            </body>
            </html>

            """
    }

    private var summary: String {
        let scenes = Figure.count(sceneStarts.count, "scene")
        return "\(Figure.count(times.count, "frame")) of \(painting.width) x \(painting.height) in "
            + "\(scenes), \(Figure.moment(duration)) long, \(deed) from \(source.name)"
    }

    func section(_ id: String, _ title: String, _ body: String) -> String {
        "<section id=\"\(id)\" aria-labelledby=\"\(id)-title\">\n<h2 id=\"\(id)-title\">\(Escape.shown(title))</h2>\n"
            + body + "</section>\n"
    }

    private func facts(_ id: String, _ title: String, _ facts: [Fact]) -> String {
        guard !facts.isEmpty else { return "" }
        let rows = facts.map {
            "<tr><th scope=\"row\">\(Escape.shown($0.name))</th><td>\(Escape.shown($0.value))</td></tr>\n"
        }
        return section(id, title, "<div class=\"table\"><table>\n\(rows.joined())</table></div>\n")
    }

    private var commandLine: String {
        guard !command.isEmpty else { return "" }
        return section(
            "command", "The command",
            "<pre id=\"line\" tabindex=\"0\">\(Escape.html(Escape.command(command)))</pre>\n"
                + "<button type=\"button\" id=\"copy\">Copy</button>\n")
    }

    private var moments: String {
        let worst =
            worst.isEmpty
            ? "" : section("worst", "Least steady moments", pictures(self.worst, "Frame", isNumbered: true))
        guard !scenes.isEmpty else { return worst }
        let left = sceneStarts.count > scenes.count ? "<p>\(scenes.count) of \(sceneStarts.count) scenes.</p>\n" : ""
        return worst + section("scenes", "Scenes", left + pictures(scenes, "Scene from frame", isNumbered: false))
    }

    private func pictures(_ moments: [Moment], _ word: String, isNumbered: Bool) -> String {
        let items = moments.enumerated().map { number, moment in
            let label = "\(word) \(moment.frame), at \(Figure.moment(time(moment.frame)))"
            let pair = picture(moment.source, "source") + picture(moment.painting, "painting")
            let distance = isNumbered ? distances.first { $0.frame == moment.frame } : nil
            let figures = [("painting", distance?.painting), ("source", distance?.source)].compactMap { name, value in
                value.map { "\(name) \($0.rounded(digits: 4))" }
            }
            let below = "\(isNumbered ? "\(number + 1). " : "")\(Figure.moment(time(moment.frame)))"
            return "<li><button type=\"button\" data-frame=\"\(moment.frame)\" aria-label=\"\(label)\">"
                + "<span class=\"pair\">\(pair)</span><span>\(below)</span>"
                + (figures.isEmpty ? "" : "<small>\(figures.joined(separator: ", "))</small>") + "</button></li>\n"
        }
        return "<ol class=\"moments\">\n\(items.joined())</ol>\n"
    }

    private func picture(_ jpeg: [UInt8], _ name: String) -> String {
        guard !jpeg.isEmpty else { return "" }
        return "<img alt=\"\(name)\" decoding=\"async\" src=\"\(Escape.data(jpeg, type: "image/jpeg"))\">"
    }

    private var keys: String {
        let keys = [
            ("Space", "play or pause"), ("← →", "a second back or on"), (", .", "a frame back or on"),
            ("[ ]", "to the least steady moment before or behind"), ("v", "one picture or two"),
        ]
        let rows = keys.map { "<dt><kbd>\($0.0)</kbd></dt><dd>\($0.1)</dd>\n" }
        return section("keys", "Keys", "<dl>\n\(rows.joined())</dl>\n")
    }
}
