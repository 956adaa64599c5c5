/// What stands beyond a tensor's edges.
public enum Padding: Sendable {
    /// The picture mirrored, its edge not repeated, as often as needed.
    case reflect
    case zero
}

/// The position that padding shows at `i` of a side of `n` positions, or -1 for zero.
@inline(__always)
package func paddedIndex(_ i: Int, _ n: Int, _ padding: Padding) -> Int {
    if i >= 0 && i < n { return i }
    if padding == .zero { return -1 }
    if n == 1 { return 0 }
    let period = 2 * (n - 1)
    var r = i % period
    if r < 0 { r += period }
    return r < n ? r : period - r
}
