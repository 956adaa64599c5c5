/// e^x of eight floats to about 1e-7 relative, x from -87.3 to 88; beyond these it stays at the bound's value.
///
/// x = n ln 2 + r with |r| ≤ ln 2 / 2; e^r by its Taylor polynomial of degree 7 (the first term left out is under
/// 6e-9), ln 2 in two parts so that r keeps its low bits.
@inline(__always)
package func exponential(_ x: Lanes) -> Lanes {
    let low = Lanes(repeating: -87.3)
    let high = Lanes(repeating: 88)
    let x = x.replacing(with: low, where: x .< low).replacing(with: high, where: x .> high)
    let magic = Lanes(repeating: 12_582_912)  // 1.5 * 2^23: adding it rounds to the nearest whole number
    let biased = magic.addingProduct(x, Lanes(repeating: 1.442_695_04))
    let n = biased - magic
    var r = x.addingProduct(n, Lanes(repeating: -0.693_359_375))
    r.addProduct(n, Lanes(repeating: 2.121_944_4e-4))
    var p = Lanes(repeating: 1 / 5040)
    p = Lanes(repeating: 1 / 720).addingProduct(p, r)
    p = Lanes(repeating: 1 / 120).addingProduct(p, r)
    p = Lanes(repeating: 1 / 24).addingProduct(p, r)
    p = Lanes(repeating: 1 / 6).addingProduct(p, r)
    p = Lanes(repeating: 0.5).addingProduct(p, r)
    p = Lanes(repeating: 1).addingProduct(p, r)
    p = Lanes(repeating: 1).addingProduct(p, r)
    // The whole number n stands in the low bits of `biased`; moved to the exponent of p it multiplies by 2^n.
    let exponent = unsafeBitCast(biased, to: SIMD8<Int32>.self) &<< 23
    return unsafeBitCast(unsafeBitCast(p, to: SIMD8<Int32>.self) &+ exponent, to: Lanes.self)
}

/// 1 / (1 + e^-x).
@inline(__always)
package func sigmoid(_ x: Lanes) -> Lanes {
    Lanes(repeating: 1) / (Lanes(repeating: 1) + exponential(-x))
}
