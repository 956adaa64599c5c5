/// A thumbnail at half its size, in whole levels: what is kept of a frame while a dissolve is looked for.
public struct Glimpse: Sendable {
    static let width = Thumbnail.width / 2
    static let height = Thumbnail.height / 2
    static let count = width * height

    /// Luma in levels, then B - Y and R - Y in halves of a level, each a plane.
    private let values: [Int16]

    public init(_ thumbnail: Thumbnail) {
        var values = [Int16](repeating: 0, count: 3 * Self.count)
        for place in 0..<Self.count {
            let corner = place / Self.width * 2 * Thumbnail.width + place % Self.width * 2
            func mean(_ plane: [Float], _ offset: Int) -> Float {
                let at = offset + corner
                return (plane[at] + plane[at + 1] + plane[at + Thumbnail.width] + plane[at + Thumbnail.width + 1]) / 4
            }
            values[place] = Int16(mean(thumbnail.luma, 0).rounded())
            for plane in 0..<2 {
                let chroma = mean(thumbnail.chroma, plane * Thumbnail.width * Thumbnail.height)
                values[(plane + 1) * Self.count + place] = Int16((0.5 * chroma).rounded())
            }
        }
        self.values = values
    }

    /// Mean over the places of a function of three glimpses' values, summed over the planes.
    private static func mean(_ a: Glimpse, _ b: Glimpse, _ c: Glimpse, _ f: (Int, Int, Int) -> Int) -> Float {
        var sum = 0
        for index in a.values.indices { sum += f(Int(a.values[index]), Int(b.values[index]), Int(c.values[index])) }
        return Float(sum) / Float(count)
    }

    /// Mean absolute difference, in levels.
    func difference(from other: Glimpse) -> Float { Self.mean(self, other, self) { a, b, _ in abs(a - b) } }

    /// How far it is from the mean of two others, in levels.
    func distance(fromMeanOf a: Glimpse, _ b: Glimpse) -> Float {
        Self.mean(self, a, b) { m, a, b in abs(2 * m - a - b) } / 2
    }

    /// How much of the way from one to another: the least squares.
    func share(from a: Glimpse, to b: Glimpse) -> Float {
        let along = Self.mean(self, a, b) { m, a, b in (m - a) * (b - a) }
        return along / max(Self.mean(self, a, b) { _, a, b in (b - a) * (b - a) }, 1e-3)
    }

    private var luma: ArraySlice<Int16> { values[..<Self.count] }
    var brightness: Float { Float(luma.reduce(0) { $0 + Int($1) }) / Float(Self.count) }

    /// Mean absolute deviation of each plane from its mean, summed.
    var contrast: Float {
        (0..<3).reduce(0) { total, plane in
            let part = values[plane * Self.count..<(plane + 1) * Self.count]
            let mean = Float(part.reduce(0) { $0 + Int($1) }) / Float(Self.count)
            return total + part.reduce(0) { $0 + abs(Float($1) - mean) } / Float(Self.count)
        }
    }

    /// Mean square of the steps of luma from a place to the next: two pictures laid over one another have less.
    var energy: Float {
        var sum = 0
        for y in 0..<Self.height {
            for x in 0..<Self.width {
                let here = Int(values[y * Self.width + x])
                let right = x + 1 < Self.width ? Int(values[y * Self.width + x + 1]) - here : 0
                let below = y + 1 < Self.height ? Int(values[(y + 1) * Self.width + x]) - here : 0
                sum += right * right + below * below
            }
        }
        return Float(sum) / Float(Self.count)
    }

    /// Of the lumas, -1 to 1; 0 where either is flat.
    func correlation(with other: Glimpse) -> Float {
        let (mean, others) = (brightness, other.brightness)
        var (product, square, theirs) = (Float(0), Float(0), Float(0))
        for index in 0..<Self.count {
            let (u, v) = (Float(values[index]) - mean, Float(other.values[index]) - others)
            (product, square, theirs) = (product + u * v, square + u * u, theirs + v * v)
        }
        let norm = (square * theirs).squareRoot()
        return norm > 0 ? product / norm : 0
    }
}
