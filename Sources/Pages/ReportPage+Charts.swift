internal import Machine

extension ReportPage {
    var charts: String {
        let steady = distances.isEmpty ? "<p>\(Escape.shown(unmeasured))</p>\n" : steadiness
        return steady + (ratio?.html(self) ?? "") + (flashes?.html(self) ?? "") + (luminance?.html(self) ?? "")
    }

    /// Of some frames' distances; one after a cut has none.
    func curve(_ value: (Distance) -> Double?) -> Curve {
        var last = -2
        let points: [Curve.Point] = distances.compactMap { distance in
            guard let value = value(distance) else { return nil }
            defer { last = distance.frame }
            return Curve.Point(
                frame: distance.frame, time: time(distance.frame), value: value, follows: distance.frame == last + 1)
        }
        return Curve(points, duration: duration)
    }

    private var steadiness: String {
        var lines = [Chart.Line(name: "painting", style: "painting", curve: curve(\.painting))]
        let source = curve(\.source)
        if !source.points.isEmpty { lines.append(Chart.Line(name: "source", style: "source", curve: source)) }
        let (highest, marks) = Chart.scale(upTo: lines.map(\.curve.highest).max() ?? 0)
        return Chart(
            title: "Temporal LPIPS",
            caption: "How much each frame differs from the one before, by a network made to judge pictures as people "
                + "do. Lower is steadier. Each column shows its largest value; upright lines are cuts, whose pairs "
                + "are not measured. A click goes there.",
            lines: lines, lowest: 0, highest: highest, marks: marks
        ).html(self)
    }

    /// Of means around each frame: of single frames it jumps wherever the source stands still.
    private var ratio: Chart? {
        let values = ratios
        guard let most = values.map(\.value).max(), let least = values.map(\.value).min() else { return nil }
        var (low, high) = (0.5, 2.0)
        while low > least, low > 0.01 { low /= 2 }
        while high < most, high < 1000 { high *= 2 }
        var marks = [(value: low, label: "\(low)".trimmed), (value: high, label: "\(high)".trimmed)]
        if low < 1, high > 1 { marks.append((1, "1")) }
        return Chart(
            title: "Ratio",
            caption: "The painting's temporal LPIPS over its source's, of means over up to \(Self.span) frames; at 1 "
                + "the painting is as steady as its source. Each step up is a doubling.",
            lines: [Chart.Line(name: "painting over source", style: "ratio", curve: Curve(values, duration: duration))],
            lowest: low, highest: high, isLogarithmic: true, marks: marks)
    }

    /// Frames of a ratio's means.
    private static let span = 25

    private var ratios: [Curve.Point] {
        let both = distances.filter { $0.painting != nil && $0.source != nil }
        var sums: [(painting: Double, source: Double)] = [(0, 0)]
        for distance in both {
            sums.append((sums.last!.painting + distance.painting!, sums.last!.source + distance.source!))
        }
        return both.indices.compactMap { place in
            let (from, to) = (max(0, place - Self.span / 2), min(both.count, place + Self.span / 2 + 1))
            let (painting, source) = (
                sums[to].painting - sums[from].painting, sums[to].source - sums[from].source
            )
            guard source > 1e-9 else { return nil }
            let frame = both[place].frame
            return Curve.Point(
                frame: frame, time: time(frame), value: painting / source,
                follows: place > 0 && both[place - 1].frame + 1 == frame)
        }
    }

    private var flashes: Chart? {
        let lines = lightLines { $0.flashes.map(Double.init) }
        let most = lines.map(\.curve.highest).max() ?? 0
        guard most > 0 else { return nil }
        let highest = max(4, most)
        return Chart(
            title: "Flashes in a second",
            caption: "Pairs of opposing changes of light by a tenth of white, or of saturated red, over a quarter of "
                + "the picture, in the second that ends there. More than three are a risk to people with "
                + "photosensitive epilepsy, and are refused by broadcasters (ITU-R BT.1702, Ofcom, WCAG).",
            lines: lines, lowest: 0, highest: highest,
            marks: [(0, "0"), (3, "3"), (highest, "\(highest)".trimmed)].reduce(into: []) { marks, mark in
                if !marks.contains(where: { $0.0 == mark.0 }) { marks.append(mark) }
            }, limit: 3)
    }

    private var luminance: Chart? {
        let lines = lightLines { $0.luminance }
        guard !lines.isEmpty else { return nil }
        return Chart(
            title: "Luminance", caption: "The mean light of each frame; 1 is white.", lines: lines, lowest: 0,
            highest: 1, marks: [(0, "0"), (0.5, "0.5"), (1, "1")])
    }

    private func lightLines(_ values: (Light) -> [Double]) -> [Chart.Line] {
        [("painting", paintingLight), ("source", sourceLight)].compactMap { name, light in
            let points = zip(times.indices, values(light)).map { frame, value in
                Curve.Point(frame: frame, time: times[frame], value: value, follows: frame > 0)
            }
            guard !points.isEmpty else { return nil }
            return Chart.Line(name: name, style: name, curve: Curve(points, duration: duration))
        }
    }
}
