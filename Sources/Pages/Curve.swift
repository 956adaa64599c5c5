internal import Machine

/// Values over time as a path of an SVG of 1000 x 100, with one point for each column at most: the largest in it.
struct Curve {
    /// Columns of a chart: more than pixels of most screens give it.
    static let columns = 1000

    struct Point {
        var frame: Int
        var time: Double
        var value: Double
        /// Whether nothing lies between it and the one before: no cut.
        var follows: Bool
    }

    let points: [Point]
    var highest: Double { points.map(\.value).max() ?? 0 }
    var lowest: Double { points.map(\.value).min() ?? 0 }

    /// - Parameter values: in order of time.
    init(_ values: [Point], duration: Double) {
        var points: [Point] = []
        var last = -1
        for value in values {
            let column = Curve.column(of: value.time, duration)
            if column == last, value.follows || points.last!.value < value.value {
                if value.value > points.last!.value {
                    let follows = points.last!.follows
                    points[points.count - 1] = value
                    points[points.count - 1].follows = follows
                }
            } else if column != last {
                points.append(value)
            }
            last = column
        }
        self.points = points
    }

    static func column(of time: Double, _ duration: Double) -> Int {
        min(columns - 1, max(0, Int(time / max(duration, 1e-9) * Double(columns))))
    }

    /// - Parameter height: of a value, 0 to 1.
    func path(_ duration: Double, height: (Double) -> Double) -> String {
        var path = ""
        for (number, point) in points.enumerated() {
            let x = (1000 * point.time / max(duration, 1e-9)).rounded(digits: 1)
            let y = (100 - 100 * min(1, max(0, height(point.value)))).rounded(digits: 1)
            path += "\(number > 0 && point.follows ? "L" : "M")\(x) \(y)"
            // A point that nothing is joined to is seen too.
            let isAlone = !point.follows && (number + 1 == points.count || !points[number + 1].follows)
            if isAlone { path += "h.1" }
        }
        return path
    }
}
