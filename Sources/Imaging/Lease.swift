/// A frame of a pool, held for a while. A copy is another hold on the same frame.
///
/// The frame goes home by itself when the last copy is gone. One holder fills it; whoever gets a copy after that reads.
public struct Lease: Sendable {
    public let frame: Frame

    init(_ frame: Frame) { self.frame = frame }
}
