import Imaging
import Media
import Scenes

/// The frame that is on the screen at a moment, and those that follow it, their scenes, and a reader that finds both.
struct PreviewFrame {
    let frames: Range<Int>
    /// That they lie in, one after another.
    let shots: [Shot]
    /// Of the whole clip.
    let times: FrameTimes
    let reader: VideoReader

    var number: Int { frames.lowerBound }

    /// - Parameters:
    ///   - moment: seconds from the clip's start.
    ///   - count: of frames, where the clip has so many.
    /// - Throws: `JobError` noFrame; `MediaError`; the reason of the cancellation.
    static func byReadingAll(at moment: Double, count: Int, _ pass: inout FirstPass) throws -> PreviewFrame {
        let seen = try pass.lookTwice()
        guard let index = seen.index, !index.ticks.isEmpty else { throw MediaError.changed(pass.input) }
        let reader = try pass.reader(by: index)
        let number = reader.frame(at: moment, in: index)
        if number == index.ticks.count - 1 {
            try reader.seek(toFrame: number)
            guard let place = try reader.advance() else { throw MediaError.changed(pass.input) }
            try check(moment, notAfter: place, in: reader)
        }
        let frames = number..<number + min(count, index.ticks.count - number)
        let shots = seen.shots.filter { $0.frames.overlaps(frames) }
        guard !shots.isEmpty else { throw MediaError.changed(pass.input) }
        return PreviewFrame(frames: frames, shots: shots, times: reader.times(of: index), reader: reader)
    }

    /// Behind the last frame's end there is none; its length it alone tells.
    static func check(_ moment: Double, notAfter place: Place, in reader: VideoReader) throws {
        let last = place.presentationTime.seconds - reader.information.video.start.seconds
        let length = last + (place.duration?.seconds ?? 0)
        guard moment <= max(last, length) else {
            throw JobError.noFrame(file: reader.information.file, moment: moment, length: length)
        }
    }
}

/// Looks for a moment by the times that the container gives of its frames.
struct MomentSearch {
    /// The container's times are not those of the frames that come out, or something was damaged.
    private struct Uncertain: Error {}

    private let reader: VideoReader
    let index: FrameIndex
    private let run: Run

    /// Nil where only reading the whole clip tells.
    init?(_ pass: FirstPass) throws {
        guard let index = try FrameIndex(packetsOf: pass.input, pass.selection, check: pass.run.cancellation.check),
            let first = index.ticks.first, index.keys.first == 0
        else { return nil }
        (reader, self.index, run) = (try pass.reader(by: index), index, pass.run)
        guard try reader.advance()?.presentationTime.value == first else { return nil }
    }

    /// - Returns: what reading the whole clip would give; nil where only that tells.
    func find(_ moment: Double, count: Int) throws -> PreviewFrame? {
        do { return try look(at: moment, count) } catch is Uncertain { return nil }
    }

    private func look(at moment: Double, _ count: Int) throws -> PreviewFrame {
        let number = reader.frame(at: moment, in: index)
        let place = try stand(on: number)
        if number == index.ticks.count - 1 { try PreviewFrame.check(moment, notAfter: place, in: reader) }
        let frames = number..<number + min(count, index.ticks.count - number)
        var shots = [try shot(around: number)]
        while let end = shots.last?.frames.upperBound, end < frames.upperBound {
            shots.append(try shot(around: end))
        }
        return PreviewFrame(frames: frames, shots: shots, times: reader.times(of: index), reader: reader)
    }

    /// The frame's own scene begins and ends where it would in the whole, and has the same dissolves.
    func shot(around number: Int) throws -> Shot {
        var glimpses: [Int: Glimpse] = [:]
        let scene = try SceneSearch(frameCount: index.ticks.count, keys: index.keys).scene(around: number) {
            range, take in
            for number in range {
                try run.cancellation.check()
                _ = try stand(on: number)
                let thumbnail = try Thumbnail(reader)
                glimpses[number] = Glimpse(thumbnail)
                run.progress(Progress(.scenes, done: glimpses.count, total: nil))
                guard take(thumbnail) else { return }
            }
        }
        var detector = SoftCutDetector(first: scene.lowerBound)
        for number in scene {
            guard let glimpse = glimpses[number] else { preconditionFailure("a scene that was not looked through") }
            detector.add(glimpse)
        }
        detector.finish()
        return Shot(frames: scene, detector)
    }

    /// Stands on a frame that came out where the container says.
    private func stand(on number: Int) throws -> Place {
        try reader.seek(toFrame: number)
        let place = try reader.advance()
        try checkCertain()
        guard let place, place.number == number, place.presentationTime.value == index.ticks[number] else {
            throw Uncertain()
        }
        return place
    }

    private func checkCertain() throws {
        guard reader.isCertain else { throw Uncertain() }
    }
}

extension VideoReader {
    /// Whether what was read by its index is what reading in order gives.
    var isCertain: Bool { index?.isCertain == true && !hasMetDamage }

    /// The number of the last frame whose time has come at a moment, in seconds from the clip's start; else the first.
    func frame(at moment: Double, in index: FrameIndex) -> Int {
        let (timeBase, zero) = (information.video.timeBase, information.video.start.seconds)
        // A microsecond of grace: people write 12.533333 for a frame at 12 + 8/15.
        let next = index.ticks.firstIndex { Timestamp($0, timeBase: timeBase).seconds - zero > moment + 1e-6 }
        return max(0, (next ?? index.ticks.count) - 1)
    }
}
