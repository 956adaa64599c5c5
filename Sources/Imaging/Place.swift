/// Where a frame stands in its clip.
public struct Place: Sendable, Hashable {
    /// Counted from 0 at the selection's first frame.
    public var number: Int
    /// When the frame is shown, in the time base of its stream.
    public var presentationTime: Timestamp
    /// How long it is shown, where the container says.
    public var duration: Timestamp?

    /// Without arguments: the place of a still.
    public init(
        number: Int = 0, presentationTime: Timestamp = Timestamp(0, timeBase: Rational(1, 1)),
        duration: Timestamp? = nil
    ) {
        (self.number, self.presentationTime, self.duration) = (number, presentationTime, duration)
    }
}
