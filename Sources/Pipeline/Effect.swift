public import Imaging

/// What frames are read from, one after another.
public protocol FrameSource: AnyObject {
    /// Goes to the next frame: its place, or nil after the last. Nothing is converted.
    func advance() throws -> Place?
    /// Fills `frame` with the picture and the place of the frame that the source stands on.
    func picture(into frame: Frame) throws
    /// Nobody needs the frames before that one: a source that can goes there by a shorter way.
    func skip(to number: Int) throws
}

extension FrameSource {
    public func skip(to number: Int) throws {}
}

/// What frames are written to, in order.
public protocol FrameSink: AnyObject {
    /// Takes a frame, which may be reused at once.
    func write(_ frame: Frame) throws
    /// Brings what was written to its end. Called once, after the last frame.
    func finish() throws
}

/// What looks at every frame that is written, in order.
public protocol Meter: AnyObject {
    /// - Parameter startsScene: whether a cut lies before it.
    func add(_ picture: Picture, startsScene: Bool) throws
}

/// A frame on its way: as it was read, as it was made ready to be painted, and what has become of it.
public struct Picture: Sendable {
    public let source: Lease
    public let content: Lease
    public let frame: Lease

    public init(source: Lease, content: Lease? = nil, frame: Lease) {
        (self.source, self.content, self.frame) = (source, content ?? source, frame)
    }

    public var number: Int { source.frame.place.number }
}

/// One change of every frame: it makes a frame out of that frame and its neighbours, and of nothing else, so that any
/// stretch of a clip comes out as it would in the whole.
///
/// An effect that works faster by keeping something from one call to the next must give what it would give without. One
/// that remembers says which frames it must be shown before another, so that it remembers the same in any stretch.
public protocol Effect: Sendable {
    /// A verb, as times are told by it.
    var name: String { get }
    /// How many frames before and after each it looks at.
    var reach: Reach { get }
    /// Whether what it makes is what will be painted.
    var makesContent: Bool { get }
    /// What it must be shown before it makes a frame: ranges in order, before that frame.
    func shown(before number: Int) -> [Range<Int>]
    /// Whether it looks from no frame across the beginning of that one, though no cut lies there.
    func startsAnew(at number: Int) -> Bool
    /// Is shown the frame in the window's centre, which nobody needs.
    func pass(_ window: Window) throws
    /// Makes the frame in the window's centre.
    func apply(_ window: Window, into frame: Frame) throws
}

extension Effect {
    public var makesContent: Bool { false }
    public func shown(before number: Int) -> [Range<Int>] { [] }
    public func startsAnew(at number: Int) -> Bool { false }
    public func pass(_ window: Window) {}
}

/// A number of frames before and after another.
public struct Reach: Sendable, Hashable {
    public var before: Int
    public var after: Int

    public init(before: Int = 0, after: Int = 0) {
        precondition(before >= 0 && after >= 0, "a reach of \(before) and \(after) frames")
        (self.before, self.after) = (before, after)
    }

    public static let none = Reach()
}

/// A frame and its neighbours of the same scene, as far as an effect reaches. Good until the effect returns.
// Sendable: it belongs to the stage of one effect.
public final class Window: @unchecked Sendable {
    private let reach: Reach
    private var held: [Picture] = []
    private var place = 0
    /// The next frame to be made.
    private var next: Int?

    init(reach: Reach) {
        self.reach = reach
        held.reserveCapacity(reach.before + reach.after + 2)
    }

    /// The frame that is being made.
    public var centre: Picture { held[place] }

    /// A neighbour by its distance, -1 being the frame before; nil beyond the scene, the clip or the reach.
    public subscript(distance: Int) -> Picture? {
        let isNear = (-reach.before...reach.after).contains(distance) && held.indices.contains(place + distance)
        return isNear ? held[place + distance] : nil
    }

    /// The number of the frame that would come next; nil where any may.
    var end: Int? { held.last.map { $0.number + 1 } }

    /// Frames that wait for neighbours which will not come.
    var unmade: Range<Int> {
        guard let last = held.last?.number, let next else { return 0..<0 }
        return min(next, last + 1)..<last + 1
    }

    /// Takes the next frame of the same scene.
    func take(_ picture: Picture) {
        if let last = held.last?.number { precondition(picture.number == last + 1, "frames out of order") }
        if held.count > reach.before + reach.after { held.removeFirst() }
        held.append(picture)
        next = next ?? picture.number
    }

    /// - Returns: false where that frame has not been taken, or is no longer held.
    func stand(at number: Int) -> Bool {
        guard let first = held.first?.number, held.indices.contains(number - first) else { return false }
        place = number - first
        next = number + 1
        return true
    }

    /// Another scene begins.
    func empty() {
        held.removeAll(keepingCapacity: true)
        next = nil
    }
}
