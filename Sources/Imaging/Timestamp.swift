/// A fraction of two 32-bit integers, as containers write time bases, frame rates and aspect ratios.
public struct Rational: Hashable, Sendable, Codable, CustomStringConvertible {
    public var numerator: Int32
    public var denominator: Int32

    public init(_ numerator: Int32, _ denominator: Int32) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// Its value; 0 where the denominator is 0, which containers write for "unknown".
    public var value: Double { denominator == 0 ? 0 : Double(numerator) / Double(denominator) }
    public var description: String { "\(numerator)/\(denominator)" }
}

/// A moment, or a length of time, as a whole number of units of its own time base.
public struct Timestamp: Hashable, Sendable, CustomStringConvertible {
    public var value: Int64
    public var timeBase: Rational

    public init(_ value: Int64, timeBase: Rational) {
        self.value = value
        self.timeBase = timeBase
    }

    public var seconds: Double { Double(value) * timeBase.value }
    public var description: String { "\(value)*\(timeBase) s" }
}
