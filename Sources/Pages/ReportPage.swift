/// What a page about a painting shows. `html` makes one file of it, that needs nothing else but the two films where
/// these are not in it.
public struct ReportPage: Sendable {
    /// Of the two films that are shown.
    public struct Film: Sendable {
        /// As a user knows it.
        public var name: String
        public var width, height: Int
        /// When its first picture is shown, in seconds of a browser's clock for the file.
        public var first = 0.0
        public var place: Place

        /// Where a browser finds it.
        public enum Place: Sendable {
            /// By an address beside the page, made by `Escape.address`.
            case address(String)
            /// In the page itself, and its type, as `video/mp4`.
            case embedded([UInt8], type: String)
            /// Nowhere: why it is not played, as the end of a sentence about it.
            case none(String)
        }

        public init(name: String, width: Int, height: Int, place: Place) {
            (self.name, self.width, self.height, self.place) = (name, width, height, place)
        }

        /// Whether a browser is asked to play it.
        var isPlayed: Bool { if case .none = place { false } else { true } }
    }

    /// Of one frame, its distances to the one before.
    public struct Distance: Sendable, Hashable {
        public var frame: Int
        public var painting: Double?
        public var source: Double?

        /// - Parameters:
        ///   - painting: temporal LPIPS of the painting.
        ///   - source: the same of its source.
        public init(frame: Int, painting: Double?, source: Double?) {
            (self.frame, self.painting, self.source) = (frame, painting, source)
        }
    }

    /// What is known of the light of each frame of a film.
    public struct Light: Sendable {
        /// The mean luminance, 0 to 1.
        public var luminance: [Double] = []
        /// Flashes of the second that ends with the frame.
        public var flashes: [Int] = []
        public var stretches: [Stretch] = []

        public init() {}
    }

    /// A stretch with more flashes in a second than are allowed.
    public struct Stretch: Sendable, Hashable {
        /// In seconds from the first picture.
        public var start, end: Double
        /// The most in a second.
        public var flashes: Int
        /// Whether they are of saturated red.
        public var isRed: Bool

        /// - Parameters:
        ///   - start: in seconds from the first picture.
        ///   - end: the same.
        ///   - flashes: the most in a second.
        ///   - isRed: whether they are of saturated red.
        public init(start: Double, end: Double, flashes: Int, isRed: Bool) {
            (self.start, self.end, self.flashes, self.isRed) = (start, end, flashes, isRed)
        }
    }

    /// A frame that is shown by two small pictures.
    public struct Moment: Sendable {
        public var frame: Int
        /// JPEG files; empty where there is none.
        public var source, painting: [UInt8]

        /// - Parameters:
        ///   - source: a JPEG file of the source's frame.
        ///   - painting: the same of the painting's.
        public init(frame: Int, source: [UInt8], painting: [UInt8]) {
            (self.frame, self.source, self.painting) = (frame, source, painting)
        }
    }

    /// A named figure or setting.
    public struct Fact: Sendable, Hashable {
        public var name, value: String

        public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    public var source: Film
    public var painting: Film
    /// Of each frame, when it is shown, in seconds from the first.
    public var times: [Double]
    /// When the last has been shown.
    public var duration: Double
    /// Of each scene, the number of its first frame.
    public var sceneStarts: [Int] = [0]
    /// In the order of frames; empty where nothing was measured.
    public var distances: [Distance] = []
    /// Why there are none, in a sentence.
    public var unmeasured = "The painting was not measured."
    public var sourceLight = Light()
    public var paintingLight = Light()
    /// Where the painting is least steady, the worst first.
    public var worst: [Moment] = []
    /// One of each scene, or of so many.
    public var scenes: [Moment] = []
    public var figures: [Fact] = []
    public var settings: [Fact] = []
    public var versions: [Fact] = []
    /// What a user was told, and what of the source was damaged.
    public var notices: [String] = []
    /// The words of the command line.
    public var command: [String] = []
    /// What the command has done: `painted` or `measured`.
    public var deed = "painted"

    public init(source: Film, painting: Film, times: [Double], duration: Double) {
        precondition(!times.isEmpty, "a page of no frame")
        (self.source, self.painting, self.times, self.duration) = (source, painting, times, duration)
    }

    /// When a frame is shown; the last where there is none of that number.
    func time(_ frame: Int) -> Double { times[min(max(frame, 0), times.count - 1)] }
}
