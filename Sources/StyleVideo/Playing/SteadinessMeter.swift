import Imaging
import Machine
import Perception
import Pipeline

/// The painting's temporal LPIPS and its source's, frame by frame.
final class SteadinessMeter: Meter {
    private var painted: TemporalLPIPS
    private var source: TemporalLPIPS
    private let lpips: LPIPS
    let size: MeasuredSize
    /// Is told what is measured, of each frame.
    let distances: Tally<(painted: Double, source: Double)>?

    /// Nil for frames too small to measure.
    /// - Throws: errors of the weights that come with the program.
    init?(
        for clip: WorkingClip, team: ThreadTeam, _ run: Run,
        distances: Tally<(painted: Double, source: Double)>? = nil
    ) throws {
        guard min(clip.width, clip.height) >= LPIPS.minimumSide else { return nil }
        lpips = try (run.stockroom ?? Stockroom()).lpips(team) {
            try LPIPS(weights: run.resource("lpips-alex.safetensors"), team: team)
        }
        (painted, source) = (TemporalLPIPS(lpips), TemporalLPIPS(lpips))
        let size = lpips.measuredSize(width: clip.width, height: clip.height)
        self.size = MeasuredSize(width: size.width, height: size.height)
        self.distances = distances
    }

    /// The next frame follows none.
    func startOver() { (painted, source) = (TemporalLPIPS(lpips), TemporalLPIPS(lpips)) }

    /// Bytes that measuring frames of a size takes: its figure is of one clip, and here are two.
    func bytes(width: Int, height: Int, format: PixelFormat = .rgb24) -> Int {
        2
            * (lpips.bytes(width: width, height: height, format: format)
                + TemporalLPIPS.bytes(width: width, height: height, format: format))
    }

    func add(_ picture: Picture, startsScene: Bool) throws {
        try add(source: picture.source.frame, painted: picture.frame.frame, startsScene: startsScene)
    }

    func add(source frame: Frame, painted painting: Frame, startsScene: Bool) throws {
        let ofSource = try source.add(frame, startsScene: startsScene)
        guard let ofPainting = try painted.add(painting, startsScene: startsScene), let ofSource else { return }
        distances?.add((ofPainting, ofSource), of: frame.number)
    }
}

extension SteadinessMeter? {
    /// Bytes that measuring a clip's frames takes: none where nothing is measured.
    func bytes(for clip: WorkingClip) -> Int {
        self?.bytes(width: clip.width, height: clip.height, format: clip.format) ?? 0
    }
}
