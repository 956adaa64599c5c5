import Foundation
import Imaging
import Machine
import Media
import SystemPackage
import TestSupport
import Testing

@testable import StyleVideo

/// A clip painted into pictures.
@Suite struct PicturesOutTests {
    private static func job(_ place: Scratch, _ pixels: EncodedPixels = .rgb24) async throws -> VideoJob {
        var job = try await place.job(try await place.twoScenes())
        try place.makeFolder("shots")
        (job.output, job.destination, job.measure) = (place("shots/shot%03d.png"), .pictures, false)
        job.encoder.pixelFormat = pixels
        return job
    }

    private static func files(_ place: Scratch) throws -> [Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: place.file("shots")).sorted()
        #expect(names == (1...18).map { "shot" + String(repeating: "0", count: $0 < 10 ? 2 : 1) + "\($0).png" })
        return try names.map { try place.bytes("shots/" + $0) }
    }

    @Test func unpaintedPicturesAreTheSources() async throws {
        let place = try Scratch()
        var job = try await Self.job(place)
        (job.settings.isUnpainted, job.settings.steady) = (true, .off)
        let report = try job.run(Run(threads: 2))
        #expect(report.frames == 18)
        _ = try Self.files(place)
        let reader = try VideoReader(job.input)
        let frame = reader.makeFrame()
        for number in 1...18 {
            #expect(try reader.next(into: frame))
            let name = "shots/shot" + String(repeating: "0", count: number < 10 ? 2 : 1) + "\(number).png"
            #expect(try PictureFile.read(place(name)).pixels == frame.pixels)
        }
        #expect(Set(place.names) == ["in.mp4", "style.png", "shots"])
    }

    /// The same for any number of threads; those that are there stay, unless they may go.
    @Test func paintingsAreTheSameAgain() async throws {
        let place = try Scratch()
        var job = try await Self.job(place, .rgb48be)
        _ = try job.run(Run(threads: 2))
        let files = try Self.files(place)
        let error = #expect(throws: OutputError.self) { try job.run(Run(threads: 2)) }
        #expect(error == .exists(file: place.file("shots/shot001.png")))
        job.overwrite = true
        // A stopped run leaves whole pictures.
        #expect(job.stop(after: 5) != nil)
        #expect(try Self.files(place) == files)
        _ = try job.run(Run(threads: 1))
        #expect(try Self.files(place) == files)
    }
}
