/// Eight floats: what one AVX2 register holds. Loops run along the channels in these, and the channels that are left
/// over go through the same arithmetic in a vector that is only partly filled, so a value's bits do not depend on
/// where in a vector it stood.
package typealias Lanes = SIMD8<Float>

@inline(__always)
func load(_ address: UnsafePointer<Float>) -> Lanes {
    UnsafeRawPointer(address).loadUnaligned(as: Lanes.self)
}

@inline(__always)
func load(_ address: UnsafeMutablePointer<Float>) -> Lanes { load(UnsafePointer(address)) }

/// The first `count` lanes; the others are 0.
@inline(__always)
func load(_ address: UnsafePointer<Float>, _ count: Int) -> Lanes {
    if count >= 8 { return load(address) }
    var lanes = Lanes.zero
    for i in 0..<count { lanes[i] = address[i] }
    return lanes
}

@inline(__always)
func load(_ address: UnsafeMutablePointer<Float>, _ count: Int) -> Lanes { load(UnsafePointer(address), count) }

@inline(__always)
func store(_ lanes: Lanes, _ address: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(address).storeBytes(of: lanes, as: Lanes.self)
}

/// Writes the first `count` lanes only.
@inline(__always)
func store(_ lanes: Lanes, _ address: UnsafeMutablePointer<Float>, _ count: Int) {
    if count >= 8 { return store(lanes, address) }
    for i in 0..<count { address[i] = lanes[i] }
}

/// Walks through `count` floats in vectors: `body` gets where each starts and how many of its lanes count. It is
/// compiled twice, for whole vectors with 8 as a constant. One body that asked for its lanes each time took up to three
/// times as long.
@inline(__always)
func vectors(_ count: Int, _ body: (_ start: Int, _ lanes: Int) -> Void) {
    var start = 0
    while start + 8 <= count {
        body(start, 8)
        start += 8
    }
    if start < count { body(start, count - start) }
}

extension Lanes {
    /// 0 where negative.
    @inline(__always)
    var rectified: Lanes { replacing(with: 0, where: self .< 0) }

    /// Without signs. (`pointwiseMax` is a call of its own: with it, a fifth of a steadied frame's time went here.)
    @inline(__always)
    var size: Lanes { replacing(with: -self, where: self .< 0) }
}

extension Float {
    @inline(__always)
    var rectified: Float { self < 0 ? 0 : self }
}
