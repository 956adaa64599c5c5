import Imaging
import Machine
import Media
import StyleKernel
import SystemPackage
import Tensors

/// The masks of a hand's regions, on a clip or a picture.
// Sendable: it belongs to the stage of one line.
final class Masks: @unchecked Sendable {
    private let clips: [MaskClip]
    /// Those that do not cover in full, by region.
    private var lighter: [Int: Mask] = [:]
    /// Those of another size than the frames', by region.
    private var other: [Int: (mask: Mask, picture: Frame, scaled: Frame, resampler: Resampler)] = [:]
    /// When the frames are shown that they were made for.
    private let span: FrameTimes.Span?

    /// Nil where a hand has no regions.
    /// - Parameter input: the clip's file, whose opacity may be a mask.
    /// - Throws: as `MaskClip`.
    init?(
        _ hand: Hand, _ input: FilePath, of clip: WorkingClip, _ span: FrameTimes.Span, team: ThreadTeam,
        check: @escaping () throws -> Void
    ) throws {
        guard !hand.regions.isEmpty else { return nil }
        let video = clip.reader.information.video
        let shape = video.sampleAspectRatio.value
        let frames = MaskClip.Frames(
            sourceWidth: video.width, sourceHeight: video.height, pixelShape: shape > 0 ? shape : 1, width: clip.width,
            height: clip.height, times: (span.start, span.last))
        clips = try hand.regions.map { region in
            guard let mask = region.mask else {
                return try MaskClip(
                    input, selection: clip.reader.selection, content: .opacity,
                    for: frames, team: team, check: check)
            }
            return try MaskClip(mask, for: frames, team: team, check: check)
        }
        self.span = span
    }

    /// Of a picture that is painted.
    /// - Parameters:
    ///   - hand: none of whose masks is the picture's own opacity.
    ///   - source: the picture's own size.
    init?(_ hand: Hand, of picture: Frame, source: (width: Int, height: Int), team: ThreadTeam) throws {
        guard !hand.regions.isEmpty else { return nil }
        let frames = MaskClip.Frames(
            sourceWidth: source.width, sourceHeight: source.height, width: picture.width, height: picture.height)
        clips = try hand.regions.map { region in
            guard let mask = region.mask else { preconditionFailure("a picture's own opacity is no mask") }
            return try MaskClip(mask, for: frames, team: team)
        }
        span = nil
    }

    var count: Int { clips.count }

    /// Whether it was made for the times of these frames.
    func isMade(for span: FrameTimes.Span) -> Bool { self.span == span }

    /// Those that cover anything at a frame, by their regions' numbers. Good until the next are asked for.
    /// - Parameter share: of what they cover.
    func at(_ place: Place, share: Double) throws -> [(number: Int, mask: Mask)] {
        guard share > 0 else { return [] }
        return try clips.enumerated().map { number, clip in
            let mask = try clip.mask(at: place)
            guard share < 1 else { return (number, mask) }
            let part = lighter[number] ?? Mask(width: mask.width, height: mask.height)
            lighter[number] = part
            part.take(mask, share: share)
            return (number, part)
        }
    }

    /// A mask at the size of a frame that is painted on the way.
    func fitted(_ mask: Mask, of number: Int, to frame: Frame, _ team: ThreadTeam) -> Mask {
        guard (mask.width, mask.height) != (frame.width, frame.height) else { return mask }
        if other[number].map({ ($0.mask.width, $0.mask.height) != (frame.width, frame.height) }) ?? true {
            other[number] = (
                Mask(width: frame.width, height: frame.height),
                Frame(width: mask.width, height: mask.height, format: .rgb48),
                Frame(width: frame.width, height: frame.height, format: .rgb48),
                Resampler(
                    filter: .triangle, sourceWidth: mask.width, sourceHeight: mask.height, width: frame.width,
                    height: frame.height, format: .rgb48)
            )
        }
        let made = other[number]!
        mask.give(greyTo: made.picture)
        made.resampler(made.picture, into: made.scaled, team: team)
        made.mask.take(lumaOf: made.scaled)
        return made.mask
    }
}
