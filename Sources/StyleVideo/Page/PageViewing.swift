import Imaging
import Machine
import Media
import Pages
import Scenes
import SystemPackage
import Tensors

/// Reads a painting and its source once, in step, for what a page shows of them: light, flashes, small pictures.
final class PageViewing {
    private let painting, source: FilmViewer
    private let shown: Set<Int>
    private let run: Run
    private var times: [Double] = []
    private var duration = 0.0
    /// Of the frames that are shown.
    private(set) var moments: [Int: ReportPage.Moment] = [:]

    /// - Parameters:
    ///   - threads: decoding the source.
    ///   - shown: frames of which small pictures are made.
    init(_ job: PageJob, threads: Int, shown: Set<Int>, _ run: Run) throws {
        let team = ThreadTeam(threads: run.threads)
        painting = try FilmViewer(VideoReader(job.painting), team)
        source = try FilmViewer(VideoReader(job.source, selection: job.selection, threads: threads), team)
        (self.shown, self.run) = (shown, run)
    }

    /// - Parameter total: frames, as far as is known.
    func view(total: Int?) throws {
        let total = total ?? painting.reader.information.estimatedFrameCount(of: .all)
        while let place = try painting.next() {
            try run.cancellation.check()
            let hasSource = try source.next() != nil
            let time = place.presentationTime.seconds - (painting.first ?? 0)
            times.append(time)
            // One whose length is not known lasts as long as the one before it.
            let usual = times.count > 1 ? time - times[times.count - 2] : 0
            duration = time + (place.duration?.seconds ?? usual)
            if shown.contains(place.number) {
                moments[place.number] = ReportPage.Moment(
                    frame: place.number, source: hasSource ? try source.thumbnail() : [],
                    painting: try painting.thumbnail())
            }
            run.progress(Progress(.checking, done: times.count, total: total))
        }
    }

    /// What is known of the films so far.
    /// - Throws: `MediaError` for a film without a frame.
    func page(_ job: PageJob) throws -> ReportPage {
        guard !times.isEmpty else { throw MediaError.changed(job.painting) }
        let places = PagePlaces(job, painting: painting.reader.information, source: source.reader.information)
        var page = ReportPage(
            source: source.film(named: Spool.shownName(job.source.string), places.source),
            painting: painting.film(named: job.painting.string, places.painting), times: times,
            duration: max(duration, times.last! + 1e-3))
        (page.paintingLight, page.sourceLight) = (painting.light, source.light)
        return page
    }
}

/// One of the two.
private final class FilmViewer {
    let reader: VideoReader
    /// When its first frame is shown, in seconds of its clock.
    private(set) var first: Double?
    private let team: ThreadTeam
    private var counter = FlashCounter(columns: columns, rows: rows, block: 4)
    private var pixels: [Float] = []
    private var luminance: [Double] = []
    private var counts: [(time: Double, count: FlashCounter.Count)] = []
    /// The picture that the reader stands on, where one was made.
    private lazy var picture = reader.makeFrame()
    private lazy var small = Shrinking(from: reader.information.video)
    private lazy var grid = Resampler(
        filter: .area, sourceWidth: picture.width, sourceHeight: picture.height, width: Self.columns,
        height: Self.rows)
    private let isMapped: Bool

    // Of light that is sRGB's: a cell's mean is of levels, so cells are small, and blocks of them means of light.
    private static let columns = 64
    private static let rows = 36

    init(_ reader: VideoReader, _ team: ThreadTeam) {
        (self.reader, self.team) = (reader, team)
        isMapped = reader.information.video.colour.isHighDynamicRange
    }

    /// Goes to the next frame and measures its light.
    func next() throws -> Place? {
        guard let place = try reader.advance() else { return nil }
        let time = place.presentationTime.seconds
        let first = first ?? time
        self.first = first
        if isMapped {
            try takeMapped()
        } else {
            try reader.means(columns: Self.columns, rows: Self.rows, into: &pixels)
        }
        let (count, light) = counter.add(pixels, at: time)
        luminance.append(light)
        counts.append((time - first, count))
        return place
    }

    /// High dynamic range is mapped pixel by pixel, before anything is averaged.
    private func takeMapped() throws {
        try reader.picture(into: picture)
        let cells = Frame(width: Self.columns, height: Self.rows)
        grid(picture, into: cells, team: team)
        pixels = cells.withBytes { bytes in
            (0..<Self.rows).flatMap { row in
                (0..<3 * Self.columns).map { Float(bytes[row * cells.rowStride + $0]) }
            }
        }
    }

    /// The frame that the reader stands on, small, as a JPEG.
    func thumbnail() throws -> [UInt8] {
        try reader.picture(into: picture)
        return try PictureFile.thumbnail(small(picture, team), file: reader.information.file)
    }

    var light: ReportPage.Light {
        var light = ReportPage.Light()
        light.luminance = luminance
        light.flashes = counts.map(\.count.most)
        light.stretches = FlashStretch.all(counts).map {
            ReportPage.Stretch(start: $0.start, end: $0.end, flashes: $0.flashes, isRed: $0.isRed)
        }
        return light
    }

    func film(named name: String, _ place: ReportPage.Film.Place) -> ReportPage.Film {
        let video = reader.information.video
        let width = Int((Double(video.width) * video.sampleAspectRatio.value).rounded())
        var film = ReportPage.Film(name: name, width: max(1, width), height: video.height, place: place)
        film.first = max(0, ((first ?? 0) - reader.information.zero.seconds).rounded(digits: 6))
        return film
    }
}

/// To a small picture of the same shape, as it is shown.
private struct Shrinking {
    private let resampler: Resampler?
    private let small: Frame?

    private static let width = 192.0
    private static let height = 144.0

    init(from video: ClipInformation.Video) {
        let shape = max(0.01, Double(video.width) * video.sampleAspectRatio.value)
        let scale = min(1, Self.width / shape, Self.height / Double(video.height))
        let width = max(1, min(video.width, Int((shape * scale).rounded())))
        let height = max(1, Int((Double(video.height) * scale).rounded()))
        guard (width, height) != (video.width, video.height) else {
            (resampler, small) = (nil, nil)
            return
        }
        resampler = Resampler(
            filter: .area, sourceWidth: video.width, sourceHeight: video.height, width: width, height: height)
        small = Frame(width: width, height: height)
    }

    func callAsFunction(_ picture: Frame, _ team: ThreadTeam) -> Frame {
        guard let resampler, let small else { return picture }
        resampler(picture, into: small, team: team)
        return small
    }
}
