/// The transforms of one side, six vectors of channels at a time.
extension Winograd {
    /// One side of a patch: six vectors of channels.
    struct Six {
        var d0, d1, d2, d3, d4, d5: Lanes

        @inline(__always)
        init(_ d0: Lanes, _ d1: Lanes, _ d2: Lanes, _ d3: Lanes, _ d4: Lanes, _ d5: Lanes) {
            (self.d0, self.d1, self.d2, self.d3, self.d4, self.d5) = (d0, d1, d2, d3, d4, d5)
        }

        @inline(__always)
        init(_ from: UnsafePointer<Float>, _ stride: Int, _ n: Int) {
            (d0, d1, d2) = (load(from, n), load(from + stride, n), load(from + 2 * stride, n))
            (d3, d4, d5) = (load(from + 3 * stride, n), load(from + 4 * stride, n), load(from + 5 * stride, n))
        }

        @inline(__always)
        func store(_ to: UnsafeMutablePointer<Float>, _ stride: Int, _ n: Int) {
            Kernels.store(d0, to, n)
            Kernels.store(d1, to + stride, n)
            Kernels.store(d2, to + 2 * stride, n)
            Kernels.store(d3, to + 3 * stride, n)
            Kernels.store(d4, to + 4 * stride, n)
            Kernels.store(d5, to + 5 * stride, n)
        }

        @inline(__always)
        mutating func rectify() {
            (d0, d1, d2) = (d0.rectified, d1.rectified, d2.rectified)
            (d3, d4, d5) = (d3.rectified, d4.rectified, d5.rectified)
        }

        /// Bᵀ d.
        @inline(__always)
        mutating func transformInput() {
            let four = Lanes(repeating: 4)
            let five = Lanes(repeating: -5)
            let even = d4.addingProduct(d2, -four)
            let odd = d3.addingProduct(d1, -four)
            let evenTwice = d4 - d2
            let oddTwice = d3 - d1
            let two = Lanes(repeating: 2)
            let first = d4.addingProduct(d0, four).addingProduct(d2, five)
            let last = d5.addingProduct(d1, four).addingProduct(d3, five)
            self = Six(
                first, even + odd, even - odd, evenTwice.addingProduct(oddTwice, two),
                evenTwice.addingProduct(oddTwice, -two), last)
        }

        /// Aᵀ m.
        @inline(__always)
        var output: (Lanes, Lanes, Lanes, Lanes) {
            let (sum, difference) = (d1 + d2, d1 - d2)
            let (sumTwice, differenceTwice) = (d3 + d4, d3 - d4)
            return (
                d0 + sum + sumTwice, difference.addingProduct(differenceTwice, Lanes(repeating: 2)),
                sum.addingProduct(sumTwice, Lanes(repeating: 4)),
                (difference + d5).addingProduct(differenceTwice, Lanes(repeating: 8))
            )
        }
    }
}
