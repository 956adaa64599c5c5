import Imaging
import Media
import Pipeline
import Scenes
import StyleKernel
import SystemPackage

/// Finds a moment's frame and its scene by the container's own times, so that a film is decoded around the moment only.
struct MomentSearch {
    /// What is to be painted.
    struct Seen {
        let source: Frame
        let statistics: SceneStatistics
        let notices: [String]
    }

    /// The container's times are not those of the frames that come out, or something was damaged: only reading all
    /// tells.
    private struct Uncertain: Error {}

    let reader: VideoReader
    let index: FrameIndex
    private let cancellation: Cancellation
    private let progress: ProgressHandler

    /// - Returns: nil where only reading the whole clip tells.
    /// - Throws: `MediaError`.
    init?(in path: FilePath, cancellation: Cancellation, progress: @escaping ProgressHandler) throws {
        guard let index = try FrameIndex(packetsOf: path), let first = index.ticks.first, index.keys.first == 0 else {
            return nil
        }
        reader = try VideoReader(path, threads: VideoReader.passThreads)
        reader.index = index
        (self.index, self.cancellation, self.progress) = (index, cancellation, progress)
        guard try reader.advance()?.presentationTime.value == first else { return nil }
    }

    /// - Parameter moment: seconds from the clip's start.
    /// - Returns: what reading the whole clip would give; nil where only that tells.
    /// - Throws: `JobError` noFrame; `MediaError`; the reason of the cancellation.
    func see(_ moment: Double, _ painter: Painter) throws -> Seen? {
        do { return try look(at: moment, painter) } catch is Uncertain { return nil }
    }

    private func look(at moment: Double, _ painter: Painter) throws -> Seen {
        let number = reader.frame(at: moment, in: index)
        let place = try stand(on: number)
        if number == index.ticks.count - 1 { try checkEnd(place, moment) }
        let source = reader.makeFrame()
        try reader.picture(into: source)
        let scenes = try scenes(around: number)
        let scene = scenes.scene(of: number)
        let clip = WorkingClip(reader, settings: painter.settings, team: painter.team)
        let statistics = try scenes.statistics(
            of: scene..<scene + 1, from: clip, painter: painter, cancellation: cancellation, progress: progress)
        try checkCertain()
        return Seen(source: source, statistics: statistics[0], notices: reader.notices)
    }

    /// Behind the last frame's end there is none; its length it alone tells.
    private func checkEnd(_ place: Place, _ moment: Double) throws {
        let last = place.presentationTime.seconds - reader.information.video.start.seconds
        let length = last + (place.duration?.seconds ?? 0)
        guard moment <= max(last, length) else {
            throw JobError.noFrame(file: reader.information.file, moment: moment, length: length)
        }
    }

    /// The clip's scenes as far as they are known: the frame's own begins and ends where it should.
    func scenes(around number: Int) throws -> Scenes {
        let count = index.ticks.count
        var walked = 0
        let scene = try SceneSearch(frameCount: count, keys: index.keys).scene(around: number) { range, take in
            for number in range {
                try cancellation.check()
                _ = try stand(on: number)
                walked += 1
                progress(Progress(.scenes, done: walked, total: nil))
                guard take(try Thumbnail(reader)) else { return }
            }
        }
        let cuts = [scene.lowerBound, scene.upperBound].filter { $0 > 0 && $0 < count }
        return Scenes(cuts: cuts, frameCount: count, index: index)
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
        guard reader.index?.isCertain == true, !reader.hasMetDamage else { throw Uncertain() }
    }
}

extension VideoReader {
    /// The number of the last frame whose time has come at a moment, in seconds from the clip's start; else the first.
    fileprivate func frame(at moment: Double, in index: FrameIndex) -> Int {
        let (timeBase, zero) = (information.video.timeBase, information.video.start.seconds)
        // A microsecond of grace: people write 12.533333 for a frame at 12 + 8/15.
        let next = index.ticks.firstIndex { Timestamp($0, timeBase: timeBase).seconds - zero > moment + 1e-6 }
        return max(0, (next ?? index.ticks.count) - 1)
    }
}
