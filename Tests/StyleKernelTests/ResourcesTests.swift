import Foundation
import Testing

@testable import Weights

/// Where the program's own files are looked for.
@Suite struct ResourcesTests {
    @Test(arguments: ["lpips-alex.safetensors", "stylekernel-fast.safetensors"]) func findsWhatItShipsWith(name: String)
        throws
    {
        let path = try Resources.path(of: name)
        #expect(path.hasPrefix("/") && FileManager.default.isReadableFile(atPath: path))
    }

    @Test func theNamedFolderComesFirst() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "resources-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "lpips-alex.safetensors")
        try Data([1]).write(to: file)
        #expect(try Resources.path(of: "lpips-alex.safetensors", named: folder.path) == file.path)
        // What it lacks is taken from where the program lies.
        let other = try Resources.path(of: "stylekernel-fast.safetensors", named: folder.path)
        #expect(!other.hasPrefix(folder.path))
        #expect(try Resources.path(of: "lpips-alex.safetensors", named: "") != file.path)
    }

    @Test func saysWhereItLooked() throws {
        let error = try #require(throws: ResourceError.self) {
            try Resources.path(of: "no-such.file", named: "/nowhere")
        }
        #expect(error.places.first == "/nowhere/no-such.file")
        #expect(error.places.contains { $0.hasSuffix("/share/stylevideo/no-such.file") })
        #expect(error.places.allSatisfy { error.description.contains($0) })
        #expect(error.description.contains("STYLEVIDEO_RESOURCES"))
    }
}
