import Imaging
import Machine
import Media
import Perception
import Tensors

/// How far a painted clip is from its source, frame by frame, and how steady the source itself is.
struct ContentMeter {
    private let information: ClipInformation
    private let isWholeSource: Bool
    private let lpips: LPIPS
    private let reduction: (resampler: Resampler, frame: Frame)?
    private let team: ThreadTeam
    private let name: String
    let motion: MotionMeter?
    var temporal: TemporalLPIPS
    var distances: [Double] = []
    var times: [Double] = []
    /// Told where frames of the same number are not of the same moment.
    var otherTimes: String?
    private var first: (painted: Double, source: Double)?

    init(_ reader: VideoReader, _ clip: VideoReader, _ lpips: LPIPS, _ team: ThreadTeam) throws {
        (information, isWholeSource) = (reader.information, reader.selection == .all)
        (self.lpips, self.team) = (lpips, team)
        name = clip.information.file
        let (from, to) = (reader.information.video, clip.information.video)
        // Paintings may be smaller, and a column or row wider where the source's side is odd; others are other clips.
        let (a, b) = (Double(from.width) / Double(from.height), Double(to.width) / Double(to.height))
        let slack = 2 / Double(min(to.width, to.height)) + 2 / Double(min(from.width, from.height))
        guard abs(a / b - 1) <= slack else {
            throw JobError.differentClips(
                "\(name) is \(to.width) x \(to.height) and \(information.file) \(from.width) x \(from.height): "
                    + "one cannot be painted from the other")
        }
        reduction =
            (from.width, from.height) == (to.width, to.height)
            ? nil
            : (
                Resampler(
                    filter: .area, sourceWidth: from.width, sourceHeight: from.height, width: to.width,
                    height: to.height), clip.makeFrame()
            )
        temporal = TemporalLPIPS(lpips)
        motion = MotionMeter(width: to.width, height: to.height, lpips, team)
    }

    /// - Parameters:
    ///   - source: the source's frame of the same number; nil where it has none.
    ///   - features: the painted frame's.
    mutating func add(_ source: Frame?, _ features: LPIPSFeatures, of lease: Lease, startsScene: Bool) throws {
        let painted = lease.frame
        guard let source else { throw otherLength }
        if let reduction {
            reduction.resampler(source, into: reduction.frame, team: team)
            reduction.frame.place = source.place
        }
        try temporal.add(reduction?.frame ?? source, startsScene: startsScene)
        try motion?.add(reduction?.frame ?? source, painted: lease, startsScene: startsScene)
        distances.append(lpips.distance(temporal.lastFeatures!, features))
        times.append(painted.place.presentationTime.seconds)
        compareTimes(of: painted, to: source)
    }

    /// Containers round times; a tenth of a second is another frame.
    private mutating func compareTimes(of painted: Frame, to source: Frame) {
        let now = (painted: painted.place.presentationTime.seconds, source: source.place.presentationTime.seconds)
        let first = first ?? now
        self.first = first
        let (ours, theirs) = (now.painted - first.painted, now.source - first.source)
        guard otherTimes == nil, abs(ours - theirs) > 0.1 else { return }
        otherTimes =
            "frame \(painted.place.number) comes \(ours.rounded(digits: 3)) s after the first in \(name) and "
            + "\(theirs.rounded(digits: 3)) s in \(information.file): is the one painted from the other?"
    }

    /// Of two clips that do not end together.
    var otherLength: JobError {
        .differentClips(
            "\(name) and \(information.file) have different numbers of frames", isWholeSource: isWholeSource)
    }

    var figures: MeasureReport.Content? {
        guard let worst = distances.indices.max(by: { distances[$0] < distances[$1] }) else { return nil }
        return MeasureReport.Content(
            mean: distances.reduce(0, +) / Double(distances.count), worst: distances[worst], worstFrame: worst)
    }
}
