import Imaging
import Machine
import Media
import SystemPackage
import Tensors

/// What of a clip's frames a mask covers: a still picture for all of them, or a clip that runs beside them.
///
/// White covers and black does not, by luma as it is encoded. Transparent places of a picture cover nothing: who cuts
/// out a white shape leaves the rest transparent. Of a clip with transparency it may be its opacity that covers.
/// A mask of another size than the frames' is brought to it, by a filter that leaves black and white beside an edge as
/// they are.
///
/// Of a clip it is the frame that is on the screen at the moment of the frame that is painted, each counted from its
/// clip's first. Any frame can be asked for, in any order, and has the same mask; in order nothing is sought in the
/// file.
final class MaskClip {
    /// The frames that are to be masked.
    struct Frames {
        /// Upright, as the source has them.
        var sourceWidth, sourceHeight: Int
        /// Shape of one of those pixels, width to height.
        var pixelShape = 1.0
        /// As they are painted.
        var width, height: Int
        /// When the first begins, and the last's place; nil for a still.
        var times: (start: Timestamp, last: Place)?
    }

    /// A mask that is a clip: its first look has noted where its frames lie.
    fileprivate struct Film {
        let reader: VideoReader
        let picture: Frame
        let index: FrameIndex
        /// Of the frames that are masked.
        let start: Timestamp
    }

    /// Frames that are decoded on the way to another rather than jumped over.
    private static let near = 32
    /// How far white and black may be off, in levels of 255: codecs with loss leave them so, and a ground that is
    /// covered by one in 255 would be painted all over. Greys between are stretched.
    private static let loss = 4
    /// How far the proportions may be off.
    fileprivate static let slack = 0.01

    private let team: ThreadTeam
    private let mask: Mask
    /// To the frames' size.
    private let reduction: (resampler: Resampler, frame: Frame)?
    private let film: Film?
    /// The number of the clip's frame that the mask is of.
    private var held: Int?

    /// Reads a still, or goes through a clip once, without converting its pictures.
    /// - Parameters:
    ///   - selection: of a clip: the stretch whose first frame lies at the frames' first.
    ///   - content: of a clip: what covers. The opacity of a still is not taken.
    ///   - check: is called for each frame then, and on long ways later; what it throws ends them.
    /// - Throws: `MediaError` where the file can be read neither as a clip nor as a picture, opaque where its opacity
    ///   is wanted and it has none; `JobError` maskShape where its proportions are more than 1 % off the frames',
    ///   maskEnds where it ends before the last of them.
    init(
        _ path: FilePath, selection: Selection = .all, content: VideoReader.Content = .picture, for frames: Frames,
        team: ThreadTeam, check: @escaping () throws -> Void = {}
    ) throws {
        self.team = team
        mask = Mask(width: frames.width, height: frames.height)
        if let reader = try MaskClip.reader(path, selection, content) {
            let video = reader.information.video
            let shape = (video.sampleAspectRatio.value > 0 ? video.sampleAspectRatio.value : 1)
            try frames.checkShape(path, video.width, video.height, pixelShape: shape)
            reader.check = check
            let index = try MaskClip.look(reader, path, frames)
            let start = frames.times?.start ?? Timestamp(0, timeBase: video.timeBase)
            film = Film(reader: reader, picture: reader.makeFrame(), index: index, start: start)
            reduction = frames.reduction(width: video.width, height: video.height)
        } else {
            let picture = try PictureFile.read(path, over: .black)
            try frames.checkShape(path, picture.width, picture.height)
            film = nil
            reduction = frames.reduction(width: picture.width, height: picture.height)
            take(picture)
        }
    }

    /// About how many bytes one takes.
    static func bytes(sourceWidth: Int, sourceHeight: Int, width: Int, height: Int) -> Int {
        let reading = VideoReader.bytesPerPixel(.rgb24) + PixelFormat.rgb24.bytesPerPixel
        let resampling = 3 * width * (sourceHeight + height)
        return reading * sourceWidth * sourceHeight + resampling + 2 * width * height
    }

    /// What covers a frame, good until the next is asked for.
    /// - Throws: `MediaError` where the file is no more what it was.
    func mask(at place: Place) throws -> Mask {
        guard let film else { return mask }
        let number = film.number(at: place.presentationTime)
        guard number != held else { return mask }
        held = nil
        try film.go(to: number, near: Self.near)
        try film.reader.picture(into: film.picture)
        take(film.picture)
        held = number
        return mask
    }

    private func take(_ picture: Frame) {
        guard let reduction else { return mask.take(lumaOf: picture, slack: Self.loss) }
        reduction.resampler(picture, into: reduction.frame, team: team)
        mask.take(lumaOf: reduction.frame, slack: Self.loss)
    }

    /// By one thread: by more a damaged clip has other pictures at every run.
    /// - Returns: nil where the file is no clip.
    private static func reader(
        _ path: FilePath, _ selection: Selection, _ content: VideoReader.Content
    ) throws -> VideoReader? {
        do {
            return try VideoReader(path, selection: selection, threads: 1, content: content)
        } catch let error as MediaError
            where content == .picture && [.stillPicture, .notMedia, .noVideo, .refused].contains(error.kind)
        {
            return nil
        }
    }

    /// Notes where a mask's frames lie, and that they last as long as the frames.
    private static func look(_ reader: VideoReader, _ path: FilePath, _ frames: Frames) throws -> FrameIndex {
        reader.index = FrameIndex()
        var last = Place()
        while let place = try reader.advance() {
            last = place
            try reader.check()
        }
        let index = reader.index!
        // One of a single picture, as a still GIF, is a picture.
        guard let times = frames.times, index.ticks.count > 1 else { return index }
        let unit = reader.information.video.timeBase.value
        let ticks = index.ticks
        // One whose length is not known lasts as long as the one before it.
        let usual = ticks.count > 1 ? Double(ticks[ticks.count - 1] - ticks[ticks.count - 2]) * unit : 0
        let end = last.presentationTime.seconds - Double(ticks[0]) * unit + (last.duration?.seconds ?? usual)
        let lastBegins = times.last.presentationTime.seconds - times.start.seconds
        guard end > lastBegins else {
            throw JobError.maskEnds(
                file: path.string, end: end, length: lastBegins + (times.last.duration?.seconds ?? 0))
        }
        return index
    }
}

extension MaskClip.Film {
    /// The frame that is on the screen at a moment of the frames' clock. Clocks of two containers round the same moment
    /// to ticks of their own: a frame that begins within a tick of each, and a quarter of its own wait, has begun.
    func number(at time: Timestamp) -> Int {
        let unit = reader.information.video.timeBase.value
        let moment = time.seconds - start.seconds
        let ticks = index.ticks
        let number = index.frame(at: ticks[0] + Int64((moment / unit).rounded(.down))) ?? 0
        guard number + 1 < ticks.count else { return number }
        let wait = Double(ticks[number + 1] - ticks[number]) * unit
        let ahead = Double(ticks[number + 1] - ticks[0]) * unit - moment
        return ahead <= min(unit + time.timeBase.value, wait / 4) ? number + 1 : number
    }

    /// Stands on a frame.
    func go(to number: Int, near: Int) throws {
        if !(0..<near).contains(number - reader.frameCount) { try reader.seek(toFrame: number) }
        var place = try reader.advance()
        while let passed = place, passed.number < number { place = try reader.advance() }
        guard let place, place.number == number, place.presentationTime.value == index.ticks[number] else {
            throw MediaError.changed(FilePath(reader.information.file))
        }
    }
}

extension MaskClip.Frames {
    /// Either as many pixels each way, or as shown.
    fileprivate func checkShape(_ path: FilePath, _ width: Int, _ height: Int, pixelShape shape: Double = 1) throws {
        let pixels = Double(width * sourceHeight) / Double(height * sourceWidth)
        guard [pixels, pixels * shape / pixelShape].contains(where: { abs($0 - 1) <= MaskClip.slack }) else {
            throw JobError.maskShape(
                file: path.string, width: width, height: height, clipWidth: sourceWidth, clipHeight: sourceHeight)
        }
    }

    fileprivate func reduction(width: Int, height: Int) -> (resampler: Resampler, frame: Frame)? {
        guard (width, height) != (self.width, self.height) else { return nil }
        let resampler = Resampler(
            filter: .triangle, sourceWidth: width, sourceHeight: height, width: self.width, height: self.height)
        return (resampler, Frame(width: self.width, height: self.height))
    }
}
