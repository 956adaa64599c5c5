import Foundation
import Imaging
import Media
import StyleKernel
import SystemPackage
import Tensors

/// A weights file: its header, all its tensors, and what network it says it is.
func readTensors(_ bytes: Data) throws {
    try withFile(bytes) { name in
        let reader = try SafeTensors.Reader(path: name)
        for entry in reader.entries {
            let values = try reader.values(of: entry.name)
            precondition(values.count == entry.count && entry.shape.reduce(1, *) == entry.count, "of another size")
        }
        _ = try Configuration(metadata: reader.metadata, file: name)
    }
}

/// A clip: opened, its first frames decoded and converted, as where its scenes are looked for and as where it is
/// painted.
func readClip(_ bytes: Data) throws {
    try withFile(bytes) { name in
        let reader = try VideoReader(FilePath(name), threads: 1)
        let frame = reader.makeFrame()
        var means: [Float] = []
        for _ in 0..<4 {
            guard try reader.advance() != nil else { break }
            try reader.means(columns: 8, rows: 8, into: &means)
            try reader.picture(into: frame)
        }
        _ = reader.notices
    }
}

func readPicture(_ bytes: Data) throws {
    try withFile(bytes) { _ = try PictureFile.read(FilePath($0)) }
}
