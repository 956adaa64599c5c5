internal import Machine

/// A panel of curves over the film's time, with its scale at the left: an inline SVG that grows with the page.
struct Chart {
    struct Line {
        var name: String
        /// The class that colours it.
        var style: String
        var curve: Curve
    }

    var title: String
    /// What is meant, below it.
    var caption: String
    var lines: [Line]
    var lowest: Double
    var highest: Double
    /// Whether tenfolds are equally high.
    var isLogarithmic = false
    /// Values with a line across, and their labels.
    var marks: [(value: Double, label: String)]
    /// A limit that is drawn as such.
    var limit: Double?

    func html(_ page: ReportPage) -> String {
        let legend = lines.map { "<span class=\"key \($0.style)\">\(Escape.shown($0.name))</span>" }.joined(
            separator: " ")
        return """
            <figure class="chart">
            <figcaption><b>\(Escape.shown(title))</b> \(legend)</figcaption>
            <div class="scale">\(labels)</div>
            <div class="plot" data-seek><svg viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" \
            aria-label="\(Escape.shown(title + ". " + summary))"><path class="cut" d="\(cuts(page))"/>\(across)\
            \(lines.map { path($0, page) }.joined())</svg><i class="now"></i></div>
            <p class="caption">\(Escape.shown(caption))</p>
            </figure>

            """
    }

    private func path(_ line: Line, _ page: ReportPage) -> String {
        "<path class=\"line \(line.style)\" d=\"\(line.curve.path(page.duration, height: height))\"/>"
    }

    private var across: String {
        let marked = marks.map { "<path class=\"mark\" d=\"M0 \(y($0.value))H1000\"/>" }.joined()
        return marked + (limit.map { "<path class=\"limit\" d=\"M0 \(y($0))H1000\"/>" } ?? "")
    }

    private var labels: String {
        marks.map { "<span style=\"top:\(y($0.value))%\">\(Escape.shown($0.label))</span>" }.joined()
    }

    private var summary: String {
        lines.map { "\($0.name): at most \($0.curve.highest.rounded(digits: 4))" }.joined(separator: ", ")
    }

    private func cuts(_ page: ReportPage) -> String {
        var last = -1
        return page.sceneStarts.dropFirst().reduce(into: "") { path, start in
            let time = page.time(start)
            let column = Curve.column(of: time, page.duration)
            if column != last { path += "M\((1000 * time / max(page.duration, 1e-9)).rounded(digits: 1)) 0v100" }
            last = column
        }
    }

    private func y(_ value: Double) -> Double { (100 - 100 * height(value)).rounded(digits: 2) }

    private func height(_ value: Double) -> Double {
        guard isLogarithmic else { return (value - lowest) / max(highest - lowest, 1e-12) }
        return logarithm(value / lowest) / max(logarithm(highest / lowest), 1e-12)
    }

    /// To the base 2, by its binary digits.
    private func logarithm(_ value: Double) -> Double {
        guard value.isNormal, value > 0 else { return -1e3 }
        var (result, rest, step) = (Double(value.exponent), value.significand, 1.0)
        for _ in 0..<20 {
            (rest, step) = (rest * rest, step / 2)
            if rest >= 2 { (rest, result) = (rest / 2, result + step) }
        }
        return result
    }
}

extension Chart {
    /// A round number at or above a value, with what lies at quarters or fifths below it.
    static func scale(upTo value: Double) -> (highest: Double, marks: [(value: Double, label: String)]) {
        guard value > 0, value.isFinite else { return (1, [(0, "0"), (1, "1")]) }
        var unit = 1.0
        while unit > value { unit /= 10 }
        while unit * 10 <= value { unit *= 10 }
        let steps = [(1.0, 4.0), (1.5, 3), (2, 4), (3, 3), (4, 4), (5, 5), (8, 4), (10, 5)]
        let (top, count) = steps.first { $0.0 * unit >= value * (1 - 1e-9) } ?? (10, 5)
        let marks = (0...Int(count)).map { number in
            let mark = top * unit * Double(number) / count
            return (value: mark, label: "\(mark.rounded(digits: 6))".trimmed)
        }
        return (top * unit, marks)
    }
}

extension String {
    /// 2 in place of 2.0.
    var trimmed: String { hasSuffix(".0") ? String(dropLast(2)) : self }
}
