/// A symmetric 3 x 3 matrix, in double.
public struct Symmetric3: Sendable, Hashable, Codable {
    /// (0, 0), (1, 1), (2, 2).
    public var diagonal: SIMD3<Double>
    /// (0, 1), (1, 2), (2, 0).
    public var mixed: SIMD3<Double>

    public init(diagonal: SIMD3<Double>, mixed: SIMD3<Double>) { (self.diagonal, self.mixed) = (diagonal, mixed) }

    /// v vᵀ
    init(square v: SIMD3<Double>) {
        self.init(diagonal: v * v, mixed: v * SIMD3(v.y, v.z, v.x))
    }

    static func + (a: Symmetric3, b: Symmetric3) -> Symmetric3 {
        Symmetric3(diagonal: a.diagonal + b.diagonal, mixed: a.mixed + b.mixed)
    }

    static func - (a: Symmetric3, b: Symmetric3) -> Symmetric3 {
        Symmetric3(diagonal: a.diagonal - b.diagonal, mixed: a.mixed - b.mixed)
    }

    static func / (a: Symmetric3, share: Double) -> Symmetric3 {
        Symmetric3(diagonal: a.diagonal / share, mixed: a.mixed / share)
    }

    /// With a number added along the diagonal.
    func raised(by number: Double) -> Symmetric3 { Symmetric3(diagonal: diagonal + number, mixed: mixed) }

    /// Column, or row, 0 to 2.
    subscript(column: Int) -> SIMD3<Double> {
        switch column {
        case 0: SIMD3(diagonal.x, mixed.x, mixed.z)
        case 1: SIMD3(mixed.x, diagonal.y, mixed.y)
        case 2: SIMD3(mixed.z, mixed.y, diagonal.z)
        default: preconditionFailure("column \(column) of three")
        }
    }

    static func * (a: Symmetric3, v: SIMD3<Double>) -> SIMD3<Double> {
        a[0] * v.x + (a[1] * v.y + a[2] * v.z)
    }

    /// `outer` self `outer`, which is symmetric too.
    func between(_ outer: Symmetric3) -> Symmetric3 {
        let columns = (0..<3).map { outer * (self * outer[$0]) }
        return Symmetric3(
            diagonal: SIMD3(columns[0].x, columns[1].y, columns[2].z),
            mixed: SIMD3(columns[1].x, columns[2].y, columns[0].z))
    }

    /// Eigenvalues, and a unit vector of each, in no order: Jacobi's method (Golub and Van Loan, Matrix Computations,
    /// 8.5), which keeps small eigenvalues of such matrices to the last digits. Made of sums, products, quotients and
    /// square roots alone, so its bits are every machine's.
    func eigen() -> (values: SIMD3<Double>, vectors: [SIMD3<Double>]) {
        var a = [self[0], self[1], self[2]]
        var vectors: [SIMD3<Double>] = [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
        // It converges quadratically: twelve sweeps are more than it ever takes.
        for _ in 0..<12 {
            if a[1][0] == 0, a[2][0] == 0, a[2][1] == 0 { break }
            for (p, q) in [(0, 1), (0, 2), (1, 2)] where a[q][p] != 0 {
                let theta = (a[q][q] - a[p][p]) / (2 * a[q][p])
                let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
                let c = 1 / (t * t + 1).squareRoot()
                let s = t * c
                (a[p], a[q]) = (c * a[p] - s * a[q], s * a[p] + c * a[q])
                for column in 0..<3 {
                    let (x, y) = (a[column][p], a[column][q])
                    (a[column][p], a[column][q]) = (c * x - s * y, s * x + c * y)
                }
                (a[q][p], a[p][q]) = (0, 0)
                (vectors[p], vectors[q]) = (c * vectors[p] - s * vectors[q], s * vectors[p] + c * vectors[q])
            }
        }
        return (SIMD3(a[0][0], a[1][1], a[2][2]), vectors)
    }

    /// The symmetric matrix of the same eigenvectors, each with what `body` makes of its eigenvalue.
    func mapped(_ body: (Double) -> Double) -> Symmetric3 {
        let (values, vectors) = eigen()
        var sum = Symmetric3(diagonal: .zero, mixed: .zero)
        for (place, vector) in vectors.enumerated() {
            let (square, value) = (Symmetric3(square: vector), body(values[place]))
            sum = sum + Symmetric3(diagonal: value * square.diagonal, mixed: value * square.mixed)
        }
        return sum
    }
}
