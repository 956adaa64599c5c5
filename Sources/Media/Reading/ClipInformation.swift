public import Imaging

/// What a file holds, as its container and its first frame say.
public struct ClipInformation: Sendable {
    /// The file's name as given.
    public var file: String
    /// libav's short name of the container, as "mov,mp4,m4a,3gp,3g2,mj2".
    public var container: String
    /// Its full name, as "QuickTime / MOV".
    public var containerName: String
    /// Length in seconds, where the container says.
    public var duration: Double?
    /// Every stream of the file, in its order.
    public var streams: [Stream]
    /// The one video stream that is read.
    public var video: Video
    /// Title, artist, and what else the container says of the whole file.
    public var metadata: [Tag]
    public var chapters: [Chapter]
    /// The moment on the source's clock that an output counts as its zero. A container's clock starts at zero, or at an
    /// offset that is meant, and is kept; a transport stream's starts anywhere.
    public var zero: Timestamp

    /// A name and its value, from the container.
    public struct Tag: Sendable, Hashable {
        public var key: String
        public var value: String
    }

    public struct Chapter: Sendable, Hashable {
        public var start: Timestamp
        public var end: Timestamp
        public var title: String?
    }

    public struct Stream: Sendable, Hashable {
        public enum Kind: String, Sendable, Hashable {
            case video, audio, subtitle, data, attachment, cover, unknown
            /// The titles of the chapters, as players of MP4 and MOV read them.
            case chapters
        }

        public var index: Int
        public var kind: Kind
        /// libav's name of the codec, as "h264".
        public var codec: String
        /// ISO 639-2, as "deu".
        public var language: String?
        public var title: String?
        public var timeBase: Rational
        public var start: Timestamp?
        public var duration: Timestamp?
        public var bitRate: Int?
        /// Audio only: samples a second.
        public var sampleRate: Int?
        /// Audio only.
        public var channels: Int?
    }

    /// The stream whose frames are read, as they come out: upright.
    public struct Video: Sendable, Hashable {
        /// The stream's index in the file.
        public var stream: Int
        public var codec: String
        /// Size of the upright frames.
        public var width: Int
        public var height: Int
        /// Shape of one pixel of the upright frame, width to height; 1/1 where the file says nothing.
        public var sampleAspectRatio: Rational
        /// libav's name, as "yuv420p10le".
        public var pixelFormat: String
        /// Bits of a component.
        public var bitDepth: Int
        public var colour: Colour
        /// Of the frames as they are read: other than the file's where high dynamic range is mapped.
        public var givenColour: Colour
        public var timeBase: Rational
        /// Frames a second on the average; 0/1 where unknown.
        public var averageRate: Rational
        /// The presentation time of the stream's first frame.
        public var start: Timestamp
        public var duration: Timestamp?
        /// How many frames the container says there are; where it does not, nil.
        public var frameCount: Int?
        /// Degrees clockwise that the stored picture is turned to be upright, after it is mirrored left to right where
        /// the file wants that too: 0, 90, 180 or 270.
        public var rotation: Int

        /// Length in seconds of the stream, where the container says.
        public var seconds: Double? { duration?.seconds }
        /// The length of a frame at the average rate, in ticks; at least 1.
        var usualDuration: Int64 {
            guard averageRate.value > 0, timeBase.value > 0 else { return 1 }
            return min(max(1, Int64(ticks: 1 / (averageRate.value * timeBase.value))), 1 << 40)
        }
        /// The first tick of the stream's clock at or after a moment, in seconds from the video's start.
        func firstTick(at seconds: Double) -> Int64 {
            start.value + Selection.firstTick(at: seconds, timeBase: timeBase)
        }
        /// The frame count, said or reckoned from length and rate.
        public var estimatedFrameCount: Int? {
            if let frameCount { return frameCount }
            guard let seconds, averageRate.value > 0 else { return nil }
            return Int(Int64(ticks: seconds * averageRate.value))
        }
    }
}

extension ClipInformation {
    /// About how many frames a selection holds, for a line of progress; nil where the container says too little.
    public func estimatedFrameCount(of selection: Selection) -> Int? {
        guard let whole = video.estimatedFrameCount else { return selection.frames }
        var count = Double(whole)
        if selection.start != nil || selection.end != nil {
            let seconds = video.seconds ?? duration ?? 0
            let stretch = min(selection.end ?? seconds, seconds) - max(selection.start ?? 0, 0)
            guard seconds > 0 else { return selection.frames }
            count *= max(0, min(1, stretch / seconds))
        }
        return min(Int(Int64(ticks: count)), selection.frames ?? .max)
    }
}
