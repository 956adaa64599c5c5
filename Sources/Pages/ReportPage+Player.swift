internal import Machine

extension ReportPage {
    var player: String {
        let films = [("painting", painting), ("source", source)]
        let notes = films.map { note($0, $1) }
        let played = films.filter { $0.1.isPlayed }
        guard !played.isEmpty else { return section("film", "Source and painting", notes.joined()) }
        let videos = played.map { name, film in video(name, film, isMuted: name == "source" && played.count > 1) }
        let both = played.count == 2
        let slider =
            both
            ? "<input type=\"range\" id=\"wipe\" style=\"--shape:\(painting.width)/\(painting.height)\" min=\"0\" "
                + "max=\"100\" step=\"0.1\" value=\"50\" "
                + "aria-label=\"Where the source ends and the painting begins\">\n"
            : ""
        return section(
            "film", "Source and painting",
            """
            <div id="stage" class="\(both ? "wiped" : "single")" style="--shape:\(painting.width)/\(painting.height)">
            \(videos.joined())\(both ? Self.tags : "")</div>
            <p class="note" id="fault" role="status" hidden></p>
            \(slider)<div class="controls">
            <button type="button" id="play" aria-label="Play or pause">Play</button>
            <input type="range" id="seek" min="0" max="1000" step="any" value="0" aria-label="Moment of the film">
            <output id="clock">0:00.000</output>
            \(both ? "<button type=\"button\" id=\"view\">Side by side</button>\n" : "")\
            <label>Speed <select id="speed"><option>0.25</option><option>0.5</option>\
            <option selected>1</option><option>2</option></select></label>
            </div>
            \(notes.joined())
            """)
    }

    private static let tags = """
        <i id="edge"></i>
        <span class="tag left">source</span>
        <span class="tag right">painting</span>

        """

    private func note(_ name: String, _ film: Film) -> String {
        guard case .none(let reason) = film.place else { return "" }
        return "<p class=\"note\">The \(name) is not played here: \(Escape.shown(reason)).</p>\n"
    }

    private func video(_ name: String, _ film: Film, isMuted: Bool) -> String {
        let place =
            switch film.place {
            case .address(let address): Escape.html(address)
            case .embedded(let bytes, let type): Escape.data(bytes, type: type)
            case .none: ""
            }
        return "<video id=\"\(name)\" src=\"\(place)\" preload=\"auto\" playsinline\(isMuted ? " muted" : "") "
            + "aria-label=\"\(name)\"></video>\n"
    }

    /// What the script reads: numbers alone.
    var json: String {
        let worst = worst.map(\.frame).sorted()
        let curve = curve(\.painting).points.map { point in
            let source = distances[place(of: point.frame)].source.map { "\($0.rounded(digits: 4))" } ?? "null"
            return "[\(point.frame),\(point.value.rounded(digits: 4)),\(source)]"
        }
        return "{\"firsts\":{\"painting\":\(painting.first),\"source\":\(source.first)},\"duration\":\(duration),"
            + "\"times\":[\(runs)],\"worst\":\(worst),\"curve\":[\(curve.joined(separator: ","))]}"
    }

    private func place(of frame: Int) -> Int {
        var (low, high) = (0, distances.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if distances[middle].frame <= frame { low = middle } else { high = middle }
        }
        return low
    }

    /// Of frames that follow one another as evenly, how many microseconds they take together, and how many they are.
    private var runs: String {
        let ticks = times.map { Int(($0 * 1e6).rounded()) }
        var runs: [(total: Int, count: Int)] = []
        for (time, next) in zip(ticks, ticks.dropFirst()) {
            // Rounded times of an even rate differ by one.
            if let last = runs.last, abs(last.total / last.count - (next - time)) <= 1 {
                runs[runs.count - 1] = (last.total + next - time, last.count + 1)
            } else {
                runs.append((next - time, 1))
            }
        }
        // Of one that is uneven all along, the player steps by the mean.
        if runs.count > Self.mostRuns { runs = [(ticks.last! - ticks[0], ticks.count - 1)] }
        return runs.map { "[\($0.total),\($0.count)]" }.joined(separator: ",")
    }

    private static let mostRuns = 20_000
}
