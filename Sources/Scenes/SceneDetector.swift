/// Finds hard cuts: takes the thumbnails of a clip's frames in order, and says at which frames a new scene begins.
///
/// A cut is one step between two frames that is large by itself and stands alone. So a decision waits for the frames
/// that follow: a whip pan and a fade have several large steps, a flash comes back to the picture before it, and a
/// light that is switched leaves the picture's structure. Memory does not grow with the clip (but for the cuts found).
public struct SceneDetector {
    /// Frames that a flash may last, and therefore how far a decision looks ahead.
    static let flashLength = 12
    /// Frames after a cut that may still take its place.
    static let settling = 3
    /// Steps compared on each side.
    private static let side = 4
    /// What a step must be, relative to the contrast of the pictures, to be looked at.
    private static let floor: Float = 0.2
    /// And in grey levels, so that grain in the dark is none.
    private static let lowestLevel: Float = 2.5
    /// How far a cut stands out over the second largest step of each side.
    private static let prominence: Float = 1.9
    /// What two pictures of one scene differ by at most, relative to their contrast.
    private static let alike: Float = 0.22
    /// How much of a step the steps next to it may both be.
    private static let shoulder: Float = 0.36
    /// A step so large, relative to contrast, that only a new picture makes it.
    private static let plain: Float = 0.6
    /// What the same picture shown twice differs by at most, in grey levels.
    private static let repeated: Float = 0.3

    /// Frames that begin a scene, counted from 0; 0 itself is not among them. Complete after `finish`.
    public private(set) var cuts: [Int] = []
    /// Frames seen.
    public private(set) var frames = 0

    /// The last frame whose cut, if it is one, no later frame takes the place of.
    var settled: Int { decided - 1 - Self.settling }

    private var window: [Thumbnail] = []
    private var steps: [PictureDifference] = []
    /// The frame number of `window[0]`. `steps[i]` leads from frame `first + i - 1` to `first + i`.
    private var first = 0
    private var decided = 1

    public init() {}

    public mutating func add(_ thumbnail: Thumbnail) {
        let step = PictureDifference(from: window.last ?? thumbnail, to: thumbnail)
        window.append(thumbnail)
        steps.append(step)
        frames += 1
        while decided + Self.flashLength < frames { decide() }
        let surplus = decided - first - Self.flashLength - 1
        if surplus > 16 {
            window.removeFirst(surplus)
            steps.removeFirst(surplus)
            first += surplus
        }
    }

    /// Decides what is left at the clip's end.
    public mutating func finish() {
        while decided < frames { decide() }
    }

    private mutating func decide() {
        let frame = decided
        decided += 1
        guard standsAlone(frame), !isLight(frame), !isFlash(frame) else { return }
        // Between two cuts less than two frames apart lies a blend of both pictures, and up to three blank frames
        // are a flash on the cut: the scene begins after them.
        if let last = cuts.last, frame - last <= Self.settling,
            frame - last < 2 || (last..<frame).allSatisfy(isBlank)
        {
            cuts.removeLast()
        }
        cuts.append(frame)
    }

    private func step(_ frame: Int) -> PictureDifference { steps[frame - first] }
    private func picture(_ frame: Int) -> Thumbnail { window[frame - first] }

    /// White or black all over.
    private func isBlank(_ frame: Int) -> Bool {
        let picture = picture(frame)
        let mean = picture.luma.reduce(0, +) / Float(picture.luma.count)
        return Thumbnail.isBlank(contrast: picture.contrast, brightness: mean)
    }

    private func standsAlone(_ frame: Int) -> Bool {
        let here = step(frame)
        guard here.relative >= Self.floor, here.level >= Self.lowestLevel else { return false }
        // The peak of a pan that speeds up and slows down has a shoulder on both sides; a cut between moving scenes
        // rarely has.
        if frame - 1 > first, frame + 1 < frames {
            guard min(step(frame - 1).level, step(frame + 1).level) < Self.shoulder * here.level else { return false }
        }
        return neighbours(of: frame).allSatisfy { here.level >= Self.prominence * secondLargest($0) }
    }

    /// Steps before and after. Of a clip that shows each picture several times (12 pictures a second in a file of 24)
    /// only the steps between different pictures say how much it moves; a step as large as a new picture's needs no
    /// such witness, and a slide show has none.
    private func neighbours(of frame: Int) -> [[PictureDifference]] {
        let isPlain = step(frame).relative >= Self.plain
        let reach = isPlain ? Self.side : Self.flashLength
        return [max(first + 1, frame - reach)..<frame, frame + 1..<min(frames, frame + 1 + reach)].map { range in
            let near = range.map(step)
            guard !isPlain else { return near }
            let moved = near.filter { $0.level > Self.repeated }
            return range.upperBound <= frame ? Array(moved.suffix(Self.side)) : Array(moved.prefix(Self.side))
        }
    }

    private func secondLargest(_ steps: [PictureDifference]) -> Float {
        let levels = steps.map(\.level).sorted(by: >)
        return levels.count > 1 ? levels[1] : levels.first ?? 0
    }

    /// The same picture, brighter or darker.
    private func isLight(_ frame: Int) -> Bool {
        LightChange(from: picture(frame - 1), to: picture(frame)).correlation > 0.93
    }

    /// A pair of frames around this step shows the same picture, and what lies between is short or washes it out.
    private func isFlash(_ frame: Int) -> Bool {
        let (bound, washes) = (0.35 * step(frame).level, isWashingOut(frame))
        for from in max(first, frame - Self.flashLength)..<frame {
            for to in frame..<min(frames, from + Self.flashLength + 2) where to - from >= 2 {
                let difference = PictureDifference(from: picture(from), to: picture(to))
                guard difference.level < bound else { continue }
                let moving = max(from > first ? step(from).level : 0, to + 1 < frames ? step(to + 1).level : 0)
                guard difference.relative < Self.alike || difference.level < 2.5 * moving else { continue }
                if to - from <= 3 || washes { return true }
            }
        }
        return false
    }

    /// The step brightens or empties the picture, or brings it back, rather than showing another.
    private func isWashingOut(_ frame: Int) -> Bool {
        let (before, after) = (picture(frame - 1), picture(frame))
        return min(before.contrast, after.contrast) < 0.4 * max(before.contrast, after.contrast)
            || LightChange(from: before, to: after).correlation > 0.6
    }
}
